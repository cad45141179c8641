"""Small plate readers made by hand: the picture's brightness decides what they read."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pipelines.engines.plate_recogniser import Recognition
from pipelines.plate_alphabet import ALPHABET

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Another order than the alphabet's, as in trained weights."""

STEPS = 80

Step = Mapping[str, float]


def spelled(upper: Sequence[Step], lower: Sequence[Step] = (), alphabet: str = ALPHABET) -> Any:
    """Return ``(80, 37)`` float32 probabilities: steps of both rows, a blank after each."""
    frames = np.zeros((STEPS, 1 + len(alphabet)), np.float32)
    for start, row in ((0, upper), (40, lower)):
        for place, step in enumerate(row):
            for character, probability in step.items():
                frames[start + 2 * place, 1 + alphabet.index(character)] = probability
    frames[:, 0] = 1.0 - frames[:, 1:].sum(axis=1)
    return frames


def sure(text: str) -> list[Step]:
    """Return steps that leave no doubt."""
    return [{character: 1.0} for character in text]


def recognition(upper: Sequence[Step], lower: Sequence[Step] = ()) -> Recognition:
    """Return what a network would say of one crop."""
    return Recognition(spelled(upper, lower), np.array([0.25, 0.75], np.float32))


def write_network(
    folder: Path,
    dark: Sequence[Step],
    bright: Sequence[Step],
    *,
    metadata: Mapping[str, str] | None = None,
    calibration: Mapping[str, Any] | None = None,
) -> Path:
    """Write weights that read one text on dark crops and another on bright ones."""
    frames = [np.log(np.clip(spelled(row, (), CHARACTERS), 1e-12, 1)) for row in (dark, bright)]
    constants: dict[str, NDArray[Any]] = {
        "dark": frames[0][None],
        "bright": frames[1][None],
        "middle": np.array(127.5, np.float32),
        "sides": np.array([1, 2], np.int64),
        "second": np.array([1], np.int64),
        "third": np.array([2], np.int64),
        "known": np.array([[0.2, 0.3, 0.5]], np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["crops"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["levels", "sides"], ["rows"], keepdims=0),
        helper.make_node("ReduceMean", ["rows", "second"], ["mean"], keepdims=1),
        helper.make_node("Greater", ["mean", "middle"], ["light"]),
        helper.make_node("Unsqueeze", ["light", "third"], ["lights"]),
        helper.make_node("Where", ["lights", "bright", "dark"], ["characters"]),
        helper.make_node("Where", ["light", "known", "known"], ["regions"]),
    ]
    graph = helper.make_graph(
        nodes,
        "reader",
        [helper.make_tensor_value_info("crops", TensorProto.UINT8, ["N", 64, 160, 3])],
        [
            helper.make_tensor_value_info("characters", TensorProto.FLOAT, ["N", STEPS, 37]),
            helper.make_tensor_value_info("regions", TensorProto.FLOAT, ["N", 3]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    fields = {"alphabet": CHARACTERS, "regions": "unknown,FR,US-CA", "rows": "2"}
    helper.set_model_props(model, fields if metadata is None else dict(metadata))
    path = folder / "small.onnx"
    onnx.save(model, path)
    if calibration is not None:
        path.with_suffix(".json").write_text(json.dumps({"calibration": calibration}))
    return path
