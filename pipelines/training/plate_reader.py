"""The plate reader's training, from drawn and photographed plates to the file the service ships.

Install the project with its ``training`` extra. The whole way::

    export GATEHOUSE_DATA=/path/to/data   # data/plates/{detect,read,unlabelled} inside
    make fonts                            # and the export that it prints
    R="python -m pipelines.training.plate_reader"
    $R prepare runs/reader                # the split, the teacher's readings
    python -m pipelines.training.plate_synthesis runs/drawn --count 40000 --seed 1 \\
        --data $GATEHOUSE_DATA/data/plates --split runs/reader/split.json
    $R train runs/reader --drawn runs/drawn --steps 9800 --batch 48
    $R export runs/reader --views 470400
    python -m pipelines.training.reader_calibration --split runs/reader/split.json --write

A training run that was cut off goes on from its last checkpoint when its command is given again.
"""

import argparse
import datetime
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import torch

from configs.settings import PlateReaderSettings
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.training.plate_split import Split, split_plates
from pipelines.training.reader import photographs
from pipelines.training.reader.batches import UNKNOWN, RandomViews, loader
from pipelines.training.reader.card import Making, write_reader_card
from pipelines.training.reader.export import export_reader, milliseconds_of, write_description
from pipelines.training.reader.loop import Schedule, score, steps_done, train, trained_network
from pipelines.training.reader.network import PlateReaderNetwork
from pipelines.training.reader.samples import Samples, shards
from pipelines.training.synthesis.layouts import load_layouts

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).parents[1] / "engines" / "weights" / "plate_reader.onnx"
HELD_OUT_DRAWINGS = 500
SIZES = "sizes.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one step of the recipe.

    Args:
        arguments: The command line without the program's name; the process's own if None.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = _parser().parse_args(arguments)
    {"prepare": _prepare, "train": _train, "export": _export}[options.step](options)


def _prepare(options: argparse.Namespace) -> None:
    plates = options.data / "data" / "plates"
    options.run.mkdir(parents=True, exist_ok=True)
    division = split_plates(plates)
    division.save(options.run / "split.json")
    teacher = build_plate_reader(PlateReaderSettings(engine="paddleocr"))
    photographs.teach(plates, division, teacher, options.run / "teacher.csv")


def _train(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    plates = options.data / "data" / "plates"
    division = Split.load(options.run / "split.json")
    drawn = Samples.join(list(shards(options.drawn)))
    taught = photographs.taught(plates, division, options.run / "teacher.csv")
    labelled = photographs.labelled(plates, division, "training")
    one_country = [index for index, region in enumerate(taught.regions) if region == "ID"]
    others = [index for index, region in enumerate(taught.regions) if region != "ID"]
    pools = [
        (drawn.kept(range(HELD_OUT_DRAWINGS, len(drawn))), options.shares[0]),
        (taught.kept(one_country), options.shares[1]),
        (taught.kept(others), options.shares[2]),
        (labelled, options.shares[3]),
    ]
    sizes = {"drawn": len(drawn), "taught": len(taught), "labelled": len(labelled)}
    logger.info("%s", sizes)
    (options.run / SIZES).write_text(json.dumps(sizes), encoding="utf-8")
    held_out = {
        "validation": photographs.labelled(plates, division, "validation"),
        "drawn": drawn.kept(range(HELD_OUT_DRAWINGS)),
    }
    regions = (UNKNOWN, *load_layouts().regions)
    del drawn
    done = steps_done(options.run)
    views = RandomViews(pools, regions, size=options.batch, seed=(options.seed, done))
    train(
        PlateReaderNetwork(regions),
        loader(views, options.workers),
        held_out,
        Schedule(options.steps, rate=options.rate),
        options.run,
    )


def _export(options: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    network = trained_network(options.run / "last.pt")
    export_reader(network, options.target)
    plates = options.data / "data" / "plates"
    division = Split.load(options.run / "split.json")
    known = photographs.labelled(plates, division, "validation")
    names = photographs.sources(division, "validation")
    scores = {
        source: score(network, known.kept([i for i, name in enumerate(names) if name == source]))
        for source in sorted(set(names))
    }
    scores["all"] = score(network, known)
    network.eval()
    sizes = json.loads((options.run / SIZES).read_text(encoding="utf-8"))
    making = Making(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        stages=tuple(options.stages),
        views=options.views,
        drawn=sizes["drawn"],
        taught=sizes["taught"],
        labelled=sizes["labelled"],
        regions=len(network.regions),
        milliseconds=milliseconds_of(options.target),
        megabytes=options.target.stat().st_size / 1e6,
    )
    sources = plates / "read" / "SOURCES.tsv"
    write_reader_card(options.target.with_suffix(".md"), making, scores, division, sources)
    write_description(options.target, making.date)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipelines.training.plate_reader")
    root = os.environ.get("GATEHOUSE_DATA")
    steps = parser.add_subparsers(dest="step", required=True)
    step = {
        name: steps.add_parser(name, help=text)
        for name, text in {
            "prepare": "divide the plates and let the teacher read those without a text",
            "train": "train, or go on with a run that was cut off",
            "export": "write the ONNX file, its description and its card",
        }.items()
    }
    for name in ("prepare", "train", "export"):
        step[name].add_argument(
            "--data",
            type=Path,
            default=root,
            required=root is None,
            help="the data root; GATEHOUSE_DATA by default",
        )
    for one in step.values():
        one.add_argument("run", type=Path, help="folder of the run")
    training = step["train"]
    training.add_argument("--drawn", type=Path, nargs="+", required=True, help="folders of shards")
    training.add_argument("--steps", type=int, default=9000)
    training.add_argument("--batch", type=int, default=96)
    training.add_argument("--rate", type=float, default=1.5e-3)
    training.add_argument("--threads", type=int, default=2)
    training.add_argument("--workers", type=int, default=1)
    training.add_argument("--seed", type=int, default=1)
    training.add_argument(
        "--shares",
        type=float,
        nargs=4,
        default=(0.68, 0.06, 0.08, 0.18),
        help="of a batch: drawn, taught (Indonesian), taught (others) and labelled plates",
    )
    step["export"].add_argument("--target", type=Path, default=SHIPPED)
    step["export"].add_argument(
        "--views", type=int, default=0, help="seen in training, for the card"
    )
    step["export"].add_argument("--stages", nargs="*", default=[], help="sentences for the card")
    return parser


if __name__ == "__main__":
    main()
