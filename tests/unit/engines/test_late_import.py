"""Putting off imports."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from pipelines.engines.late_import import hidden, later

PACKAGE = "gatehouse_put_off"


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("answer = 42\n")
    (folder / "inner.py").write_text("def double(number):\n    return 2 * number\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in (PACKAGE, f"{PACKAGE}.inner", "user_of_it"):
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


def test_what_is_imported_from_it_is_imported_when_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "user_of_it.py").write_text(
        f"from {PACKAGE} import inner\nfrom {PACKAGE}.inner import double\n"
        f"import {PACKAGE}.inner as module\n"
    )
    with later(PACKAGE, f"{PACKAGE}.inner"):
        user = import_module("user_of_it")
    assert PACKAGE not in sys.modules
    assert f"{PACKAGE}.inner" not in sys.modules
    assert user.double(21) == 42
    assert f"{PACKAGE}.inner" in sys.modules
    assert user.inner.double(4) == 8
    assert user.module.double(5) == 10


def test_what_is_used_at_once_is_imported_at_once(tmp_path: Path) -> None:
    (tmp_path / "user_of_it.py").write_text(
        f"import {PACKAGE}.inner as module\nfrom {PACKAGE} import inner\n"
        "eight, ten = inner.double(4), module.double(5)\n"
    )
    with later(PACKAGE, f"{PACKAGE}.inner"):
        user = import_module("user_of_it")
    assert (user.eight, user.ten) == (8, 10)
    assert f"{PACKAGE}.inner" in sys.modules


def test_types_of_it_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "user_of_it.py").write_text(
        f"import {PACKAGE} as p\ndef both(numbers: list[p.Number] | None) -> p.Number: ...\n"
    )
    with later(PACKAGE):
        import_module("user_of_it")
    assert PACKAGE not in sys.modules


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
