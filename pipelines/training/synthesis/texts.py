"""What plates say: templates of numbers, words people choose, and characters at random.

A template is written as follows; ``/`` starts the plate's next row.

- ``A`` a letter, ``9`` a digit, ``X`` either, ``{2,3}`` after them how many;
- ``[ABC]`` one of these characters, ``(DL|MH)`` one of these strings;
- ``&IN`` one of a list of ``NAMED``, ``<BR>`` these characters;
- a space, ``_`` (wide), ``-``, ``.``, ``:``, ``*`` (seal), ``~`` (emblem) between the groups.
"""

import re
from typing import Final

import numpy as np

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS: Final = "0123456789"
SEPARATORS: Final = " _-.:*~"
HARD: Final = "O0Q8BI1Z2S5G6D"
"""Characters that readers confuse."""

NAMED: Final = {
    "IN": "AP AR AS BR CG CH DD DL GA GJ HP HR JH JK KA KL LA MH ML MN MP MZ NL OD PB PY RJ SK TN TR"
    " TS UK UP WB".split(),
    "ID": "A AA AB AD AE AG B BA BB BD BE BG BH BK BL BM BN BP BK D DA DB DC DD DE DG DH DK DL DM DN"
    " DR DS DT E EA EB ED F G H K KB KH KT KU L M N P PA PB R S T W Z".split(),
}
"""Opening letters of India's states and Indonesia's districts."""

_TOKEN: Final = re.compile(
    r"(?P<many>[A9X]|\[[A-Z0-9]+\])(?:\{(?P<low>\d+)(?:,(?P<high>\d+))?\})?"
    r"|&(?P<named>[A-Z]+)|\((?P<choices>[A-Z0-9|]+)\)|<(?P<literal>[A-Z0-9]+)>|(?P<separator>[ _.:*~/-])"
)
_SYLLABLES: Final = (
    "BA BE BI BO BU CA CO CU DA DE DI DO FA FE FI FO GA GO HA HE HI HO JA JO JU KA KE KI LA LE LI"
    " LO LU MA ME MI MO MU MY NA NE NI NO PA PE PI PO QU RA RE RI RO RU SA SE SH SI SO SU TA TE TH"
    " TI TO TU UP VA VE VI WA WE WI XO YA YO ZA ZE ZI ZO AN AR ER IN ON OR UN ST CK LL SS TT"
).split()
_WORDS: Final = (
    "LOVE BABY DAD MOM MY ME U R 2 4 8 1 IM I LUV GO GOT FUN RUN FAST SLO BIG LIL HOT COOL BLUE RED"
    " GRN BLK FORD CHVY BMW VW GT SS JEEP TRUK CAR RIDE DRV KING QUEEN QT PIE BEE CAT DOG K9 FISH"
    " GOLF SKI SURF BEACH SUN MOON STAR SKY SNOW RAIN OCEAN LAKE TIGER BEAR WOLF EAGLE HAWK DUCK"
    " GATOR MAGIC LUCKY HAPPY PEACE HOPE FAITH GOD BLESS ANGEL DEVIL WILD FREE ROCK JAZZ MUSIC DANCE"
    " NURSE DOC TEACH LAW ARMY NAVY VET PILOT CHEF ART BOOK TECH GEEK NERD LINUX MAC JAVA CODE ZOOM"
    " ZIP VROOM TURBO RACER SPEED BOOST GRAY SILVER GOLD ROSE LILY DAISY SAM JOE MIKE BOB TOM JIM"
    " ANN SUE KIM JEN AMY LIZ MAX LEO BEN DAN RON ED AL JR TX NY NC FL OHIO USA THE IS IT NOT NO YES"
    " BE BYE HEY YO WOW OMG LOL WHY WHO Y B C X Z 007 13 21 69 77 88 99 100 123 1ST 2ND 4X4 4EVER"
).split()


def written(template: str, rng: np.random.Generator) -> str:
    """Draws a number of a template.

    Args:
        template: See above.
        rng: Draws its characters.

    Returns:
        Characters with the template's separators and ``/``.

    Raises:
        ValueError: If the template cannot be parsed.
    """
    result: list[str] = []
    position = 0
    while position < len(template):
        token = _TOKEN.match(template, position)
        if token is None:
            raise ValueError(f"template {template!r} cannot be parsed at {position}")
        position = token.end()
        if token["separator"]:
            result.append(token["separator"])
        elif token["literal"]:
            result.append(token["literal"])
        elif token["choices"] or token["named"]:
            choices = token["choices"].split("|") if token["choices"] else NAMED[token["named"]]
            result.append(choices[int(rng.integers(len(choices)))])
        else:
            low = int(token["low"] or 1)
            count = int(rng.integers(low, int(token["high"] or low) + 1))
            kind = token["many"]
            pool = {"A": LETTERS, "9": DIGITS, "X": LETTERS + DIGITS}.get(kind, kind[1:-1])
            result.extend(pool[index] for index in rng.integers(0, len(pool), count))
    return "".join(result)


def at_random(rng: np.random.Generator, longest: int = 8) -> str:
    """Four to eight characters without any rule, the hard ones twice as often, maybe parted."""
    count = int(rng.integers(4, longest + 1))
    pool = LETTERS + DIGITS + HARD
    text = "".join(pool[index] for index in rng.integers(0, len(pool), count))
    if rng.random() < 0.5:
        cut = int(rng.integers(1, count))
        separator = " - ."[int(rng.integers(4))]
        text = text[:cut] + separator + text[cut:]
    return text


def chosen(rng: np.random.Generator, longest: int = 7) -> str:
    """A personal plate: words, syllables, digits for sounds, two to seven characters."""
    while True:
        parts: list[str] = []
        for _ in range(int(rng.integers(1, 4))):
            kind = rng.random()
            pool = _WORDS if kind < 0.5 else _SYLLABLES
            part = pool[int(rng.integers(len(pool)))]
            if kind > 0.9:
                part = str(int(rng.integers(0, 100)))
            parts.append(part)
        separator = (" ", "", "", "-")[int(rng.integers(4))] if len(parts) > 1 else ""
        text = separator.join(parts) if rng.random() < 0.8 else parts[0] + "".join(parts[1:])
        if rng.random() < 0.15:
            text = text.replace("O", "0") if rng.random() < 0.5 else text.replace("E", "3")
        bare = text.replace(" ", "").replace("-", "")
        if 2 <= len(bare) <= longest:
            return text


def shuffled(text: str, rng: np.random.Generator) -> str:
    """The same shape with every letter and digit drawn anew from all of them."""
    pool = LETTERS + DIGITS + HARD
    return "".join(
        character
        if character in SEPARATORS or character == "/"
        else pool[int(rng.integers(len(pool)))]
        for character in text
    )


def rows_of(text: str) -> tuple[str, ...]:
    """A number's rows without separators."""
    return tuple(
        "".join(character for character in row if character not in SEPARATORS)
        for row in text.split("/")
    )
