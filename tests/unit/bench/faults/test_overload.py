"""What is offered beyond the capacity."""

from pathlib import Path

from tests.bench.faults.overload import pictures


def test_plates_and_drivers_are_asked_in_turn(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a", "b", "c")]
    for one in files:
        one.write_bytes(one.name.encode())

    asked = pictures(files, files[1:])

    assert [(one.split(b" ")[1], one[-1:]) for (one,) in asked] == [
        (b"/readPlateNumber", b"a"),
        (b"/v1/faces:identify", b"b"),
        (b"/readPlateNumber", b"b"),
        (b"/v1/faces:identify", b"c"),
    ]
