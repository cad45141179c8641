"""Putting off imports."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from pipelines.engines.late_import import hidden, later, shown

PACKAGE = "gatehouse_put_off"


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("answer = 42\n")
    (folder / "inner.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in (PACKAGE, f"{PACKAGE}.inner"):
        sys.modules.pop(name, None)


def test_a_package_is_imported_when_it_is_first_used() -> None:
    with later(PACKAGE):
        bound = import_module(PACKAGE)
    assert PACKAGE not in sys.modules
    assert bound.answer == 42
    assert PACKAGE in sys.modules


def test_a_submodule_cannot_be_imported_before() -> None:
    with later(PACKAGE), pytest.raises(ModuleNotFoundError):
        import_module(f"{PACKAGE}.inner")
    assert import_module(f"{PACKAGE}.inner")


def test_a_package_that_is_there_already_stays() -> None:
    real = import_module(PACKAGE)
    with later(PACKAGE):
        assert import_module(PACKAGE) is real
    assert sys.modules[PACKAGE] is real


def test_asking_what_a_stand_in_is_does_not_import_it() -> None:
    with later(PACKAGE):
        bound = import_module(PACKAGE)
        assert not hasattr(bound, "__version__")
        assert sys.modules[PACKAGE] is bound


def test_a_hidden_package_cannot_be_imported_and_comes_back() -> None:
    real = import_module(PACKAGE)
    with hidden(PACKAGE), pytest.raises(ModuleNotFoundError):
        import_module(PACKAGE)
    assert import_module(PACKAGE) is real


def test_a_package_that_was_hidden_can_be_imported_afterwards() -> None:
    with hidden(PACKAGE), pytest.raises(ModuleNotFoundError):
        import_module(PACKAGE)
    assert import_module(PACKAGE).answer == 42


def test_a_package_hidden_for_the_whole_process_is_shown_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, PACKAGE, None)
    with pytest.raises(ModuleNotFoundError):
        import_module(PACKAGE)
    shown(PACKAGE)
    assert import_module(PACKAGE).answer == 42


def test_what_is_not_hidden_stays_as_it_is() -> None:
    shown(PACKAGE)
    assert PACKAGE not in sys.modules
    real = import_module(PACKAGE)
    shown(PACKAGE)
    assert sys.modules[PACKAGE] is real
