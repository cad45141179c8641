"""Asks all contestants the same, picture by picture in turn, so that noise hits them alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from pipelines.types import Box
from tests.bench.dataset import CUT_SIZE, LabelledPicture, LabelledPlate, Pictures, cut_grey
from tests.bench.workers import Answer, Request, Worker

Kind = Literal["photo", "box", "crop", "cut", "uncut", "plateless"]

_WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Question:
    """One request and what is known about its picture.

    Attributes:
        kind: ``photo``: a photo as it is. ``box``: a labelled box of a photo, read without
            detection. ``crop``: a labelled crop as a picture of its own. ``cut``: such a crop small
            and grey. ``uncut``: the same crop as it was, read without detection. ``plateless``: a
            picture without plates.
        request: What is asked.
        source: Where the picture comes from.
        plates: Its labelled plates; for ``box`` the one that is to be read.
    """

    kind: Kind
    request: Request
    source: str
    plates: tuple[LabelledPlate, ...] = ()


Answers = dict[str, list[Answer]]
"""Contestant -> its answer to each question, in order."""


def questions(pictures: Pictures, folder: Path) -> list[Question]:
    """Everything that is asked in one run.

    Args:
        pictures: What to measure on.
        folder: Where the grey cuts are written to.
    """
    asked = []
    for photo in pictures.photos:
        asked.append(Question("photo", Request("picture", photo.path), photo.source, photo.plates))
        asked += [
            Question("box", Request("read", photo.path, _whole(plate.box)), photo.source, (plate,))
            for plate in photo.plates
            if plate.text is not None and plate.box is not None
        ]
    asked += [_as_picture("crop", crop, crop.path) for crop in pictures.crops]
    for cut in pictures.cuts:
        grey = folder / f"{cut.path.stem}-{CUT_SIZE[0]}x{CUT_SIZE[1]}.png"
        cut_grey(cut.path, grey)
        asked.append(_as_picture("cut", cut, grey))
        asked.append(Question("uncut", Request("read", cut.path), cut.source, cut.plates))
    asked += [
        Question("plateless", Request("picture", path), kind)
        for kind, paths in pictures.plateless.items()
        for path in paths
    ]
    return asked


def ask_all(workers: Sequence[Worker], asked: Sequence[Question]) -> Answers:
    """Asks every question of every contestant, who begins changing from question to question.

    Raises:
        WorkerFailed: One of them ended.
    """
    for worker in workers:
        for question in asked[:_WARM_UP]:
            worker.ask(question.request)
    answers: Answers = {worker.contestant.name: [] for worker in workers}
    for index, question in enumerate(tqdm(asked, desc="pictures", unit="")):
        first = index % len(workers)
        for worker in (*workers[first:], *workers[:first]):
            answers[worker.contestant.name].append(worker.ask(question.request))
    return answers


def _as_picture(kind: Kind, crop: LabelledPicture, path: Path) -> Question:
    return Question(kind, Request("picture", path), crop.source, crop.plates)


def _whole(box: Box) -> tuple[int, int, int, int]:
    """The box in whole pixels, at least one wide and high."""
    left, top = int(box.x1), int(box.y1)
    return left, top, max(left + 1, round(box.x2)), max(top + 1, round(box.y2))
