"""A painter that needs no fonts beyond matplotlib's."""

from pathlib import Path

import matplotlib
import pytest

from pipelines.training.synthesis.fonts import FAMILIES
from pipelines.training.synthesis.glyphs import Typefaces
from pipelines.training.synthesis.layouts import load_layouts
from pipelines.training.synthesis.painting import Painter


@pytest.fixture(scope="session")
def faces() -> Typefaces:
    folder = Path(matplotlib.__file__).parent / "mpl-data" / "fonts" / "ttf"
    fonts = (folder / "DejaVuSans-Bold.ttf", folder / "DejaVuSansMono-Bold.ttf")
    return Typefaces({use: fonts for family in FAMILIES for use in family.uses})


@pytest.fixture(scope="session")
def painter(faces: Typefaces) -> Painter:
    return Painter(load_layouts(), faces)
