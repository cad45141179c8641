"""Pictures a second: one core, measured; T4- and H100-class GPUs, computed from the networks.

Run: ``python -m tests.bench.capacity``; it takes half a minute. The core is one of the machine that
runs it, which should have nothing else to do.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import onnx
from onnx.helper import tensor_dtype_to_np_dtype
from skimage import data as skimage_data
from tqdm import tqdm

from configs.settings import ROOT, Settings
from pipelines.engines import weights
from pipelines.engines.face_alignment import ALIGNED_PX
from pipelines.engines.face_encoder import build_face_encoder
from pipelines.engines.face_models import SFACE, YUNET, bundled_path, unpacked
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.imaging import decode, encode_jpeg
from pipelines.outcomes import open_and_run
from tests.bench.capacity_model import GPUS, Network
from tests.bench.operations import count_operations
from tests.bench.tables import Table

RESULTS: Final = ROOT / "tests/bench/results"
PICTURES: Final = ROOT / "pipelines/training/sample_pictures/images"

_GIGA: Final = 1e9
_WARM_UP: Final = 1
_LEAST_WIDTH: Final = 600
_STRIDE: Final = 32


def networks(settings: Settings) -> list[Network]:
    """What a picture with one plate, and one with one face, runs through, counted."""
    plates, faces = settings.plate_detector.image_size, settings.face_encoder.detection_size
    finder, recogniser = _bundled(YUNET), _bundled(SFACE)
    return [
        _counted(
            "plate detector", "plates", _own("plate_detector"), (1, 3, _height(plates), plates)
        ),
        _counted("corner finder", "plates", _own("plate_corners"), (1, 64, 128, 3)),
        _counted("plate reader", "plates", _own("plate_reader"), (1, 64, 160, 3)),
        _counted("face detector", "drivers", finder, (1, 3, _height(faces), faces)),
        _counted("face recogniser", "drivers", recogniser, (1, 3, ALIGNED_PX, ALIGNED_PX)),
        _counted("PaddleOCR", "doubtful plates", _paddle(), (1, 3, 48, 320)),
    ]


def core_ms(settings: Settings, rounds: int) -> dict[str, float]:
    """Milliseconds of one core that each part of a picture takes our engines, means of pictures.

    Args:
        settings: Which engines; each runs on one thread.
        rounds: Measured calls of each for each picture, of which the median counts.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    limits, detecting = settings.limits.max_pixels, settings.plate_detector.decoded_size
    detector = build_plate_detector(settings.plate_detector)
    reader = build_plate_reader(settings.plate_reader)
    encoder = build_face_encoder(settings.face_encoder)
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for data in tqdm(sample_pictures(), desc="pictures", leave=False):
        picture = decode(data, max_pixels=limits)
        crops = [plate.crop for plate in detector.detect([picture])[0]]
        parts: dict[str, Callable[[], object]] = {
            "decode": partial(decode, data, max_pixels=limits),
            "plates: decode, find": partial(
                open_and_run, [data], limits, detecting, detector.detect_scalable
            ),
            "plates: read": partial(reader.read, crops),
        }
        for part, work in parts.items():
            taken[part].append(_core_ms(work, rounds))
    face = portrait()
    taken["drivers: decode"] = [_core_ms(partial(decode, face, max_pixels=limits), rounds)]
    picture = decode(face, max_pixels=limits)
    (found,) = encoder.encode([picture])[0]
    embedding = _core_ms(partial(encoder.embed, [found.aligned]), rounds)
    encoding = _core_ms(partial(encoder.encode, [picture]), rounds)
    taken["drivers: find the face"] = [encoding - embedding]
    taken["drivers: embed it"] = [embedding]
    return {part: statistics.fmean(ms) for part, ms in taken.items()}


def sample_pictures() -> list[bytes]:
    """The photos of vehicles that the repository carries, without those of a plate alone."""
    files = sorted(PICTURES.glob("*.jpg"))
    read = [file.read_bytes() for file in files]
    return [data for data in read if decode(data, max_pixels=10**8).shape[1] >= _LEAST_WIDTH]


def portrait() -> bytes:
    """A JPEG of 1280 x 720 with one face: scikit-image's portrait of an astronaut (NASA)."""
    canvas = np.full((720, 1280, 3), 128, np.uint8)
    canvas[:, 280:1000] = cv2.resize(
        cv2.cvtColor(skimage_data.astronaut(), cv2.COLOR_RGB2BGR), (720, 720)
    )
    return encode_jpeg(canvas, 90)


def network_table(counted: Sequence[Network]) -> Table:
    """What one pass of each network computes."""
    return Table(
        "Networks",
        ("pictures", "network", "input", "GFLOP a pass"),
        tuple((one.kind, one.name, one.shape, f"{one.operations / _GIGA:.3f}") for one in counted),
        (
            "Counted from the ONNX graphs: convolutions and products of matrices, a multiplication "
            "and an addition each; inputs of a picture of 4:3. PaddleOCR takes part where the "
            "small reader leaves doubt.",
        ),
    )


def capacity_table(counted: Sequence[Network], ms: Mapping[str, float]) -> Table:
    """Pictures a second, and which figure is of which kind."""
    rows = []
    for kind in ("plates", "drivers"):
        operations = sum(one.operations * one.passes for one in counted if one.kind == kind)
        a_picture = sum(taken for part, taken in ms.items() if part.startswith(kind))
        work = f"{operations / _GIGA:.2f} GFLOP"
        rows.append(
            (kind, "one core", "measured", f"{a_picture:.1f} ms", f"{1000 / a_picture:.0f}")
        )
        rows += [
            (
                kind,
                gpu.name,
                "computed, not run",
                f"{work} at {gpu.share:.1%} of {gpu.peak / 1e12:.0f} TFLOP/s",
                f"{gpu.pictures_per_s(operations):,.0f}",
            )
            for gpu in GPUS
        ]
    decoded = 1000 / ms["decode"]
    return Table(
        "Pictures a second",
        ("pictures", "on", "how", "a picture", "pictures/s"),
        tuple(rows),
        (
            "One core: our engines on one thread of this machine, means of the sample pictures "
            "(800 x 600 to 1280 x 720, doubtful plates among them), and a portrait of 1280 x 720; "
            "processor time, without the service around. "
            f"{', '.join(f'{part} {taken:.1f} ms' for part, taken in ms.items())}.",
            "A GPU's figure is what its networks alone would allow if all of them ran there: "
            "pictures/s = share x peak / operations. The share is an assumption. "
            + " ".join(
                f"{gpu.name}: peak from {gpu.peak_source}; {gpu.share:.1%}, {gpu.why}."
                for gpu in GPUS
            )
            + " Batches raise the share, small inputs lower it.",
            f"Pictures are decoded by the processor: one core decodes {decoded:,.0f} of these "
            "a second, so a GPU's figure needs the GPU's pictures/s over that in cores, with the "
            "service beside.",
        ),
    )


def main(arguments: list[str]) -> int:
    """Counts, measures, shows and writes; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="measured calls for a picture")
    parser.add_argument("--name", default="capacity", help="of the files of results")
    options = parser.parse_args(arguments)
    settings = Settings()
    ms = core_ms(settings, options.rounds)
    counted = networks(settings)
    tables = [capacity_table(counted, ms), network_table(counted)]
    sys.stdout.write("\n\n".join(table.as_text() for table in tables) + "\n")
    target = RESULTS / options.name
    parts = ["# Capacity", *(table.as_markdown() for table in tables)]
    target.with_suffix(".md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    values = {
        "core_ms": ms,
        "operations": {one.name: one.operations for one in counted},
        "gpus": {gpu.name: {"peak": gpu.peak, "assumed_share": gpu.share} for gpu in GPUS},
    }
    target.with_suffix(".json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return 0


def _core_ms(work: Callable[[], object], rounds: int) -> float:
    """Median processor time of a call, all threads together."""
    taken = []
    for place in range(_WARM_UP + rounds):
        began = time.process_time()
        work()
        if place >= _WARM_UP:
            taken.append(1000 * (time.process_time() - began))
    return statistics.median(taken)


def _counted(name: str, kind: str, model: Any, shape: tuple[int, ...]) -> Network:
    weights_of = {item.name for item in model.graph.initializer}
    (fed,) = (item for item in model.graph.input if item.name not in weights_of)
    blank = np.zeros(shape, tensor_dtype_to_np_dtype(fed.type.tensor_type.elem_type))
    sides = " x ".join(map(str, shape))
    return Network(name, kind, sides, count_operations(model, {fed.name: blank}))


def _height(width: int) -> int:
    """Of the input that takes a picture of 4:3."""
    return -(-3 * width // 4 // _STRIDE) * _STRIDE


def _own(name: str) -> Any:
    return onnx.load(weights.resolve(name))


def _bundled(model: Any) -> Any:
    """A face model that takes any size."""
    whole = unpacked(onnx.load(bundled_path(model)))
    for value in (*whole.graph.input, *whole.graph.output):
        for place, side in enumerate(value.type.tensor_type.shape.dim):
            side.dim_param = f"{value.name}_{place}"
    return whole


def _paddle() -> Any:
    found = find_spec("rapidocr")
    assert found is not None
    assert found.origin is not None
    return onnx.load(Path(found.origin).parent / "models/PP-OCRv6_rec_small.onnx")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
