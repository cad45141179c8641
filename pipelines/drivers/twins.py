"""Looks for faces among the drivers whose they are not."""

from collections.abc import Sequence
from dataclasses import replace

from configs.settings import Settings
from pipelines.drivers.enrolment_checks import judge_twin
from pipelines.drivers.face_encoding import all_of
from pipelines.drivers.gallery import DriverGallery
from pipelines.drivers.photos import Photo
from pipelines.errors import AlreadyEnrolled
from pipelines.gallery.judged import Judged, twin_facts
from pipelines.gallery.templates import mean_direction
from pipelines.gallery.thresholds import threshold_for
from pipelines.types import Face, GallerySearch

_TAKES_TWINS = Judged()


class TwinSearch:
    """Says whether faces are an enrolled driver's, and up to which change that holds.

    Args:
        gallery: The driver gallery.
        settings: Thresholds, and whether it matters.
    """

    def __init__(self, gallery: DriverGallery, settings: Settings) -> None:
        self._gallery = gallery
        self._checks = settings.enrolment
        self._thresholds = settings.gallery.thresholds

    async def refuse(self, faces: Sequence[Face], *, allowed: bool) -> Judged:
        """Refuse faces of one new driver that are, taken together, an enrolled driver's.

        Args:
            faces: At least one.
            allowed: Take them all the same.

        Raises:
            AlreadyEnrolled: They are.
            Unavailable: The gallery cannot be reached.
        """
        if allowed or not self._checks.refuse_twins:
            return _TAKES_TWINS
        template = mean_direction([face.embedding for face in faces])
        search = await self._gallery.search(template, faces[0].model_id)
        twin = judge_twin(search, self._thresholds, self._checks)
        if twin is not None:
            best = search.matches[0]
            limit = threshold_for(search.gallery_size, self._thresholds)
            facts = twin_facts(best.driver_id, best.similarity, limit)
            raise AlreadyEnrolled(twin.message, facts)
        return self._judged([search])

    async def judge(
        self, driver_id: int, photos: Sequence[Photo], *, allowed: bool
    ) -> tuple[list[Photo], Judged]:
        """Reject each photo that is likest to another driver and close enough to that one.

        Args:
            driver_id: Whose photos they should be.
            photos: Those that were rejected stay so.
            allowed: Take them all the same.

        Raises:
            Unavailable: The gallery cannot be reached.
        """
        if allowed or not self._checks.refuse_twins:
            return list(photos), _TAKES_TWINS
        looked = await all_of(self._looked_at(driver_id, photo) for photo in photos)
        searches = [search for _, search in looked if search is not None]
        return [photo for photo, _ in looked], self._judged(searches, driver_id)

    async def _looked_at(self, driver_id: int, photo: Photo) -> tuple[Photo, GallerySearch | None]:
        if photo.face is None or photo.rejection is not None:
            return photo, None
        search = await self._gallery.search(photo.face.embedding, photo.face.model_id)
        if search.matches and search.matches[0].driver_id == driver_id:
            return photo, search
        verdict = judge_twin(search, self._thresholds, self._checks)
        return replace(photo, rejection=verdict), search

    def _judged(self, searches: Sequence[GallerySearch], driver_id: int | None = None) -> Judged:
        """What the store holds against drivers who changed after the oldest of the searches."""
        if not searches:
            return _TAKES_TWINS  # and no face to be one
        limit = max(threshold_for(search.gallery_size, self._thresholds) for search in searches)
        near = {
            match.driver_id
            for search in searches
            for match in search.matches
            if match.similarity >= limit and match.driver_id != driver_id
        }
        return Judged(limit, min(search.sequence for search in searches), tuple(sorted(near)))
