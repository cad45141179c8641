"""Turns checkpoints into what the service ships: an end-to-end start, and ONNX files."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from ultralytics import YOLO
from ultralytics.nn.tasks import DetectionModel

DESCRIPTION = "Gatehouse plate detector: YOLOv8n with an end-to-end head"

# Smaller tensors (biases, anchors, strides) stay in float32: they weigh nothing.
SMALLEST_HALVED = 1024


def make_end_to_end(base: Path, target: Path) -> None:
    """Gives a plain one-class YOLOv8 checkpoint an end-to-end (NMS-free) head.

    The one-to-one branch starts as a copy of the one-to-many branch, so training only has to
    teach it to name each plate once.

    Args:
        base: An ultralytics checkpoint of one class.
        target: The checkpoint to write.

    Raises:
        ValueError: ``base`` has more than one class.
    """
    source = YOLO(str(base), task="detect").model.float()
    if len(source.names) != 1:
        raise ValueError(f"{base} knows {len(source.names)} classes, expected 1")
    layout = {**deepcopy(source.yaml), "nc": 1, "end2end": True}
    model = DetectionModel(layout, ch=3, verbose=False)
    model.load_state_dict(source.state_dict(), strict=False)
    head = model.model[-1]
    head.one2one_cv2.load_state_dict(head.cv2.state_dict())
    head.one2one_cv3.load_state_dict(head.cv3.state_dict())
    model.names = {0: "plate"}
    model.args = dict(source.args)
    torch.save({"model": model, "train_args": {}}, target)


def export_onnx(checkpoint: Path, target: Path) -> None:
    """Exports a checkpoint as ONNX with dynamic batch, height and width, weights in half.

    Input ``images`` is ``(batch, 3, height, width)`` float32 RGB in [0, 1]; output ``output0`` is
    ``(batch, 300, 6)`` float32 ``x1 y1 x2 y2 score class`` in pixels of the input, best first.

    Args:
        checkpoint: An ultralytics checkpoint with an end-to-end head.
        target: The file to write; it appears whole or not at all.

    Raises:
        ValueError: The graph does not say its output's shape, by which the service tells that
            the weights need no Ultralytics: the exporter simplifies graphs with onnxslim alone.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / "plate_detector.pt"
        shutil.copyfile(checkpoint, copy)
        detector = YOLO(str(copy), task="detect")
        exported = detector.export(format="onnx", dynamic=True, nms=False, imgsz=640)
        model = onnx.load(exported)
        require_boxes(model)
        store_half(model)
        for entry in model.metadata_props:
            if entry.key == "description":
                entry.value = DESCRIPTION  # the exporter's names a path of the training machine
        onnx.checker.check_model(model)
        finished = Path(folder) / "finished.onnx"
        onnx.save(model, str(finished))
        os.replace(finished, target)


def require_boxes(model: onnx.ModelProto) -> None:
    """Refuses a graph whose output is not known to be rows of six numbers.

    Raises:
        ValueError: It is not.
    """
    (output,) = model.graph.output
    if output.type.tensor_type.shape.dim[-1].dim_value != 6:
        raise ValueError(
            "the exported graph does not say the shape of its output: install onnxslim "
            "(the training extra) and export again"
        )


def store_half(model: onnx.ModelProto) -> None:
    """Stores large float32 weights of ``model`` as float16, each widened by a Cast, in place.

    A runtime folds the casts while loading: the file halves, speed and float32 arithmetic stay.
    """
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < SMALLEST_HALVED:
            continue
        name = tensor.name
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(
            helper.make_node("Cast", [f"{name}_half"], [name], f"{name}_cast", to=TensorProto.FLOAT)
        )
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])


def write_manifest(weights: Path, details: Mapping[str, Any]) -> dict[str, Any]:
    """Writes ``<weights>.json``: name, file, sha256, bytes and ``details``.

    Args:
        weights: The weights file it describes.
        details: Further entries, such as licence, base and score threshold.

    Returns:
        What was written.
    """
    content = weights.read_bytes()
    manifest = {
        "name": weights.stem,
        "file": weights.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        **details,
    }
    weights.with_suffix(".json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest
