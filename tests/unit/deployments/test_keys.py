"""The command line for API keys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deployments.keys import main
from pipelines.access.key_file import read_keys
from pipelines.access.key_records import Scope
from pipelines.access.watched_keys import WatchedKeys

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.yaml"


@pytest.fixture
def run(path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the key file; exit status, standard output and standard error."""

    def command(*arguments: str) -> tuple[int, str, str]:
        status = main(["--file", str(path), *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return command


def test_new_shows_a_key_once_that_the_service_knows(run: Run, path: Path) -> None:
    status, key, said = run("new", "--name", "gate-1", "--scopes", "recognise,enrol")
    assert (status, said) == (0, "The key of gate-1 (enrol, recognise); it is shown this once:\n")
    record = WatchedKeys(path, 0).find(key.rstrip("\n"))
    assert (record.name, set(record.scopes)) == ("gate-1", {Scope.RECOGNISE, Scope.ENROL})
    assert key.strip() not in path.read_text()
    assert key.strip() not in "".join(run("list")[1:])


def test_new_takes_an_end_and_limits(run: Run, path: Path) -> None:
    limits = ("--per-minute", "60", "--per-day", "0", "--expires", "2027-01-01")
    run("new", "--name", "gate-1", "--scopes", "admin", *limits)
    (record,) = read_keys(path)
    assert record.expires == datetime(2027, 1, 1, tzinfo=UTC)
    assert (record.requests_per_minute, record.requests_per_day) == (60, 0)


def test_new_refuses_a_name_that_is_taken(run: Run, path: Path) -> None:
    run("new", "--name", "gate-1", "--scopes", "recognise")
    said = "there is a key gate-1 already: rotate replaces it, another name adds one\n"
    assert run("new", "--name", "gate-1", "--scopes", "admin") == (1, "", said)
    assert len(read_keys(path)) == 1


def test_new_refuses_a_name_that_is_none(run: Run, path: Path) -> None:
    said = "'gate 1' is no name: take letters, digits and . _ - up to 64\n"
    assert run("new", "--name", "gate 1", "--scopes", "recognise") == (1, "", said)
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--scopes", "read"), "'read': scopes are recognise, enrol, admin"),
        (("--scopes", "admin", "--expires", "soon"), "'soon' is no date such as 2027-01-31"),
        (("--scopes", "admin", "--per-day", "-1"), "'-1' is no number of requests"),
    ],
)
def test_new_says_what_it_does_not_understand(
    run: Run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit):
        run("new", "--name", "gate-1", *arguments)
    assert said in capsys.readouterr().err


def test_rotate_makes_a_new_key_and_lets_the_old_one_end(run: Run, path: Path) -> None:
    old = run("new", "--name", "gate-1", "--scopes", "enrol", "--per-minute", "7")[1].strip()
    before = datetime.now(UTC)
    new = run("rotate", "gate-1", "--keep-old-hours", "2")[1].strip()
    keys = WatchedKeys(path, 0)
    assert keys.find(old).expires is not None
    assert timedelta(hours=2) <= (keys.find(old).expires or before) - before < timedelta(hours=3)
    replacing = keys.find(new)
    assert (replacing.name, set(replacing.scopes)) == ("gate-1", {Scope.ENROL})
    assert replacing.expires is None
    assert replacing.requests_per_minute == 7


def test_rotate_lengthens_no_key(run: Run, path: Path) -> None:
    run("new", "--name", "gate-1", "--scopes", "enrol", "--expires", "2026-01-01")
    run("rotate", "gate-1", "--expires", "2028-01-01")
    assert [one.expires and one.expires.year for one in read_keys(path)] == [2026, 2028]


def test_a_key_that_replaces_another_ends_when_that_would_have(run: Run, path: Path) -> None:
    run("new", "--name", "gate-1", "--scopes", "enrol", "--expires", "2999-01-01")
    assert run("rotate", "gate-1")[0] == 0
    assert [one.expires.year for one in read_keys(path) if one.expires][-1] == 2999


def test_a_key_that_has_ended_is_not_replaced_by_an_endless_one(run: Run, path: Path) -> None:
    run("new", "--name", "gate-1", "--scopes", "enrol", "--expires", "2026-01-01")
    said = "the key gate-1 has ended, say by --expires when the new one is to end\n"
    assert run("rotate", "gate-1") == (1, "", said)
    assert len(read_keys(path)) == 1


@pytest.mark.parametrize("hours", ["inf", "nan", "-1", "8785", "soon"])
def test_rotate_keeps_the_old_key_for_a_number_of_hours(
    run: Run, hours: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("new", "--name", "gate-1", "--scopes", "enrol")
    with pytest.raises(SystemExit):
        run("rotate", "gate-1", f"--keep-old-hours={hours}")
    assert f"'{hours}' is no number of hours up to 8784" in capsys.readouterr().err


def test_revoke_removes_a_name_or_one_id(run: Run, path: Path) -> None:
    run("new", "--name", "gate-1", "--scopes", "recognise")
    run("rotate", "gate-1")
    run("new", "--name", "desk", "--scopes", "enrol")
    old, new, desk = read_keys(path)
    assert run("revoke", old.id) == (0, f"revoked {old.id} of gate-1\n", "")
    assert read_keys(path) == (new, desk)
    assert run("revoke", "gate-1") == (0, f"revoked {new.id} of gate-1\n", "")
    assert read_keys(path) == (desk,)
    assert run("revoke", "gate-1") == (1, "", "there is no key gate-1, known are desk\n")


def test_list_tells_of_each_key(run: Run, path: Path) -> None:
    run("new", "--name", "gate-1", "--scopes", "recognise")
    run("new", "--name", "desk", "--scopes", "enrol,recognise", "--expires", "2026-01-01")
    gate, desk = read_keys(path)
    lines = run("list")[1].splitlines()
    assert lines[0].split() == ["ID", "NAME", "SCOPES", "CREATED", "EXPIRES"]
    today = f"{gate.created:%Y-%m-%d}"
    assert lines[1].split() == [gate.id, "gate-1", "recognise", today, "never"]
    ends = ["2026-01-01", "00:00Z", "(expired)"]
    assert lines[2].split() == [desk.id, "desk", "enrol,recognise", today, *ends]


def test_a_broken_file_is_one_sentence(run: Run, path: Path) -> None:
    path.write_text("keys: {")
    for arguments in (("list",), ("revoke", "x"), ("new", "--name", "a", "--scopes", "admin")):
        status, out, said = run(*arguments)
        assert (status, out) == (1, "")
        assert said.startswith(f"the key file {path} is not YAML")
