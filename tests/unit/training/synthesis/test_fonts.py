"""Installed fonts."""

from pathlib import Path

import pytest

from pipelines.training.synthesis.fonts import FAMILIES, FontsMissing, installed, packages


def test_missing_fonts_are_named_with_their_packages(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing) as raised:
        installed((tmp_path,))
    message = str(raised.value)
    assert message.startswith(f"only 0 of {len(FAMILIES)} families of fonts are installed; ")
    assert "apt-get install fonts-dejavu " in message
    assert "npm install @fontsource/abril-fatface " in message
    assert message.endswith("name its folder node_modules in GATEHOUSE_FONTS")


def test_finds_the_fonts_of_each_use(tmp_path: Path) -> None:
    for family in FAMILIES:
        name = family.pattern.replace("**/", "").replace("[4-8]00", "400")
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = installed((tmp_path,))
    assert found.keys() == {use for family in FAMILIES for use in family.uses}
    assert any("pacifico" in path.name for path in found["script"])


def test_packages_come_by_manager() -> None:
    assert "fonts-roadgeek" in packages("debian")
    assert "@fontsource/pacifico" in packages("npm")
    assert len(packages("debian")) + len(packages("npm")) == len({f.package for f in FAMILIES})


def test_refuses_an_unknown_manager() -> None:
    with pytest.raises(ValueError, match="no fonts come by 'pip'; known are debian and npm"):
        packages("pip")
