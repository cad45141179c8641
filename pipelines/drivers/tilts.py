"""Photos whose face lies on its side or upside down: it is found there, but recognised by nobody.

The detector finds turned faces too, and landmarks follow a face that leans by up to 45 degrees
(``face_roll``), but no further, so that neither they nor the embedding tell. The score does: turned
back, the face is found more surely. Of 763 photos of 120 people (LFW, YuNet and SFace) as they are,
and of 60 turned on purpose:

    turned by, degrees       0      15      30      45      60      90     135     180
    cosine to itself              0.97    0.97    0.97    0.95    0.08    0.10    0.08
    recognised at 0.45, %           100     100      98      67       9       0       0
    found of 60                     60      60      59      58      43      59      60
    refused              0/763       0       0      24      58      43      59      60

Refused is whose score is under ``sure_score`` and whose best turned score leads by ``tilt_lead``.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from math import ceil, hypot
from typing import Final

import cv2
import numpy as np

from configs.settings import EnrolmentSettings
from pipelines.drivers.face_encoding import FaceEncoding, Looked, NamedPicture, looks_at_each
from pipelines.drivers.photos import Photo
from pipelines.drivers.rejections import Rejection, RejectReason
from pipelines.imaging import encode_jpeg
from pipelines.types import Picture

_ANGLES_DEG: Final = (0, 90, 135, 180, 225, 270)
"""By 45 and 315 degrees nothing is turned: such faces are as well recognised as upright ones."""

_RIGHT_ANGLE_DEG: Final = 90
_FULL_TURN_DEG: Final = 360


class TiltSearch:
    """Looks whether a doubtful face is found more surely when it is turned.

    Args:
        encode: The face encoder.
        checks: Which face is doubtful, and by how much it may be surer when turned.
    """

    def __init__(self, encode: FaceEncoding, checks: EnrolmentSettings) -> None:
        self._encode = encode
        self._checks = checks

    async def judge(self, photos: Sequence[Photo]) -> list[Photo]:
        """Reject the photos whose face does not stand upright; those rejected before stay so.

        Raises:
            Unavailable: The encoder cannot be reached.
        """
        return [await self._judged(photo) for photo in photos]

    async def _judged(self, photo: Photo) -> Photo:
        face = photo.face
        if face is None or photo.rejection is not None or face.score >= self._checks.sure_score:
            return photo
        angles = _ANGLES_DEG
        pictures = await asyncio.to_thread(_turned_jpegs, face.crop, angles)
        found = await looks_at_each(self._encode, pictures)
        scores = list(map(_score, found))
        lead = max(scores) - scores[0]
        if lead < self._checks.tilt_lead:
            return photo
        angle = angles[scores.index(max(scores))]
        said = (
            f"the face is tilted or upside down, it is found more surely when the photo is turned "
            f"by {min(angle, _FULL_TURN_DEG - angle)} degrees: hold camera and head upright"
        )
        verdict = Rejection(RejectReason.TILTED, said, lead, self._checks.tilt_lead)
        return replace(photo, rejection=verdict)


def _score(looked: Looked) -> float:
    return looked[0].score if isinstance(looked, tuple) and looked else 0.0


def turned(picture: Picture, degrees: int) -> Picture:
    """Turn a picture counterclockwise; nothing is cut off, the corners repeat the border.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        degrees: By how much.

    Returns:
        A new picture, ``(h, w, 3)`` uint8 BGR.
    """
    turns, rest = divmod(degrees, _RIGHT_ANGLE_DEG)
    if rest == 0:
        return np.ascontiguousarray(np.rot90(picture, turns))
    height, width = picture.shape[:2]
    side = ceil(hypot(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    rotated = cv2.warpAffine(picture, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(rotated, np.uint8)


def _turned_jpegs(crop: Picture, angles: Sequence[int]) -> list[NamedPicture]:
    return [NamedPicture(f"{angle}", encode_jpeg(turned(crop, angle))) for angle in angles]
