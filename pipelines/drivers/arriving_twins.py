"""Drivers of a gallery file who are enrolled already: of two who are one, neither is recognised."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from configs.settings import Settings
from pipelines.drivers.enrolment_checks import judge_twin
from pipelines.drivers.face_encoding import all_of
from pipelines.drivers.gallery import DriverGallery
from pipelines.errors import AlreadyEnrolled
from pipelines.gallery.driver_records import ExportedDriver
from pipelines.gallery.judged import twin_facts
from pipelines.gallery.templates import mean_direction
from pipelines.gallery.thresholds import threshold_for
from pipelines.types import GallerySearch, Vector

_SEARCHED_AT_ONCE: Final = 32
_TWINS_NAMED: Final = 20


class ArrivingTwins:
    """Looks for the drivers of a file among those who are enrolled.

    Args:
        gallery: The driver gallery.
        settings: Thresholds, and whether it matters.
    """

    def __init__(self, gallery: DriverGallery, settings: Settings) -> None:
        self._gallery = gallery
        self._checks = settings.enrolment
        self._thresholds = settings.gallery.thresholds

    async def refuse(
        self, batches: Iterator[Sequence[ExportedDriver]], model_id: str, drivers: int
    ) -> None:
        """Refuse a file whose drivers are enrolled, each judged by the mean of its faces.

        Args:
            batches: The drivers of the file; those without a vector of the running model are taken.
            model_id: The running model.
            drivers: How many they are.

        Raises:
            AlreadyEnrolled: Some are; ``extra`` says how many, and names the first.
            Unavailable: The gallery cannot be reached.
        """
        if not self._checks.refuse_twins:
            return
        count, first = 0, list[dict[str, Any]]()
        while batch := await asyncio.to_thread(next, batches, None):
            templates = list(_templates(batch, model_id))
            for start in range(0, len(templates), _SEARCHED_AT_ONCE):
                some = templates[start : start + _SEARCHED_AT_ONCE]
                found = await all_of(self._gallery.search(one, model_id) for _, one in some)
                if found[0].gallery_size == 0:
                    return
                ids = (id_in_file for id_in_file, _ in some)
                twins = list(self._twins(zip(ids, found, strict=True)))
                count += len(twins)
                first += twins[: _TWINS_NAMED - len(first)]
        if count:
            raise AlreadyEnrolled(
                f"{count} of {drivers} drivers of the file are enrolled here already, the first of "
                f"them, driver {first[0]['id_in_file']} of the file, as driver "
                f"{first[0]['driver_id']}, and of two who are one person neither is recognised: "
                "erase these drivers first, or ask with ?allow_twin=true and merge them",
                {"twins": count, "drivers": drivers, "first": first},
            )

    def _twins(self, found: Iterable[tuple[int, GallerySearch]]) -> Iterator[dict[str, Any]]:
        for id_in_file, search in found:
            if judge_twin(search, self._thresholds, self._checks) is not None:
                best = search.matches[0]
                limit = threshold_for(search.gallery_size, self._thresholds)
                facts = twin_facts(best.driver_id, best.similarity, limit)
                yield {"id_in_file": id_in_file, **facts}


def _templates(drivers: Sequence[ExportedDriver], model_id: str) -> Iterator[tuple[int, Vector]]:
    for driver in drivers:
        vectors = [face.vectors[model_id] for face in driver.faces if model_id in face.vectors]
        if vectors:
            yield driver.driver_id, mean_direction(vectors)
