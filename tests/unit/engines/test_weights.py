import hashlib
import json
import re
from pathlib import Path

import pytest

from configs.settings import ROOT, PlateDetectorSettings
from pipelines.engines import weights
from pipelines.errors import ConfigurationError


def _register(folder: Path, content: bytes = b"weights", **changed: object) -> Path:
    fields = {
        "name": "small",
        "file": "small.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "licence": "AGPL-3.0-only",
        "base": "nothing",
    }
    (folder / "small.json").write_text(json.dumps(fields | changed))
    path = folder / "small.onnx"
    path.write_bytes(content)
    return path


def test_every_registered_file_has_its_digest_and_says_where_it_comes_from() -> None:
    registered = weights.registry()

    assert PlateDetectorSettings().weights in registered
    for name, entry in registered.items():
        assert weights.resolve(name) == entry.path
        assert entry.licence
        assert entry.source


def test_a_registered_name_resolves_to_its_file(tmp_path: Path) -> None:
    path = _register(tmp_path)
    assert weights.resolve("small", tmp_path) == path


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    path = _register(tmp_path)
    weights.resolve("small", tmp_path)
    path.write_bytes(b"changed")

    message = (
        f"{path} is not the file that was registered: its sha256 differs; "
        "restore it from the repository"
    )
    with pytest.raises(ConfigurationError, match=f"^{re.escape(message)}$"):
        weights.resolve("small", tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = _register(tmp_path)
    path.unlink()

    with pytest.raises(ConfigurationError, match=f"^weights 'small' lack their file {path}$"):
        weights.resolve("small", tmp_path)


@pytest.mark.parametrize("name", ["large", "large.onnx", "/nowhere/large.pt"])
def test_an_unknown_name_lists_the_known_ones(tmp_path: Path, name: str) -> None:
    _register(tmp_path)
    message = (
        f"unknown weights '{name}'; known names are small; "
        "a path must lead to an existing .pt, .onnx or .engine file"
    )
    with pytest.raises(ConfigurationError, match=f"^{re.escape(message)}$"):
        weights.resolve(name, tmp_path)


@pytest.mark.parametrize("suffix", [".pt", ".onnx"])
def test_a_path_to_any_weights_is_taken_as_it_is(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"own{suffix}"
    path.write_bytes(b"anything")
    assert weights.resolve(str(path)) == path


def test_a_relative_path_starts_at_the_checkout() -> None:
    path = weights.registry()["plate_detector"].path
    assert weights.resolve(str(path.relative_to(ROOT))) == path


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"anything")
    with pytest.raises(ConfigurationError, match="must lead to an existing"):
        weights.resolve(str(path))


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"name": "small"}'])
def test_a_description_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"broken\.json does not describe weights: "):
        weights.registry(tmp_path)
