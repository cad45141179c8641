"""What ``make fuzz`` reports."""

from pathlib import Path

import pytest

from tests.fuzz.picture_target import CURRENT, Target
from tests.fuzz.pictures import fuzz
from tests.fuzz.seeds import seeds


def test_a_target_that_comes_to_its_end_has_figures_and_no_finding(tmp_path: Path) -> None:
    figures, finding = fuzz("tests.fuzz.picture_target", tmp_path, 40)
    assert finding == ""
    assert figures["pictures"] == 40
    assert sum(figures["outcomes"].values()) == 40


def test_a_process_that_ends_early_is_a_finding(tmp_path: Path) -> None:
    figures, finding = fuzz("tests.fuzz.no_such_target", tmp_path, 1)
    assert figures == {}
    assert finding.startswith(f"exit status 1; the picture is {CURRENT}")
    assert "no_such_target" in finding


def test_a_picture_that_takes_too_long_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.picture_target.CPU_LIMIT_S", 0.0)
    with pytest.raises(AssertionError, match=r"s for one picture$"):
        Target(tmp_path, 1)(next(seeds()))
