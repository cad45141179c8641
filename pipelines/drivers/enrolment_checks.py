"""Which photos are good enough to enrol a driver by, and what to do about those that are not.

The defaults of ``EnrolmentSettings`` come from 1,063 press photos (LFW, 250 x 250) with YuNet and
SFace. One photo of each of 120 drivers was worsened on purpose and compared with the mean of three
others; a face below 0.50, the threshold of 120 drivers, counts as missed:

    shorter side  missed %    grey mean   missed %    out of focus,          moved,
                                                      Laplacian   missed %   detail     missed %
        28 px        2.5      under 20       32       under 12       40      under 1       55
        32 px        2.5      20 to 30        8       12 to 20        8      1 to 1.5      31
        36 px        0.0      30 to 40        1       20 to 30        4      1.5 to 2      16
        40 px        0.8      40 to 195       3       30 to 60        1      2 to 2.5      10
     50, 60 px       0.0      195 to 205     17       over 60         0      over 2.5       4
        95 px        0.8      over 205       48

The variance of the Laplacian is no measure of motion, of which half was missed between 20 and 30,
and it falls with the light; so its limit is low, and the detail along the worst direction decides.
Few faces are turned by more than 45 degrees to a side and none by more than 14 up or down; beyond
45 degrees half of the faces that a border cuts were missed (20), and the limits are set there by
caution. With a second face of under 0.8 of its size, the first was always found first when the
picture was shifted, scaled and tilted at random (470 trials); above, 3 of 190 times it was not.

Two photos of different people reach 0.36 in 0.12 % of pairs, a photo and the mean of three others
in 0.20 %; photos of one person stay below in 0.5 % and 0.05 %. Among three photos of which one is
another person's, that one and no other is rejected 99.4 % of the time.

A photo counts once: sent twice in one request, or again for a driver who has it, it is rejected as
the same photo, as long as its pixels are the same; a photo that was saved anew, at another quality
or size, counts as another (``pipelines.gallery.judged.SAME_PHOTO`` says why). A request to add
photos that brings nothing but what the driver has succeeds, as it did the first time, and stores
nothing; so it may be sent again without harm.

Of the 1,063 photos, which were made to be printed, these limits reject 4.7 % for a second face,
0.9 % as turned away, 0.2 % as blurred and none as small, dark or bright. Of 1,440 photos worsened
by defocus or motion 286 would be missed; two of these are taken.
"""

from collections.abc import Callable, Sequence
from typing import Final

from configs.settings import EnrolmentSettings
from pipelines.drivers.motion_blur import finest_detail
from pipelines.drivers.photo_agreement import agreement
from pipelines.drivers.rejections import Rejection, RejectReason
from pipelines.gallery.judged import twin_message
from pipelines.gallery.thresholds import threshold_for
from pipelines.limits import worded
from pipelines.types import Face, GallerySearch, Vector


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
        said, bound = worded(100 * share, 100 * settings.rival_size, 0)
        return Rejection(
            RejectReason.SEVERAL_FACES,
            f"another face is {said}% as large as the first, under {bound}% is needed: have only "
            "the driver in the photo",
            share,
            settings.rival_size,
        )
    verdicts = (judge(faces[0], settings) for judge in _JUDGES)
    return next((verdict for verdict in verdicts if verdict), None)


def judge_together(
    embeddings: Sequence[Vector], settings: EnrolmentSettings, template: Vector | None = None
) -> tuple[Rejection | None, ...]:
    """Judge whether photos show one person.

    Without a template the person is whom most photos show, and the others are rejected. Where no
    person is in more than half of them, nobody can say who is meant, and every photo is rejected.

    Args:
        embeddings: One a photo, ``(D,)`` float32 of unit L2 norm.
        settings: The least similarity.
        template: Of a driver who is enrolled already; every photo is then held against it alone.

    Returns:
        One verdict a photo, in order.
    """
    least = settings.same_person
    if template is not None:
        return tuple(
            None if cosine >= least else _another_person(cosine, least, "the enrolled driver")
            for cosine in (float(vector @ template) for vector in embeddings)
        )
    found = agreement(embeddings, least)
    if not found.decided:
        return tuple(_undecided(cosine, least) for cosine in found.likeness)
    return tuple(
        None if belongs else _another_person(cosine, least, "the other photos")
        for belongs, cosine in zip(found.belongs, found.likeness, strict=True)
    )


def judge_twin(
    search: GallerySearch, thresholds: Sequence[tuple[int, float]], settings: EnrolmentSettings
) -> Rejection | None:
    """Judge whether a face is an enrolled driver's, which it should not be.

    Args:
        search: The gallery's answer to a photo, or to the mean of a new driver's photos.
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
        twin_message(best.driver_id, best.similarity, limit),
        best.similarity,
        limit,
    )


def _too_small(face: Face, settings: EnrolmentSettings) -> Rejection | None:
    quality = face.quality
    if quality.size_px >= settings.min_size_px:
        return None
    said, bound = worded(quality.size_px, settings.min_size_px, 0)
    return Rejection(
        RejectReason.TOO_SMALL,
        f"the face is {said} pixels wide, at least {bound} are needed: move closer",
        quality.size_px,
        settings.min_size_px,
    )


def _too_dark(face: Face, settings: EnrolmentSettings) -> Rejection | None:
    quality = face.quality
    if quality.brightness >= settings.min_brightness:
        return None
    said, bound = worded(quality.brightness, settings.min_brightness, 0)
    return Rejection(
        RejectReason.TOO_DARK,
        f"the face has a brightness of {said} of 255, at least {bound} is needed: face a light",
        quality.brightness,
        settings.min_brightness,
    )


def _too_bright(face: Face, settings: EnrolmentSettings) -> Rejection | None:
    quality = face.quality
    if quality.brightness <= settings.max_brightness:
        return None
    said, bound = worded(quality.brightness, settings.max_brightness, 0)
    return Rejection(
        RejectReason.TOO_BRIGHT,
        f"the face has a brightness of {said} of 255, at most {bound} is needed: "
        "avoid flash and direct sun",
        quality.brightness,
        settings.max_brightness,
    )


def _blurred(face: Face, settings: EnrolmentSettings) -> Rejection | None:
    quality = face.quality
    if quality.sharpness >= settings.min_sharpness:
        return None
    said, bound = worded(quality.sharpness, settings.min_sharpness, 0)
    return Rejection(
        RejectReason.BLURRED,
        f"the face has a sharpness of {said}, at least {bound} is needed: hold still and let the "
        "camera focus",
        quality.sharpness,
        settings.min_sharpness,
    )


def _smeared(face: Face, settings: EnrolmentSettings) -> Rejection | None:
    detail = finest_detail(face.aligned)
    if detail >= settings.min_detail:
        return None
    said, bound = worded(detail, settings.min_detail, 1)
    return Rejection(
        RejectReason.BLURRED,
        f"the face is blurred by motion, detail {said}, at least {bound} is needed: hold still, in "
        "more light",
        detail,
        settings.min_detail,
    )


def _turned_away(face: Face, settings: EnrolmentSettings) -> Rejection | None:
    quality = face.quality
    for angle, limit, way in (
        (abs(quality.yaw), settings.max_yaw_deg, "to the side"),
        (abs(quality.pitch), settings.max_pitch_deg, "up or down"),
    ):
        if angle > limit:
            said, bound = worded(angle, limit, 0)
            return Rejection(
                RejectReason.TURNED_AWAY,
                f"the face is turned {way} by {said} degrees, at most {bound} is needed: look into "
                "the camera",
                angle,
                limit,
            )
    return None


# What makes the others come out wrong is judged before them: a dark face has little contrast and
# would pass for a blurred one.
_JUDGES: Final[tuple[Callable[[Face, EnrolmentSettings], Rejection | None], ...]] = (
    _too_small,
    _too_dark,
    _too_bright,
    _blurred,
    _smeared,
    _turned_away,
)


def _another_person(cosine: float, least: float, others: str) -> Rejection:
    said, bound = worded(cosine, least, 2)
    return Rejection(
        RejectReason.NOT_SAME_PERSON,
        f"the face is not that of {others}, with a similarity of {said}, at least {bound} is "
        "needed: send photos of one driver",
        cosine,
        least,
    )


def _undecided(cosine: float, least: float) -> Rejection:
    return Rejection(
        RejectReason.NOT_SAME_PERSON,
        "the photos show different people, and none of them on more than half: send photos of one "
        "driver",
        cosine,
        least,
    )
