"""What stands on plates beside the number: bands, seals, small words, stickers, screws, frames."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.synthesis.colours import paint_of
from pipelines.training.synthesis.glyphs import Typefaces
from pipelines.training.synthesis.layouts import Band, Line
from pipelines.training.synthesis.lettering import Mark
from pipelines.training.synthesis.texts import DIGITS, LETTERS

Canvas = npt.NDArray[np.float32]
Colour = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]

_MONTHS: Final = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_CITIES: Final = (
    "SP-SAO PAULO|RJ-RIO DE JANEIRO|MG-BELO HORIZONTE|PR-CURITIBA|RS-PORTO ALEGRE|BA-SALVADOR"
    "|SP-CAMPINAS|SC-JOINVILLE|DF-BRASILIA|CE-FORTALEZA|GO-GOIANIA|PE-RECIFE|SP-OSASCO|SP-SANTOS"
    "|MG-UBERLANDIA|PR-LONDRINA|ES-VITORIA|AM-MANAUS|PA-BELEM|MT-CUIABA"
).split("|")
_STATES: Final = (
    "OHIO|IOWA|UTAH|TEXAS|MAINE|ALASKA|KANSAS|NEVADA|OREGON|FLORIDA|GEORGIA|INDIANA|VIRGINIA"
    "|MARYLAND|MICHIGAN|MISSOURI|NEW YORK|OKLAHOMA|TENNESSEE|WISCONSIN|California|LOUISIANA"
    "|Kentucky|WASHINGTON|NEW JERSEY|Pennsylvania|NORTH CAROLINA|SOUTH CAROLINA|ALABAMA|ARKANSAS"
    "|Connecticut|Massachusetts|MISSISSIPPI|COLORADO|ARIZONA|NEW MEXICO|NEBRASKA|MINNESOTA"
).split("|")
_SLOGANS: Final = (
    "FIREFIGHTER|VETERAN|UNIVERSITY|Save the Bay|WILDLIFE|DISABLED VETERAN|Choose Life|ARTS"
    "|PROTECT OUR OCEANS|IN GOD WE TRUST|STATE PARKS|Breast Cancer Awareness|GO BLUE|ALUMNI"
    "|UNITED WE STAND|Animal Friend|HISTORIC VEHICLE|ANTIQUE|US ARMY|MARINES|Conserve Wildlife"
    "|KIDS FIRST|Support Education|PURPLE HEART|AMATEUR RADIO|Share the Road|NATIONAL GUARD"
).split("|")
_MX_STATES: Final = (
    "JALISCO|EDO. MÉX.|CDMX|NUEVO LEÓN|PUEBLA|BAJA CALIFORNIA|SONORA|YUCATÁN|OAXACA|CHIHUAHUA"
    "|GUANAJUATO|VERACRUZ|TAMAULIPAS|SINALOA"
).split("|")
_DEALERS: Final = (
    "AUTOHAUS|MOTORS|TOYOTA|HONDA|FORD|CHEVROLET|AUDI|LEXUS|BMW OF|SUBARU|NISSAN|KIA|AUTOPARK"
    "|GARAGE|AUTOS|CARS|www.AUTO|VOLVO|MAZDA|HYUNDAI|ALUMNI|MY OTHER CAR|UNIVERSITY|AUTOMOBILES"
).split("|")
_PLACES: Final = (
    "OF RALEIGH|OF CARY|.com|CENTER|SAN JOSE|FREMONT|& SONS|LEASING|CITY|GROUP|OF NAPLES|MÜLLER"
    "|SCHMIDT|MILANO|MADRID|LYON|UTRECHT|.de|.nl|.co.uk|555-0134|LIVERMORE|DALLAS|BERLIN|IS AWESOME"
).split("|")


def _one(rng: np.random.Generator, pool: list[str] | tuple[str, ...]) -> str:
    return pool[int(rng.integers(len(pool)))]


def words_of(line: str, rng: np.random.Generator) -> str:
    """Draws one of a line's alternatives and fills in what stands in braces."""
    words = _one(rng, line.split("|"))
    if "{" not in words:
        return words
    known = {
        "{year}": lambda: f"{rng.integers(0, 30):02d}",
        "{department}": lambda: f"{rng.integers(1, 96):02d}",
        "{br_city}": lambda: _one(rng, _CITIES),
        "{state}": lambda: _one(rng, _STATES),
        "{mx_state}": lambda: _one(rng, _MX_STATES),
        "{slogan}": lambda: _one(rng, _SLOGANS),
        "{expiry}": lambda: f"{rng.integers(1, 13):02d}{_one(rng, '.·-')}{rng.integers(14, 31)}",
        "{dealer}": lambda: f"{_one(rng, _DEALERS)} {_one(rng, _PLACES)}",
    }
    for key, fill in known.items():
        if key in words:
            words = words.replace(key, fill())
    return words


def write(
    canvas: Canvas, word: npt.NDArray[np.uint8], box: Box, colour: Colour, strength: float = 1.0
) -> None:
    """Blends a word, as large as fits, into the middle of a box, in place."""
    x1, y1, x2, y2 = box
    scale = min((x2 - x1) / word.shape[1], (y2 - y1) / word.shape[0])
    width, height = round(word.shape[1] * scale), round(word.shape[0] * scale)
    left, top = round((x1 + x2 - width) / 2), round((y1 + y2 - height) / 2)
    if width < 2 or height < 2 or left < 0 or top < 0:
        return
    part = canvas[top : top + height, left : left + width]
    if part.shape[:2] != (height, width):
        return
    small = cv2.resize(word, (width, height), interpolation=cv2.INTER_AREA)
    part += (colour - part) * (small.astype(np.float32) * (strength / 255))[..., None]


def band_box(band: Band, shape: tuple[int, int]) -> Box:
    """Pixels of a band: x1, y1, x2, y2."""
    height, width = shape
    if band.side in {"left", "right"}:
        size = max(band.size * width, 0.3 * min(height, width / 4))
        return (0, 0, size, height) if band.side == "left" else (width - size, 0, width, height)
    size = band.size * height
    return (0, 0, width, size) if band.side == "top" else (0, height - size, width, height)


def draw_band(canvas: Canvas, band: Band, faces: Typefaces, rng: np.random.Generator) -> None:
    """Draws a band with its letters and mark, in place."""
    x1, y1, x2, y2 = (round(value) for value in band_box(band, canvas.shape[:2]))
    ink = np.full(3, 30, np.float32)
    if band.colour != "none":
        canvas[y1:y2, x1:x2] = paint_of(band.colour, rng)
        ink = np.full(3, 235, np.float32)
    width, height = x2 - x1, y2 - y1
    letters = faces.word(words_of(band.letters or "X", rng), "plain", rng)
    marks = band.mark.split("|")
    mark = marks[int(rng.integers(len(marks)))]
    if band.side in {"top", "bottom"}:
        word_box = (x1 + width * 0.25, y1 + height * 0.2, x2 - width * 0.25, y2 - height * 0.2)
        write(canvas, letters, word_box, ink)
        flag = (x2 - height * 1.35, y1 + height * 0.15, x2 - height * 0.2, y2 - height * 0.12)
        _flag(canvas, flag, rng)
        _stars(canvas, (x1 + height * 0.9, y1 + height / 2), height * 0.3, rng)
        return
    middle = (x1 + x2) / 2
    if mark == "region":
        digits = faces.word(f"{rng.integers(1, 800):02d}", "din", rng)
        write(canvas, digits, (x1 + 2, y1 + height * 0.1, x2 - 2, y1 + height * 0.62), ink)
        word_box = (x1 + 2, y1 + height * 0.68, x1 + width * 0.6, y2 - height * 0.1)
        write(canvas, letters, word_box, ink)
        _flag(canvas, (x1 + width * 0.66, y1 + height * 0.7, x2 - 3, y2 - height * 0.1), rng)
        cv2.line(canvas, (x1, y1), (x1, y2), (30, 30, 30), max(1, round(height / 40)))
        return
    if mark == "hanzi":
        _scribble(canvas, (x1 + width * 0.2, y1 + height * 0.15, x2, y2 - height * 0.15), rng)
        return
    low = 0.62 if height < 3 * width else 0.7
    if band.letters:
        word_box = (x1 + width * 0.16, y1 + height * low, x2 - width * 0.12, y2 - height * 0.1)
        write(canvas, letters, word_box, ink)
    top = (middle, y1 + height * 0.33)
    if mark == "stars":
        _stars(canvas, top, width * 0.3, rng)
    elif mark in {"flag", "shield"}:
        half = width * 0.32
        _flag(canvas, (middle - half, top[1] - half * 0.8, middle + half, top[1] + half * 0.8), rng)
    elif mark == "disc":
        colour = paint_of(("silver", "yellow", "sky")[int(rng.integers(3))], rng).tolist()
        cv2.circle(canvas, _px(top), max(2, round(width * 0.28)), colour, -1, cv2.LINE_AA)


def _px(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])


def _stars(
    canvas: Canvas, middle: tuple[float, float], radius: float, rng: np.random.Generator
) -> None:
    colour = paint_of("yellow", rng).tolist()
    for angle in np.arange(12) * (np.pi / 6):
        point = (middle[0] + radius * np.sin(angle), middle[1] - radius * np.cos(angle))
        cv2.circle(canvas, _px((point[0] * 16, point[1] * 16)), 16, colour, -1, cv2.LINE_AA, 4)


def _flag(canvas: Canvas, box: Box, rng: np.random.Generator) -> None:
    names = ["red", "white", "green_plate", "eu", "yellow", "navy", "black"]
    x1, y1, x2, y2 = (round(value) for value in box)
    upright = rng.random() < 0.5
    edges = np.linspace(x1 if upright else y1, x2 if upright else y2, 4).astype(int)
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        part = canvas[y1:y2, low:high] if upright else canvas[low:high, x1:x2]
        part[:] = paint_of(_one(rng, names), rng)


def _scribble(canvas: Canvas, box: Box, rng: np.random.Generator) -> None:
    """A few strokes in the place of a character that readers are not to read."""
    x1, y1, x2, y2 = box
    for _ in range(int(rng.integers(4, 9))):
        start = rng.uniform((x1, y1), (x2, y2))
        end = start + (rng.uniform(-0.5, 0.5) * (x2 - x1), rng.normal(0, 2))
        if rng.random() < 0.5:
            end = start + (rng.normal(0, 2), rng.uniform(-0.4, 0.4) * (y2 - y1))
        cv2.line(
            canvas, _px((start[0], start[1])), _px((end[0], end[1])), (230, 230, 230), 3, cv2.LINE_AA
        )


def draw_mark(canvas: Canvas, mark: Mark, kind: str, rng: np.random.Generator) -> None:
    """Draws a seal, shape or emblem between groups of characters, in place.

    Args:
        canvas: ``(H, W, 3)`` float32 BGR.
        mark: Its place and size.
        kind: ``Layout.emblem``.
        rng: Draws its colours.
    """
    radius = max(2.0, mark.size / 2)
    pool = {"oranges": ("orange",), "heart": ("red",), "sun": ("red", "yellow"),
            "hologram": ("silver", "white")}.get(kind, ("red", "eu", "green_plate", "silver",
            "yellow", "navy", "sky", "ruby", "grey_br"))  # fmt: skip
    colour = paint_of(_one(rng, pool), rng).tolist()
    x, y = mark.x, mark.y
    if kind == "seal":
        # The upper seal is the inspection's, the lower the office's.
        offsets = (-0.75, 0.75) if rng.random() < 0.6 else (0.0,)
        for index, offset in enumerate(offsets):
            centre = _px((x, y + offset * radius * 1.35))
            tint = colour if index == 0 else paint_of("silver", rng).tolist()
            cv2.circle(canvas, centre, round(radius), tint, -1, cv2.LINE_AA)
            inner = paint_of(_one(rng, ("white", "silver", "yellow", "black")), rng).tolist()
            cv2.circle(canvas, centre, max(1, round(radius * 0.5)), inner, -1, cv2.LINE_AA)
    elif kind in {"oranges", "sun"}:
        for _ in range(2):
            centre = _px((x + rng.normal(0, radius * 0.4), y + rng.normal(0, radius * 0.3)))
            cv2.circle(canvas, centre, round(radius * 0.6), colour, -1, cv2.LINE_AA)
        leaf = _px((x, y - radius * 0.7))
        cv2.ellipse(canvas, leaf, (round(radius * 0.5), 2), 20, 0, 360, (60, 120, 20), -1)
    else:
        points = int(rng.integers(4, 10))
        angles = np.sort(rng.uniform(0, 2 * np.pi, points))
        reach = radius * rng.uniform(0.6, 1.15, points)
        outline = np.stack([x + np.cos(angles) * reach, y + np.sin(angles) * reach * 1.2], axis=1)
        if kind in {"shield", "flag"}:
            half = radius * 0.8
            outline = np.array([(x - half, y - half), (x + half, y - half), (x + half, y + half / 2),
                                (x, y + half * 1.3), (x - half, y + half / 2)])  # fmt: skip
        cv2.fillPoly(canvas, [np.rint(outline).astype(np.int32)], colour, cv2.LINE_AA)
        if kind == "shield":
            _flag(canvas, (x - half * 0.6, y - half * 0.6, x + half * 0.6, y + half * 0.4), rng)


def draw_line(
    canvas: Canvas, line: Line, ink: Colour, faces: Typefaces, rng: np.random.Generator
) -> None:
    """Writes a line of small words at the top or bottom of a plate, in place."""
    height, width = canvas.shape[:2]
    use = line.use
    if use != "script" and rng.random() < 0.2:
        use = _one(rng, ("plain", "serif", "bold", "narrow"))
    word = faces.word(words_of(line.words, rng), use, rng)
    tall = line.height * height * rng.uniform(0.85, 1.15)
    middle = height * (0.035 + line.height * 0.5) + 0.02 * height
    if line.place == "bottom":
        middle = height - middle
    wide = width * line.width * rng.uniform(0.8, 1.1)
    wide = min(wide, width * 0.94)
    box = ((width - wide) / 2, middle - tall / 2, (width + wide) / 2, middle + tall / 2)
    colour = paint_of(line.ink, rng) if line.ink else ink
    write(canvas, word, (box[0], max(1.0, box[1]), box[2], min(height - 1.0, box[3])), colour)


def draw_stickers(canvas: Canvas, faces: Typefaces, rng: np.random.Generator) -> None:
    """Sticks month and year into one or two corners, in place."""
    height, width = canvas.shape[:2]
    corners = [(0.13, 0.14), (0.87, 0.14), (0.87, 0.86), (0.13, 0.86)]
    chosen = (0, 1) if rng.random() < 0.45 else (int(rng.integers(4)),)
    for index in chosen:
        x, y = corners[index][0] * width, corners[index][1] * height
        half_w, half_h = rng.uniform(0.045, 0.075) * width, rng.uniform(0.065, 0.095) * height
        box = (x - half_w, y - half_h, x + half_w, y + half_h)
        x1, y1, x2, y2 = (round(value) for value in box)
        name = _one(
            rng, ("red", "yellow", "green_plate", "sky", "orange", "white", "eu", "violet", "pink")
        )
        bare = rng.random() < 0.25
        if not bare:
            canvas[y1:y2, x1:x2] = paint_of(name, rng)
        dark = canvas[(y1 + y2) // 2, (x1 + x2) // 2].mean() < 120
        text = _one(rng, _MONTHS) if rng.random() < 0.5 else f"{rng.integers(5, 27):02d}"
        word = faces.word(text, "plain", rng)
        ink = np.full(3, 235 if dark else 40, np.float32)
        write(canvas, word, (box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2), ink)


def draw_sideways(
    canvas: Canvas, edges: tuple[int, int, int, int], ink: Colour, faces: Typefaces,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Writes two or three small stacked letters beside the number, in place.

    Args:
        canvas: ``(H, W, 3)`` float32 BGR.
        edges: Left, right, top and bottom of the number's ink.
        ink: ``(3,)`` BGR.
        faces: For the letters.
        rng: Draws them and the side.
    """
    left, right, top, bottom = edges
    height, width = canvas.shape[:2]
    count = int(rng.integers(2, 4))
    pool = LETTERS + DIGITS
    on_left = left > width - right
    free = left if on_left else width - right
    tall = (bottom - top) * 0.9 / count
    wide = min(tall * 0.7, free * 0.5)
    if wide < 0.025 * width:
        return
    gap = 0.02 * width
    x = left - gap - wide if on_left else right + gap
    for index in range(count):
        word = faces.word(pool[int(rng.integers(len(pool)))], "plain", rng)
        y = top + (bottom - top) * (index + 0.1) / count
        write(canvas, word, (x, y, x + wide, min(y + tall * 0.85, height - 1.0)), ink)
