"""Free fonts that resemble plates, where they are installed, and what they are good for.

``python -m pipelines.training.synthesis.fonts debian`` (or ``npm``) prints the packages to install.
"""

import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pipelines.errors import GatehouseError


class FontsMissing(GatehouseError):
    """Too few of the fonts that plates are drawn with are installed."""


@dataclass(frozen=True)
class FontFamily:
    """A family of fonts.

    Attributes:
        name: Its name, also that of its files or of its folder.
        package: Debian package, or npm package of ``@fontsource``.
        licence: SPDX identifier.
        uses: Kinds of lettering it is drawn for: ``din``, ``uk``, ``us``, ``narrow``, ``wide``,
            ``any`` for numbers; ``plain``, ``script``, ``serif``, ``bold`` for other words.
        pattern: Glob of its files below a folder of fonts.
    """

    name: str
    package: str
    licence: str
    uses: tuple[str, ...]
    pattern: str


def _npm(name: str, uses: str, licence: str = "OFL-1.1") -> FontFamily:
    pattern = f"**/@fontsource/{name}/files/{name}-latin-[4-8]00-normal.woff2"
    return FontFamily(name, f"@fontsource/{name}", licence, tuple(uses.split()), pattern)


def _debian(package: str, files: str, uses: str, licence: str) -> FontFamily:
    return FontFamily(
        files.split("*", maxsplit=1)[0], package, licence, tuple(uses.split()), f"**/{files}"
    )


FAMILIES: Final = (
    _debian("fonts-opendin", "OSP-DIN.ttf", "din any", "OFL-1.1"),
    _debian("fonts-roadgeek", "RG2014B.ttf", "narrow us", "LicenseRef-public-domain"),
    _debian("fonts-roadgeek", "RG2014C.ttf", "din us any", "LicenseRef-public-domain"),
    _debian("fonts-roadgeek", "RG2014D.ttf", "uk us any plain", "LicenseRef-public-domain"),
    _debian("fonts-roadgeek", "RG2014E.ttf", "uk wide plain", "LicenseRef-public-domain"),
    _debian("fonts-liberation", "LiberationSansNarrow-Bold.ttf", "any plain uk", "OFL-1.1"),
    _debian("fonts-liberation", "LiberationSans-Bold.ttf", "wide plain", "OFL-1.1"),
    _debian("fonts-dejavu", "DejaVuSansCondensed-Bold.ttf", "any plain", "Bitstream-Vera"),
    _debian("fonts-dejavu", "DejaVuSansMono-Bold.ttf", "any", "Bitstream-Vera"),
    _debian("fonts-play", "Play-Bold.ttf", "wide any", "OFL-1.1"),
    _debian("fonts-lobster", "Lobster-Regular.otf", "script", "OFL-1.1"),
    _npm("barlow-condensed", "din us any plain"),
    _npm("barlow-semi-condensed", "din uk any plain"),
    _npm("saira-condensed", "us din any plain"),
    _npm("saira-semi-condensed", "uk din any"),
    _npm("saira-extra-condensed", "narrow us"),
    _npm("bebas-neue", "narrow us any plain"),
    _npm("oswald", "narrow us any plain bold"),
    _npm("overpass", "uk wide plain"),
    _npm("overpass-mono", "any uk"),
    _npm("fjalla-one", "narrow any plain"),
    _npm("league-gothic", "narrow"),
    _npm("antonio", "narrow us"),
    _npm("rajdhani", "any us"),
    _npm("teko", "narrow any bold"),
    _npm("share-tech", "us any"),
    _npm("share-tech-mono", "us din any"),
    _npm("big-shoulders-display", "narrow us"),
    _npm("big-shoulders-text", "narrow us"),
    _npm("pathway-gothic-one", "narrow us"),
    _npm("ibm-plex-sans-condensed", "any"),
    _npm("ibm-plex-mono", "any"),
    _npm("dosis", "us din any"),
    _npm("rubik", "uk wide bold"),
    _npm("roboto-condensed", "any plain uk", "Apache-2.0"),
    _npm("roboto-mono", "any", "Apache-2.0"),
    _npm("b612-mono", "any"),
    _npm("archivo-narrow", "any plain uk"),
    _npm("archivo-black", "wide bold"),
    _npm("anton", "narrow bold"),
    _npm("khand", "narrow any"),
    _npm("chakra-petch", "wide any"),
    _npm("electrolize", "wide any"),
    _npm("russo-one", "wide bold"),
    _npm("pt-sans-narrow", "any plain"),
    _npm("homenaje", "narrow us"),
    _npm("economica", "narrow"),
    _npm("viga", "wide any bold"),
    _npm("staatliches", "any bold"),
    _npm("squada-one", "narrow"),
    _npm("allerta-stencil", "any"),
    _npm("pacifico", "script"),
    _npm("lobster", "script"),
    _npm("kaushan-script", "script", "OFL-1.1"),
    _npm("dancing-script", "script"),
    _npm("playfair-display", "serif"),
    _npm("abril-fatface", "serif"),
    _npm("alfa-slab-one", "serif bold"),
    _npm("rokkitt", "serif"),
)
FEWEST_FAMILIES: Final = 12
FOLDERS_VARIABLE: Final = "GATEHOUSE_FONTS"


def default_folders() -> tuple[Path, ...]:
    """The system's folder of fonts, and those named in ``GATEHOUSE_FONTS`` (``:`` between)."""
    named = os.environ.get(FOLDERS_VARIABLE, "")
    return (Path("/usr/share/fonts"), *(Path(folder) for folder in named.split(":") if folder))


@cache
def installed(folders: tuple[Path, ...]) -> dict[str, tuple[Path, ...]]:
    """Finds the fonts for every use.

    Args:
        folders: Where to look, with what lies below.

    Returns:
        Use -> font files in a fixed order; each use has at least one.

    Raises:
        FontsMissing: If fewer than twelve families, or none for some use, are there.
    """
    found: dict[str, list[Path]] = {use: [] for family in FAMILIES for use in family.uses}
    missing: list[str] = []
    families = 0
    for family in FAMILIES:
        paths = sorted(path for folder in folders for path in folder.glob(family.pattern))
        families += bool(paths)
        if not paths:
            missing.append(family.package)
        for use in family.uses:
            found[use].extend(paths)
    if families < FEWEST_FAMILIES or not all(found.values()):
        debian = sorted({name for name in missing if not name.startswith("@")})
        npm = sorted({name for name in missing if name.startswith("@")})
        raise FontsMissing(
            f"only {families} of {len(FAMILIES)} families of fonts are installed; "
            f"apt-get install {' '.join(debian)}; npm install {' '.join(npm)} "
            f"and name its folder node_modules in {FOLDERS_VARIABLE}"
        )
    return {use: tuple(paths) for use, paths in found.items()}


def packages(manager: str) -> tuple[str, ...]:
    """Packages of all families: Debian's for ``debian``, npm's for ``npm``.

    Raises:
        ValueError: For any other package manager.
    """
    if manager not in {"debian", "npm"}:
        raise ValueError(f"no fonts come by {manager!r}; known are debian and npm")
    from_npm = manager == "npm"
    return tuple(
        sorted({one.package for one in FAMILIES if one.package.startswith("@") == from_npm})
    )


if __name__ == "__main__":
    sys.stdout.write(" ".join(packages(sys.argv[1])) + "\n")
