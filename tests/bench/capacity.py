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
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx.helper import tensor_dtype_to_np_dtype
from tqdm import tqdm

from configs.settings import ROOT, Settings
from pipelines.engines import weights
from pipelines.engines.face_alignment import ALIGNED_PX
from pipelines.engines.face_encoder import build_face_encoder
from pipelines.engines.face_models import SFACE, YUNET, bundled_path, unpacked
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.imaging import decode
from pipelines.outcomes import open_and_run
from tests.bench.capacity_model import GPUS, Network
from tests.bench.operations import count_operations
from tests.bench.tables import Table

RESULTS: Final = ROOT / "tests/bench/results"
PICTURE: Final = ROOT / "pipelines/training/sample_pictures/images/10023.jpg"
"""A vehicle with one plate, 1280 x 720."""

_GIGA: Final = 1e9
_WARM_UP: Final = 3


def networks(settings: Settings) -> list[Network]:
    """What a picture with one plate, and one with one face, runs through, counted."""
    plates, faces = settings.plate_detector.image_size, settings.face_encoder.detection_size
    finder, recogniser = _bundled(YUNET), _bundled(SFACE)
    return [
        _counted(
            "plate detector", "plates", _own("plate_detector"), (1, 3, 3 * plates // 4, plates)
        ),
        _counted("corner finder", "plates", _own("plate_corners"), (1, 64, 128, 3)),
        _counted("plate reader", "plates", _own("plate_reader"), (1, 64, 160, 3)),
        _counted("face detector", "drivers", finder, (1, 3, 3 * faces // 4, faces)),
        _counted("face recogniser", "drivers", recogniser, (1, 3, ALIGNED_PX, ALIGNED_PX)),
        _counted("PaddleOCR", "doubtful plates", _paddle(), (1, 3, 48, 320)),
    ]


def core_ms(settings: Settings, rounds: int) -> dict[str, float]:
    """Milliseconds of one core that each part of a picture takes our engines, medians.

    Args:
        settings: Which engines; each runs on one thread.
        rounds: Measured calls of each.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    data = PICTURE.read_bytes()
    limits, detecting = settings.limits.max_pixels, settings.plate_detector.decoded_size
    detector = build_plate_detector(settings.plate_detector)
    reader = build_plate_reader(settings.plate_reader)
    encoder = build_face_encoder(settings.face_encoder)
    picture = decode(data, max_pixels=limits)
    crops = [plate.crop for plate in detector.detect([picture])[0]]
    if len(crops) != 1:
        raise ValueError(f"{PICTURE.name} shows {len(crops)} plates, and not one")
    aligned = np.full((ALIGNED_PX, ALIGNED_PX, 3), 128, np.uint8)
    return {
        "decode": _core_ms(lambda: decode(data, max_pixels=limits), rounds),
        "plates: decode, find": _core_ms(
            lambda: open_and_run([data], limits, detecting, detector.detect_scalable), rounds
        ),
        "plates: read": _core_ms(lambda: reader.read(crops), rounds),
        "drivers: find a face": _core_ms(lambda: encoder.encode([picture]), rounds),
        "drivers: embed it": _core_ms(lambda: encoder.embed([aligned]), rounds),
    }


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
        if kind == "drivers":
            a_picture += ms["decode"]
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
            f"One core: our engines on one thread of this machine, {PICTURE.name} (1280 x 720, one "
            "plate) and a face of it; processor time, without the service around. "
            f"{', '.join(f'{part} {taken:.1f} ms' for part, taken in ms.items())}.",
            "A GPU's figure is what its networks alone would allow if all of them ran there: "
            "pictures/s = share x peak / operations. The share is an assumption. "
            + " ".join(
                f"{gpu.name}: peak from {gpu.peak_source}; {gpu.share:.1%}, {gpu.why}."
                for gpu in GPUS
            )
            + " Batches raise the share, small inputs lower it.",
            f"Pictures are decoded by the processor: one core decodes {decoded:,.0f} of this size "
            "a second, so a GPU's figure needs the GPU's pictures/s over that in cores, with the "
            "service beside.",
        ),
    )


def main(arguments: list[str]) -> int:
    """Counts, measures, shows and writes; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=25, help="measured calls of each engine")
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
    for place in tqdm(range(_WARM_UP + rounds), desc="measuring", leave=False):
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
