"""The system that ours is compared with."""

import ast
from pathlib import Path

import pytest

from tests.bench import peer
from tests.bench.peer import PACKAGES, PeerUnavailable, install, peers


def test_missing_model_files_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "peers/fast-alpr"
    folder.mkdir(parents=True)
    (folder / peer.DETECTOR).touch()
    (folder / "cct_xs_v1_global.onnx").touch()

    with pytest.raises(PeerUnavailable, match=rf"^{folder} lacks cct_xs_v2_global\.onnx$"):
        peers(tmp_path, tmp_path / "environment")


def test_an_environment_with_the_same_packages_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".installed").write_text("\n".join(PACKAGES))

    assert install(tmp_path) == tmp_path / "bin/python"
    assert not (tmp_path / "bin").exists()


def test_only_the_reader_that_made_labels_is_excused(tmp_path: Path) -> None:
    folder = tmp_path / "peers/fast-alpr"
    folder.mkdir(parents=True)
    for name in (peer.DETECTOR, *(f"{reader}.onnx" for reader in peer.READERS.values())):
        (folder / name).touch()
    (tmp_path / ".installed").write_text("\n".join(PACKAGES))

    found = {one.name: one.made_labels for one in peers(tmp_path, tmp_path)}

    assert found == {"fast-alpr v1": False, "fast-alpr v2": True}


def test_its_process_imports_nothing_of_the_project() -> None:
    source = Path(peer.__file__).with_name("peer_worker.py").read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported.isdisjoint({"configs", "pipelines", "deployments", "tests"})
