"""``make bench-accuracy``: what is read right, against fast-alpr, on the development pictures.

Each reader setting of ours and each reader of the peer is a process on the same core with one
thread; all are asked picture by picture in turn. Then drivers are searched in galleries of several
sizes. Last the service with its shipped configuration is started, and drivers, and with ``--http``
the same photos, go through HTTP. Tables are printed; ``tests/bench/results`` gets them as JSON and
Markdown, and figures as PNG. ``--only-drivers`` leaves the plates out, and without ``--http`` the
service too; it writes ``drivers.*`` and leaves ``accuracy.*`` as they are.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from configs.settings import Settings
from pipelines.engines.face_encoder import build_face_encoder
from tests.bench import identification, over_http, plots, report
from tests.bench.dataset import division, fewer, pictures
from tests.bench.det_curves import plot_det
from tests.bench.face_vectors import encode_people
from tests.bench.failures import draw_failures
from tests.bench.figures import FalsePlates, Results, evaluate, false_plates
from tests.bench.measure import Answers, Question, ask_all, questions
from tests.bench.our_worker import args_of
from tests.bench.peer import USUAL_SCORE, PeerUnavailable, peers
from tests.bench.people import people
from tests.bench.tables import Table
from tests.bench.workers import Contestant, Worker, WorkerFailed, last_core
from tests.serve.service import ROOT

RESULTS = ROOT / "tests/bench/results"
CONFIG = ROOT / "serve_config.yaml"
PEER_ENVIRONMENT = ROOT / ".venv-peer"
READERS = ("plates", "paddleocr", "both")
QUICK = {"photos": 40, "crops": 15, "plateless": 25}


def main(arguments: list[str]) -> int:
    """Runs the bench; returns the exit status."""
    options = parse(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    root = Path(os.environ["GATEHOUSE_DATA"]).resolve()
    RESULTS.mkdir(exist_ok=True)
    started = time.monotonic()
    if options.only_drivers:
        _only_drivers(options, root)
    elif not _everything(options, root):
        return 1
    sys.stdout.write(f"{time.monotonic() - started:.0f} s; tables and figures in {RESULTS}\n")
    return 0


def _only_drivers(options: argparse.Namespace, root: Path) -> None:
    figures: dict[str, Any] = {}
    tables = _galleries(options, root, figures)
    _show(tables)
    if options.http:
        served = _served(options, root, [], None, figures)
        _show(served)
        tables += served
    _keep("drivers", "Drivers", tables, figures)


def _everything(options: argparse.Namespace, root: Path) -> bool:
    """Plates, then drivers; says whether the project's own reader could be asked."""
    split = division(root / "data/plates", RESULTS)
    plateless = QUICK["plateless"] if options.quick else options.plateless
    chosen = pictures(root / "data", split, options.part, plateless=plateless, seed=options.seed)
    if options.quick:
        sizes = {"photos": QUICK["photos"], "crops": QUICK["crops"]}
        chosen = fewer(chosen, **sizes, seed=options.seed)
    default = Settings.model_validate(args_of(CONFIG)).plate_reader.engine
    left_out: dict[str, str] = {}
    readers = dict.fromkeys([*options.readers, *([default] if options.http else [])])
    contestants = [ours(reader, options.config) for reader in readers]
    contestants += _peers(root, left_out)
    with tempfile.TemporaryDirectory(prefix="gatehouse-") as folder:
        asked = questions(chosen, Path(folder))
        answers = _ask(contestants, asked, left_out)
        names = list(answers)
        if not any(name.startswith("ours") for name in names):
            _say(left_out)
            return False
        results = evaluate(asked, answers, {one.name for one in contestants if one.made_labels})
        results.false_plates.update(_at_usual_score(asked, answers))
    tables = report.tables(results, names)
    figures: dict[str, Any] = {
        "part": options.part,
        "left out": left_out,
        "plates": report.values(results, names),
    }
    heading = _heading(options, left_out)
    sys.stdout.write(f"\n{heading}\n")
    _show(tables)
    _keep("accuracy", heading, tables, figures)
    draw(results, names)
    if not (options.skip_drivers or options.quick):
        galleries = _galleries(options, root, figures)
        _show(galleries)
        tables += galleries
        _keep("accuracy", heading, tables, figures)
    if options.http or not (options.skip_drivers or options.quick):
        served = _served(options, root, asked, answers.get(f"ours {default}"), figures)
        _show(served)
        _keep("accuracy", heading, [*tables, *served], figures)
    return True


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("test", "validation", "training"), default="test")
    parser.add_argument(
        "--readers",
        type=lambda value: tuple(value.split(",")),
        default=READERS,
        help="settings of plate_reader.engine, with commas between",
    )
    parser.add_argument(
        "--config", type=Path, default=CONFIG, help="Serve YAML with the settings of all of ours"
    )
    parser.add_argument("--quick", action="store_true", help="a sample, plates only, two minutes")
    parser.add_argument("--http", action="store_true", help="the photos through HTTP as well")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--skip-drivers", action="store_true", help="plates only")
    parts.add_argument("--only-drivers", action="store_true", help="no plates")
    parser.add_argument("--plateless", type=int, default=400, help="pictures of each kind, at most")
    parser.add_argument("--seed", type=int, default=1, help="decides every sample")
    return parser.parse_args(arguments)


def ours(reader: str, config: Path) -> Contestant:
    """The project with the settings of a Serve YAML file and one reader."""
    command = (sys.executable, "-m", "tests.bench.our_worker", "--config", str(config.resolve()))
    return Contestant(f"ours {reader}", (*command, "--reader", reader))


def draw(results: Results, contestants: Sequence[str]) -> None:
    """Writes all figures."""
    own = [name for name in contestants if name.startswith("ours")]
    plots.plot_reliability(results, own, RESULTS / "reliability.png")
    plots.plot_sources(results, contestants, RESULTS / "sources.png")
    for name in contestants:
        its = [one for one in results.plates if one.contestant == name]
        its = [one for one in its if one.kind in ("photo", "crop")]
        suffix = name.replace(" ", "-")
        plots.plot_confusions(its, f"{name}: characters", RESULTS / f"characters-{suffix}.png")
        draw_failures(its, name, RESULTS / f"failures-{suffix}.png")


def _peers(root: Path, left_out: dict[str, str]) -> list[Contestant]:
    try:
        return peers(root, PEER_ENVIRONMENT)
    except PeerUnavailable as error:
        left_out["fast-alpr"] = str(error)
        return []


def _ask(
    contestants: Sequence[Contestant], asked: Sequence[Question], left_out: dict[str, str]
) -> Answers:
    core = last_core()
    with ExitStack() as stack:
        starting = [stack.enter_context(Worker(one, ROOT, core)) for one in contestants]
        workers = []
        for worker in starting:
            try:
                worker.wait_until_ready()
            except WorkerFailed as error:
                left_out[worker.contestant.name] = str(error)
            else:
                workers.append(worker)
        return ask_all(workers, asked) if workers else {}


def _at_usual_score(
    asked: Sequence[Question], answers: Answers
) -> dict[str, dict[str, FalsePlates]]:
    """The peer's false plates at the score that its users get: fewer, as it finds less."""
    return {
        f"{name}, score {USUAL_SCORE}": false_plates(
            asked,
            [[plate for plate in one.plates if plate.score >= USUAL_SCORE] for one in given],
        )
        for name, given in answers.items()
        if not name.startswith("ours")
    }


def _galleries(options: argparse.Namespace, root: Path, figures: dict[str, Any]) -> list[Table]:
    settings = Settings.model_validate(args_of(options.config))
    faces = encode_people(
        people(root / "data/faces", seed=options.seed),
        build_face_encoder(settings.face_encoder),
        mixed=identification.MIXED,
        seed=options.seed,
    )
    measured = identification.identify(faces, settings.gallery, seed=options.seed)
    figures["galleries"] = identification.values(measured)
    plot_det(measured, RESULTS / "det.png")
    return identification.tables(measured)


def _served(
    options: argparse.Namespace,
    root: Path,
    asked: Sequence[Question],
    in_process: Sequence[Any] | None,
    figures: dict[str, Any],
) -> list[Table]:
    tables = []
    with over_http.Served() as http:
        if options.http and in_process is not None:
            pairs = [
                (question.request.path, answer.plates[0].text if answer.plates else "")
                for question, answer in zip(asked, in_process, strict=True)
                if question.kind == "photo"
            ]
            served = over_http.read_plates(http, [path for path, _ in pairs])
            texts = [text for _, text in pairs]
            tables.append(over_http.same_as_in_process(served, texts))
            figures["http"] = {
                "different": [
                    [path.name, text, other]
                    for (path, text), other in zip(pairs, served, strict=True)
                    if text != other
                ],
                "photos": len(pairs),
            }
        if not (options.skip_drivers or options.quick):
            known = people(root / "data/faces", seed=options.seed)
            figures["drivers"] = over_http.measure_drivers(http, known)
            tables.append(over_http.drivers_table(figures["drivers"]))
    return tables


def _show(tables: Sequence[Table]) -> None:
    for table in tables:
        sys.stdout.write(f"\n{table.as_text()}\n")
    sys.stdout.write("\n")


def _keep(name: str, heading: str, tables: Sequence[Table], figures: dict[str, Any]) -> None:
    markdown = "\n\n".join([f"# Accuracy\n\n{heading}", *(table.as_markdown() for table in tables)])
    (RESULTS / f"{name}.md").write_text(markdown + "\n", encoding="utf-8")
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _heading(options: argparse.Namespace, left_out: dict[str, str]) -> str:
    sample = ", a sample" if options.quick else ""
    lines = [f"Part of the development pictures: {options.part}{sample}."]
    lines += [f"Left out: {name}: {reason}" for name, reason in left_out.items()]
    return "\n".join(lines)


def _say(left_out: dict[str, str]) -> None:
    for name, reason in left_out.items():
        sys.stderr.write(f"{name}: {reason}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
