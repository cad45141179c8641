"""Trains the corner finder: ``python -m pipelines.training.plate_corners prepare|train|export``.

``prepare`` writes shards of contexts from the development photos; shards of
`pipelines.training.plate_synthesis` go beside them. ``train`` goes on where its last checkpoint
ended. ``export`` writes the ONNX file and its manifest with figures on the validation shards.
"""

import argparse
import json
import logging
from pathlib import Path

from pipelines.training.corners import preparation, training
from pipelines.training.corners.export import export
from pipelines.training.plate_split import Part, Split, split_plates
from pipelines.training.synthesis.fonts import default_folders, installed
from pipelines.training.synthesis.glyphs import Typefaces
from pipelines.training.synthesis.layouts import load_layouts
from pipelines.training.synthesis.painting import Painter

_HELD_OUT = 0.08


def main() -> None:
    """Runs one step."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    arguments = _parser().parse_args()
    arguments.run(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="plate_corners", description=__doc__)
    steps = parser.add_subparsers(required=True, metavar="prepare|train|export")
    prepare = steps.add_parser("prepare", help="write shards of contexts")
    prepare.add_argument("out", type=Path, help="folder for the shards")
    prepare.add_argument("--data", type=Path, required=True, help="development plates")
    prepare.add_argument("--split", type=Path, help="a saved split; else it is made anew")
    prepare.add_argument("--pasted", type=int, default=8000, help="plates to paste on photos")
    prepare.set_defaults(run=_prepare)
    train = steps.add_parser("train", help="train, from the last checkpoint where there is one")
    train.add_argument("out", type=Path, help="folder of the run")
    train.add_argument("--shards", type=Path, nargs="+", required=True, help="folders of shards")
    train.add_argument("--steps", type=int, default=12_000)
    train.add_argument("--batch", type=int, default=32)
    train.add_argument("--threads", type=int, default=1)
    train.set_defaults(run=_train)
    write = steps.add_parser("export", help="write the ONNX file of a run")
    write.add_argument("run_folder", type=Path, help="folder of the run")
    write.add_argument("out", type=Path, help="the .onnx file; its manifest goes beside it")
    write.add_argument("--shards", type=Path, nargs="*", default=[], help="folders to measure on")
    write.set_defaults(run=_export)
    return parser


def _prepare(arguments: argparse.Namespace) -> None:
    split = Split.load(arguments.split) if arguments.split else split_plates(arguments.data)
    painter = Painter(load_layouts(), Typefaces(installed(default_folders())))
    held_out = round(_HELD_OUT * arguments.pasted)
    parts: tuple[tuple[Part, int], ...] = (
        ("training", arguments.pasted),
        ("validation", held_out),
    )
    for part, pasted in parts:
        photos = preparation.photos(arguments.data, split, part)
        preparation.write_photo_shards(photos, part, arguments.out, painter, pasted)


def _train(arguments: argparse.Namespace) -> None:
    training.train(
        arguments.out,
        arguments.shards,
        training.Plan(arguments.steps, arguments.batch, arguments.threads),
    )


def _export(arguments: argparse.Namespace) -> None:
    checkpoint = arguments.run_folder / "checkpoint.pt"
    figures = training.held_out_figures(checkpoint, arguments.shards) if arguments.shards else {}
    manifest = export(checkpoint, arguments.out, figures)
    logging.getLogger(__name__).info("%s", json.dumps(manifest))


if __name__ == "__main__":
    main()
