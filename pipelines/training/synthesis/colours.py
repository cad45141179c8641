"""Names of the colours of plates."""

from typing import Final

import numpy as np
import numpy.typing as npt

Bgr = npt.NDArray[np.float32]

COLOURS: Final[dict[str, tuple[int, int, int]]] = {
    # red, green, blue of clean paint in even light
    "white": (238, 238, 236),
    "silver": (196, 198, 200),
    "cream": (240, 232, 205),
    "black": (26, 26, 28),
    "grey_dark": (70, 72, 76),
    "grey_br": (168, 172, 174),
    "yellow_uk": (246, 204, 40),
    "yellow_nl": (250, 196, 12),
    "yellow_fr": (248, 208, 30),
    "yellow_il": (252, 206, 0),
    "yellow_ny": (248, 190, 60),
    "yellow_nj": (248, 222, 110),
    "yellow_co": (250, 200, 20),
    "yellow_in": (250, 202, 16),
    "yellow_ink": (252, 210, 60),
    "yellow": (250, 200, 20),
    "red": (200, 30, 44),
    "red_br": (178, 32, 36),
    "red_in": (206, 32, 30),
    "ruby": (142, 26, 44),
    "orange": (240, 130, 40),
    "sunset": (244, 166, 110),
    "brown": (110, 66, 44),
    "pink": (240, 180, 196),
    "violet": (140, 110, 180),
    "navy": (26, 40, 100),
    "eu": (22, 62, 160),
    "mercosur": (20, 50, 140),
    "blue_plate": (30, 80, 170),
    "blue_cn": (20, 66, 160),
    "blue_kansas": (150, 186, 220),
    "pale_blue": (196, 218, 236),
    "sky": (150, 196, 232),
    "sky_deep": (90, 150, 210),
    "turquoise": (40, 170, 180),
    "ua": (30, 90, 190),
    "green_plate": (24, 110, 66),
    "green_line": (10, 96, 60),
    "green_dark": (16, 70, 44),
    "green_pale": (186, 222, 190),
    "green_cn": (110, 200, 130),
}


def paint_of(name: str, rng: np.random.Generator | None = None) -> Bgr:
    """A colour's pigment.

    Args:
        name: Key of ``COLOURS``.
        rng: Draws the difference between makers; None gives the very colour.

    Returns:
        ``(3,)`` float32 BGR, 0 to 255.
    """
    colour = np.array(COLOURS[name][::-1], np.float32)
    if rng is not None:
        colour += rng.normal(0, 7, 3).astype(np.float32) + np.float32(rng.normal(0, 6))
    return np.asarray(np.clip(colour, 0, 255), np.float32)
