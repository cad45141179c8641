"""Judges the photos of a request: each by itself, against the others, against what is stored."""

from collections.abc import Sequence
from dataclasses import replace

from configs.settings import EnrolmentSettings
from pipelines.drivers.enrolment_checks import judge_photo, judge_together
from pipelines.drivers.face_encoding import Looked, NamedPicture, Unreadable
from pipelines.drivers.photos import Photo
from pipelines.drivers.rejections import Rejection, RejectReason
from pipelines.errors import GatehouseError, TooLarge, UnsupportedPicture
from pipelines.gallery.judged import SAME_PHOTO
from pipelines.types import Face, Vector


def judge_each(
    pictures: Sequence[NamedPicture],
    found: Sequence[Looked],
    settings: EnrolmentSettings,
) -> list[Photo]:
    """Judge photos by themselves.

    Args:
        pictures: The photos.
        found: What was found in each.
        settings: The limits.
    """
    photos: list[Photo] = []
    for picture, looked in zip(pictures, found, strict=True):
        if isinstance(looked, Unreadable):
            photos.append(Photo(picture.name, None, _unreadable(picture, looked.reason)))
        else:
            face = looked[0] if looked else None
            photos.append(Photo(picture.name, face, judge_photo(looked, settings)))
    return photos


def reject_copies(photos: Sequence[Photo]) -> list[Photo]:
    """Reject photos that are the same as an earlier good one; the rejected ones stay so."""
    judged: list[Photo] = []
    for photo in photos:
        verdict = photo.rejection
        if verdict is None and photo.face is not None:
            verdict = _copy_of(photo.face, judged)
        judged.append(replace(photo, rejection=verdict))
    return judged


def reject_known(photos: Sequence[Photo], known: Sequence[int | None]) -> list[Photo]:
    """Reject the photos that the driver has already.

    Args:
        photos: Judged by themselves.
        known: For each photo with a face the driver's face that comes from it, None if none does.
    """
    face_ids = iter(known)
    return [_unless_known(photo, next(face_ids)) if photo.face else photo for photo in photos]


def judge_person(
    photos: Sequence[Photo], settings: EnrolmentSettings, template: Vector | None
) -> list[Photo]:
    """Reject the photos of another person, see ``judge_together``; the rejected ones stay so."""
    embeddings = [photo.face.embedding for photo in photos if photo.face and not photo.rejection]
    verdicts = iter(judge_together(embeddings, settings, template))
    return [
        replace(photo, rejection=next(verdicts)) if photo.face and not photo.rejection else photo
        for photo in photos
    ]


def _unreadable(picture: NamedPicture, failure: GatehouseError) -> Rejection:
    if not picture.data:
        said = "the file is empty: send a PNG or JPEG"
    elif isinstance(failure, UnsupportedPicture):
        said = "the content of the file is neither PNG nor JPEG: send one of these"
    elif isinstance(failure, TooLarge):
        said = f"{failure}: send a smaller picture"
    else:
        said = "the picture is damaged or cut off: send it again, or another one"
    return Rejection(RejectReason.UNREADABLE, said)


def _copy_of(face: Face, earlier: Sequence[Photo]) -> Rejection | None:
    for photo in earlier:
        if photo.face is None or photo.rejection is not None:
            continue
        if float(face.embedding @ photo.face.embedding) >= SAME_PHOTO:
            return Rejection(
                RejectReason.SAME_PHOTO,
                f"the photo is the same as {photo.name}, which counts once: send another one",
            )
    return None


def _unless_known(photo: Photo, face_id: int | None) -> Photo:
    if face_id is None or photo.rejection is not None:
        return photo
    said = f"the driver has this photo already, as face {face_id}: send another one"
    return replace(photo, rejection=Rejection(RejectReason.SAME_PHOTO, said), face_id=face_id)
