"""The command line of the bench."""

import pytest

from tests.bench.accuracy import main, parse


def test_drivers_are_measured_unless_they_are_left_out() -> None:
    assert not parse([]).skip_drivers
    assert not parse([]).only_drivers


def test_drivers_alone_and_plates_alone_exclude_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parse(["--only-drivers", "--skip-drivers"])

    assert "not allowed with argument" in capsys.readouterr().err


def test_says_where_the_pictures_are_to_be_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GATEHOUSE_DATA", raising=False)

    assert main(["--only-drivers"]) == 2
    assert capsys.readouterr().err == (
        "set GATEHOUSE_DATA to the folder of the development data (README)\n"
    )
