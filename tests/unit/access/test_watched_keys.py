"""Keys that are recognised by a file that changes."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.access import watched_keys
from pipelines.access.key_file import read_keys
from pipelines.access.key_records import KeyRecord
from pipelines.access.watched_keys import KEY_UNKNOWN, WatchedKeys
from pipelines.errors import ConfigurationError, Unauthorized
from tests.unit.access.key_files import NOON, add_key, revoke_key

RELOAD_S = 1.0


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def pass_by(self, seconds: float) -> None:
        self.passed_s += seconds

    def monotonic(self) -> float:
        return self.passed_s

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed_s)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.yaml"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def watched(path: Path, clock: Clock) -> WatchedKeys:
    return WatchedKeys(path, RELOAD_S, clock.monotonic, clock.now)


def test_finds_the_record_of_a_key(path: Path, clock: Clock) -> None:
    gate, desk = add_key(path, "gate-1", "recognise"), add_key(path, "desk", "enrol")
    keys = watched(path, clock)
    assert [keys.find(key).name for key in (gate, desk)] == ["gate-1", "desk"]


def test_refuses_what_is_no_key_of_the_file(path: Path, clock: Clock) -> None:
    key = add_key(path, "gate-1", "recognise")
    other = add_key(path.with_name("other.yaml"), "gate-1", "recognise")
    wrong_end = key[:-1] + ("B" if key.endswith("A") else "A")
    keys = watched(path, clock)
    record = keys.find(key)
    for sent in ("", "x", key + "A", f" {key}", key + "\n", other, wrong_end, record.sha256):
        with pytest.raises(Unauthorized, match=KEY_UNKNOWN):
            keys.find(sent)


def test_refuses_a_key_that_has_expired(path: Path, clock: Clock) -> None:
    key = add_key(path, "gate-1", "recognise", expires=NOON + timedelta(seconds=10))
    keys = watched(path, clock)
    assert keys.find(key).name == "gate-1"
    clock.pass_by(10)
    with pytest.raises(Unauthorized, match='the API key "gate-1" has expired, ask for a new one'):
        keys.find(key)


def test_sees_a_new_and_a_revoked_key_after_a_while(path: Path, clock: Clock) -> None:
    old = add_key(path, "gate-1", "recognise")
    keys = watched(path, clock)
    new = add_key(path, "gate-2", "recognise")
    revoke_key(path, "gate-1")
    assert keys.find(old).name == "gate-1"
    clock.pass_by(RELOAD_S)
    assert keys.find(new).name == "gate-2"
    with pytest.raises(Unauthorized, match=KEY_UNKNOWN):
        keys.find(old)


def test_sees_that_a_mounted_secret_was_swapped(tmp_path: Path, clock: Clock) -> None:
    """A mounted secret is a link to a link to a folder that is made anew."""
    keys_of = {}
    for version in ("one", "two"):
        keys_of[version] = add_key(tmp_path / version / "keys.yaml", "gate-1", "recognise")
    (tmp_path / "data").symlink_to("one")
    (tmp_path / "keys.yaml").symlink_to("data/keys.yaml")
    keys = watched(tmp_path / "keys.yaml", clock)
    assert keys.find(keys_of["one"]).name == "gate-1"
    (tmp_path / "new").symlink_to("two")
    (tmp_path / "new").replace(tmp_path / "data")
    clock.pass_by(RELOAD_S)
    assert keys.find(keys_of["two"]).name == "gate-1"


def test_a_broken_file_keeps_the_keys_and_is_said_once(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    key = add_key(path, "gate-1", "recognise")
    keys = watched(path, clock)
    good = path.read_text()
    path.write_text("keys: {")
    for _ in range(3):
        clock.pass_by(RELOAD_S)
        assert keys.find(key).name == "gate-1"
    (said,) = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert said.startswith(f"the key file {path} is not YAML")
    assert said.endswith("; the keys that were read before stay")
    path.write_text(good.replace("gate-1", "gate-9"))
    clock.pass_by(RELOAD_S)
    assert keys.find(key).name == "gate-9"


def test_a_broken_file_is_read_once_until_it_changes(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add_key(path, "gate-1", "recognise")
    keys = watched(path, clock)
    path.write_text("keys: {")
    reads: list[Path] = []

    def counted(read: Path) -> tuple[KeyRecord, ...]:
        reads.append(read)
        return read_keys(read)

    monkeypatch.setattr(watched_keys, "read_keys", counted)
    for _ in range(3):
        clock.pass_by(RELOAD_S)
        keys.find(key)
    assert len(reads) == 1


def test_a_file_that_is_gone_keeps_the_keys(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    key = add_key(path, "gate-1", "recognise")
    keys = watched(path, clock)
    text = path.read_text()
    path.unlink()
    for _ in range(2):
        clock.pass_by(RELOAD_S)
        assert keys.find(key).name == "gate-1"
    assert [one.levelname for one in caplog.records] == ["ERROR"]
    path.write_text(text.replace("gate-1", "gate-9"))
    clock.pass_by(RELOAD_S)
    assert keys.find(key).name == "gate-9"


def test_does_not_start_with_a_broken_file(path: Path, clock: Clock) -> None:
    for text in (None, "", "keys: ["):
        if text is not None:
            path.write_text(text)
        with pytest.raises(ConfigurationError, match="the key file"):
            watched(path, clock)


def test_expiry_is_by_utc_whatever_the_zone(path: Path, clock: Clock) -> None:
    ends = datetime.fromisoformat("2026-11-22T19:00:01+07:00")
    key = add_key(path, "gate-1", "recognise", expires=ends)
    keys = watched(path, clock)
    assert keys.find(key).expires == datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
