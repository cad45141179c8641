"""Putting off, or leaving out, the import of a package that another one imports and rarely uses."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands in for a package until something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{self.__name__} is not imported yet and has no {name}")
        return getattr(import_module(self.__name__), name)


@contextmanager
def later(package: str) -> Iterator[None]:
    """Within the block, imports of a package bind a stand-in that imports it at its first use.

    Its submodules cannot be imported within the block. A package that is there already stays.

    Args:
        package: Its full name.
    """
    if package in sys.modules:
        yield
        return
    stand_in = _Later(package)
    sys.modules[package] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(package) is stand_in:
            del sys.modules[package]


@contextmanager
def hidden(package: str) -> Iterator[None]:
    """Within the block, a package cannot be imported, as if it were not installed.

    Args:
        package: Its full name.
    """
    before = sys.modules.get(package)
    sys.modules[package] = None  # type: ignore[assignment]  # Python's own sign for such a package
    try:
        yield
    finally:
        del sys.modules[package]
        if before is not None:
            sys.modules[package] = before


def shown(package: str) -> None:
    """Let a package be imported again that was hidden for the whole process.

    Args:
        package: Its full name.
    """
    if sys.modules.get(package, sys) is None:
        del sys.modules[package]
