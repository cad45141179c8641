"""Which photos are good enough to enrol a driver by, and what to do about those that are not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from configs.settings import EnrolmentSettings
from pipelines.gallery.thresholds import threshold_for
from pipelines.types import Face, FaceQuality, GallerySearch, Vector

SAME_PICTURE: Final = 0.995
"""Cosine from which two photos count as one picture: its agreement with itself proves nothing."""


class RejectReason(StrEnum):
    """Why a photo is not taken."""

    NO_FACE = "no_face"
    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TURNED_AWAY = "turned_away"
    SEVERAL_FACES = "several_faces"
    NOT_SAME_PERSON = "not_same_person"
    ALREADY_ENROLLED = "already_enrolled"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one photo is not taken.

    Attributes:
        reason: For programs.
        message: One sentence for people: what is wrong and what to do.
        measured: What was measured, in the unit of ``limit``; None where nothing was.
        limit: The setting that it is held against; None where there is none.
    """

    reason: RejectReason
    message: str
    measured: float | None = None
    limit: float | None = None


def judge_photo(faces: Sequence[Face], settings: EnrolmentSettings) -> Rejection | None:
    """Judge one photo by itself.

    Args:
        faces: All faces of the photo, the one that is meant first, as the encoder answers.
        settings: The limits.

    Returns:
        The first fault, the one to mend first; None for a good photo.
    """
    if not faces:
        return Rejection(
            RejectReason.NO_FACE, "the photo shows no face: take one that shows the driver's face"
        )
    rival = max((face.quality.size_px for face in faces[1:]), default=0.0)
    share = rival / max(faces[0].quality.size_px, 1.0)
    if share >= settings.rival_size:
        return Rejection(
            RejectReason.SEVERAL_FACES,
            f"the photo shows another face that is {share:.0%} as large as the first, less than "
            f"{settings.rival_size:.0%} is needed: have only the driver in the photo",
            share,
            settings.rival_size,
        )
    for judge in _JUDGES:
        rejection = judge(faces[0].quality, settings)
        if rejection:
            return rejection
    return None


def judge_together(
    embeddings: Sequence[Vector], settings: EnrolmentSettings, template: Vector | None = None
) -> tuple[Rejection | None, ...]:
    """Judge whether photos show one person.

    Without a template, the photos that agree with one another are the driver where they are more
    than half of all; the same picture sent twice counts once. Where no such majority is, nobody
    can say who is meant, and every photo is rejected.

    Args:
        embeddings: One a photo, ``(D,)`` float32 of unit L2 norm.
        settings: The least similarity.
        template: Of a driver who is enrolled already; every photo is then held against it alone.

    Returns:
        One verdict a photo, in order.
    """
    limit = settings.same_person
    if template is not None:
        return tuple(
            None if cosine >= limit else _another_person(cosine, limit, "the enrolled driver")
            for cosine in (float(vector @ template) for vector in embeddings)
        )
    voices = _distinct(embeddings)
    distinct = sorted(set(voices))
    group = _agreeing([embeddings[index] for index in distinct], limit)
    agreed = [distinct[place] for place in group]
    if 2 * len(agreed) <= len(distinct):
        return tuple(
            _undecided(_likest(embeddings, index, voices), limit)
            for index in range(len(embeddings))
        )
    chosen = _mean([embeddings[index] for index in agreed])
    return tuple(
        None
        if voice in agreed
        else _another_person(float(vector @ chosen), limit, "the other photos")
        for vector, voice in zip(embeddings, voices, strict=True)
    )


def judge_twin(
    search: GallerySearch, thresholds: Sequence[tuple[int, float]], settings: EnrolmentSettings
) -> Rejection | None:
    """Judge whether somebody who is to be a new driver is enrolled already.

    Args:
        search: The gallery's answer to the new driver's template, the mean of the photos.
        thresholds: ``GallerySettings.thresholds``.
        settings: Whether it matters.
    """
    if not settings.refuse_twins or not search.matches:
        return None
    best, limit = search.matches[0], threshold_for(search.gallery_size, thresholds)
    if best.similarity < limit:
        return None
    return Rejection(
        RejectReason.ALREADY_ENROLLED,
        f"the face is that of driver {best.driver_id}, with a similarity of "
        f"{best.similarity:.2f}, less than {limit:.2f} is needed for a new driver: add the photos "
        "to that driver",
        best.similarity,
        limit,
    )


def _too_small(quality: FaceQuality, settings: EnrolmentSettings) -> Rejection | None:
    if quality.size_px >= settings.min_size_px:
        return None
    return Rejection(
        RejectReason.TOO_SMALL,
        f"the face is {quality.size_px:.0f} pixels wide, at least {settings.min_size_px:.0f} are "
        "needed: move closer",
        quality.size_px,
        settings.min_size_px,
    )


def _too_dark(quality: FaceQuality, settings: EnrolmentSettings) -> Rejection | None:
    if quality.brightness >= settings.min_brightness:
        return None
    return Rejection(
        RejectReason.TOO_DARK,
        f"the face is too dark, {quality.brightness:.0f} of 255, at least "
        f"{settings.min_brightness:.0f} is needed: turn on a light or face the window",
        quality.brightness,
        settings.min_brightness,
    )


def _too_bright(quality: FaceQuality, settings: EnrolmentSettings) -> Rejection | None:
    if quality.brightness <= settings.max_brightness:
        return None
    return Rejection(
        RejectReason.TOO_BRIGHT,
        f"the face is too bright, {quality.brightness:.0f} of 255, at most "
        f"{settings.max_brightness:.0f} is taken: avoid flash and direct sun",
        quality.brightness,
        settings.max_brightness,
    )


def _blurred(quality: FaceQuality, settings: EnrolmentSettings) -> Rejection | None:
    if quality.sharpness >= settings.min_sharpness:
        return None
    return Rejection(
        RejectReason.BLURRED,
        f"the face is blurred, sharpness {quality.sharpness:.0f}, at least "
        f"{settings.min_sharpness:.0f} is needed: hold still and let the camera focus",
        quality.sharpness,
        settings.min_sharpness,
    )


def _turned_away(quality: FaceQuality, settings: EnrolmentSettings) -> Rejection | None:
    for angle, limit, way in (
        (abs(quality.yaw), settings.max_yaw_deg, "to the side"),
        (abs(quality.pitch), settings.max_pitch_deg, "up or down"),
    ):
        if angle > limit:
            return Rejection(
                RejectReason.TURNED_AWAY,
                f"the face is turned {way} by {angle:.0f} degrees, at most {limit:.0f} are taken: "
                "look into the camera",
                angle,
                limit,
            )
    return None


# A dark or overexposed face has little contrast and would pass for a blurred one.
_JUDGES: Final[tuple[Callable[[FaceQuality, EnrolmentSettings], Rejection | None], ...]] = (
    _too_small,
    _too_dark,
    _too_bright,
    _blurred,
    _turned_away,
)


def _another_person(cosine: float, limit: float, others: str) -> Rejection:
    return Rejection(
        RejectReason.NOT_SAME_PERSON,
        f"the face is not that of {others}, with a similarity of {cosine:.2f}, at least "
        f"{limit:.2f} is needed: send photos of one driver",
        cosine,
        limit,
    )


def _undecided(cosine: float, limit: float) -> Rejection:
    return Rejection(
        RejectReason.NOT_SAME_PERSON,
        "the photos show different people and no one of them in most: send photos of one driver",
        cosine,
        limit,
    )


def _distinct(embeddings: Sequence[Vector]) -> list[int]:
    """For each photo the first that is the same picture, often itself."""
    return [
        next(
            other
            for other, earlier in enumerate(embeddings[: index + 1])
            if other == index or float(vector @ earlier) >= SAME_PICTURE
        )
        for index, vector in enumerate(embeddings)
    ]


def _agreeing(vectors: Sequence[Vector], limit: float) -> list[int]:
    """The places of the two most alike, and of all that agree with the mean of those before."""
    if len(vectors) < 2:
        return list(range(len(vectors)))
    cosines = np.stack(vectors) @ np.stack(vectors).T
    np.fill_diagonal(cosines, -2.0)
    first, second = divmod(int(cosines.argmax()), len(vectors))
    if cosines[first, second] < limit:
        return [first]
    group = [first, second]
    while len(group) < len(vectors):
        mean = _mean([vectors[place] for place in group])
        rest = [place for place in range(len(vectors)) if place not in group]
        best = max(rest, key=lambda place: float(vectors[place] @ mean))
        if float(vectors[best] @ mean) < limit:
            break
        group.append(best)
    return group


def _likest(embeddings: Sequence[Vector], index: int, voices: Sequence[int]) -> float:
    """Similarity to the likest other picture."""
    others = [
        float(embeddings[index] @ vector)
        for vector, voice in zip(embeddings, voices, strict=True)
        if voice != voices[index]
    ]
    return max(others)


def _mean(vectors: Sequence[Vector]) -> Vector:
    total = np.sum(vectors, axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)
