"""Search over gallery size, from the command line to the files."""

import json
from pathlib import Path

import pytest

from tests.bench import gallery_scale
from tests.bench.contender import ContenderFailed
from tests.bench.gallery_scale import main, notes, parse
from tests.bench.peer import PeerUnavailable


def test_sizes_are_numbers_as_people_write_them() -> None:
    assert parse(["--sizes", "1e3,20000"]).sizes == (1000, 20000)
    assert parse([]).sizes[-1] == 1_000_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sizes", "1e3,many"], "not numbers of drivers from 1000 on: 1e3,many"),
        (["--sizes", "50"], "not numbers of drivers from 1000 on: 50"),
        (["--peers", "faiss,milvus"], "no such peers: milvus"),
    ],
)
def test_other_sizes_and_peers_are_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
    assert message in capsys.readouterr().err


def test_peers_may_be_left_out() -> None:
    assert parse(["--peers", "none"]).peers == ()
    assert parse(["--peers", "pgvector,faiss"]).peers == ("pgvector", "faiss")


def test_notes_say_what_the_faces_are_and_are_not() -> None:
    below = " ".join(notes(parse(["--limit", "77"])))
    assert "not how well faces are told apart" in below
    assert "A build has 77 s" in below


def test_a_peer_that_cannot_be_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> Path:
        raise PeerUnavailable("usearch cannot be installed: no network")

    monkeypatch.setattr(gallery_scale, "install", none)
    make = gallery_scale._usearch()
    with pytest.raises(ContenderFailed, match=r"^usearch cannot be installed: no network$"):
        make(1000)


def test_a_run_writes_table_values_and_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gallery_scale, "RESULTS", tmp_path / "results")
    options = ["--sizes", "1e3", "--peers", "faiss", "--probes", "150", "--registrations", "5"]
    assert main([*options, "--name", "small"]) == 0
    assert {path.name for path in (tmp_path / "results").iterdir()} == {
        "small.json",
        "small.md",
        "small.png",
    }
    (size,) = json.loads((tmp_path / "results/small.json").read_text())["sizes"]
    assert set(size["indexes"]) == {"ours", "FAISS, exact"}
    assert {one["recall_at_1"] for one in size["indexes"].values()} == {1.0}
    assert {one["searches"] for one in size["indexes"].values()} == {150}
    assert size["ours"]["found_at_once"] == 5
    assert size["left out"] == {}
    assert "Indexes side by side" in capsys.readouterr().out
