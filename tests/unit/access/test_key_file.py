"""The file that keeps API keys."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.access.key_file import change_keys, read_keys
from pipelines.access.key_records import KeyRecord, Scope, new_key
from pipelines.errors import ConfigurationError
from tests.file_modes import open_to_others, umask
from tests.unit.access.key_files import add_key, revoke_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "keys.yaml"


def test_reads_what_it_wrote(path: Path) -> None:
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    add_key(path, "gate-1", "recognise")
    add_key(path, "desk", "enrol", "admin", expires=ends, requests_per_minute=5, requests_per_day=0)
    gate, desk = read_keys(path)
    assert (gate.name, set(gate.scopes), gate.expires) == ("gate-1", {Scope.RECOGNISE}, None)
    assert (set(desk.scopes), desk.expires) == ({Scope.ENROL, Scope.ADMIN}, ends)
    assert (desk.requests_per_minute, desk.requests_per_day) == (5, 0)


def test_the_file_is_its_owners_alone_and_holds_no_key(path: Path) -> None:
    with umask(0):
        key = add_key(path, "gate-1", "recognise")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_to_others(path.parent.parent) == set()
    assert key.split("_", 2)[2] not in path.read_text()


def test_a_change_keeps_the_files_mode_and_owner(path: Path) -> None:
    add_key(path, "gate-1", "recognise")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    before = path.stat()
    add_key(path, "gate-2", "recognise")
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )


def test_a_change_leaves_nothing_beside_the_file_but_its_lock(path: Path) -> None:
    add_key(path, "gate-1", "recognise")
    revoke_key(path, "gate-1")
    assert read_keys(path) == ()
    assert {one.name for one in path.parent.iterdir()} == {"keys.yaml", ".keys.yaml.lock"}


def test_a_change_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    add_key(path, "gate-1", "recognise")
    before = path.read_bytes()

    def refused(_keys: tuple[KeyRecord, ...]) -> tuple[KeyRecord, ...]:
        raise ConfigurationError("no")

    with pytest.raises(ConfigurationError, match="no"):
        change_keys(path, refused)
    assert path.read_bytes() == before


def test_changes_at_the_same_time_are_all_kept(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add_key(path, f"gate-{number}", "recognise"), range(16)))
    assert sorted(one.name for one in read_keys(path)) == sorted(f"gate-{n}" for n in range(16))


def test_a_person_may_write_the_file(path: Path) -> None:
    _, made = new_key("gate-1", frozenset({Scope.RECOGNISE}), datetime.now(UTC))
    path.parent.mkdir()
    path.write_text(
        f"keys:\n- {{name: gate-1, id: '{made.id}', sha256: '{made.sha256}', created: 2026-11-22,\n"
        "   expires: 2027-01-01 08:00:00, scopes: [recognise, enrol], requests_per_minute: 60}\n"
    )
    (read,) = read_keys(path)
    assert read.expires == datetime(2027, 1, 1, 8, tzinfo=UTC)
    assert read.scopes == {Scope.RECOGNISE, Scope.ENROL}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is broken: Input should be"),
        ("keys", "is broken: Input should be"),
        ("keys: {", "is not YAML: "),
        ("key: []", "is broken: keys: Field required; key: Extra inputs are not permitted"),
        ("keys: [{name: a, key: x}]", "keys.0.key: Extra inputs are not permitted"),
        ("keys: [{scopes: [read]}]", "keys.0.scopes.0: Input should be 'recognise', 'enrol' or"),
        ("keys: [{scopes: []}]", "keys.0.scopes: "),
        ("keys: [{requests_per_day: -1}]", "keys.0.requests_per_day: Input should be greater"),
        ("keys: [{created: soon}]", "keys.0.created: "),
    ],
)
def test_a_broken_file_says_what_is_wrong(path: Path, text: str, said: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_keys(path)
    assert caught.value.message.startswith(f"the key file {path} ")
    assert said in caught.value.message


def test_a_broken_file_is_not_written_over(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("keys: {")
    with pytest.raises(ConfigurationError, match="is not YAML"):
        add_key(path, "gate-1", "recognise")
    assert path.read_text() == "keys: {"


def test_a_file_that_is_not_there_is_one_sentence(path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"keys\.yaml cannot be read: .*No such file"):
        read_keys(path)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"keys\.yaml cannot be written"):
        add_key(tmp_path / "file" / "keys.yaml", "gate-1", "recognise")
