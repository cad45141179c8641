"""EXIF orientation: turning decoded pixels, and where their surplus ends up."""

from typing import Final, cast

import cv2

from pipelines.types import Picture

SIDEWAYS: Final = frozenset({5, 6, 7, 8})
"""Orientations that exchange width and height."""


def upright(picture: Picture, orientation: int) -> Picture:
    """Turns stored pixels upright.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR as stored.
        orientation: EXIF orientation; any number but 2 to 8 leaves the picture as it is.
    """
    match orientation:
        case 2:
            turned = cv2.flip(picture, 1)
        case 3:
            turned = cv2.rotate(picture, cv2.ROTATE_180)
        case 4:
            turned = cv2.flip(picture, 0)
        case 5:
            turned = cv2.transpose(picture)
        case 6:
            turned = cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            turned = cv2.flip(cv2.transpose(picture), -1)
        case 8:
            turned = cv2.rotate(picture, cv2.ROTATE_90_COUNTERCLOCKWISE)
        case _:
            return picture
    return cast(Picture, turned)


def leading(orientation: int, surplus_x: int, surplus_y: int) -> tuple[int, int]:
    """How much of the surplus on the right and below lies on the left and above once upright."""
    left = {2: surplus_x, 3: surplus_x, 6: surplus_y, 7: surplus_y}
    top = {3: surplus_y, 4: surplus_y, 7: surplus_x, 8: surplus_x}
    return left.get(orientation, 0), top.get(orientation, 0)
