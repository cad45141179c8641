"""Putting off, or leaving out, the import of a package that another one imports and rarely uses."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands in for a package or module until something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{self.__name__} is not imported yet and has no {name}")
        if sys.modules.get(self.__name__) is self:
            return _LaterName(self.__name__, name)
        return getattr(_imported(self.__name__), name)


class _LaterName:
    """Stands in for something of a module, until it is called or something of it is used."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{self._module}.{self._name} is not imported yet")
        return getattr(self._real(), name)

    def _real(self) -> Any:
        return getattr(_imported(self._module), self._name)


def _imported(module: str) -> ModuleType:
    package, _, _ = module.partition(".")
    for name, one in [*sys.modules.items()]:
        if isinstance(one, _Later) and name.partition(".")[0] == package:
            del sys.modules[name]
    return import_module(module)


@contextmanager
def later(package: str, *modules: str) -> Iterator[None]:
    """Within the block, imports of a package bind a stand-in that imports it at its first use.

    So do imports from it. A package that is there already stays.

    Args:
        package: Its full name, or that of one module.
        modules: Full names of its modules that may be imported, or imported from, within the block;
            no others can. A module comes after those that it lies in.
    """
    if package in sys.modules:
        yield
        return
    stand_ins = {name: _Later(name) for name in (package, *modules)}
    for name in modules:
        parent, _, own = name.rpartition(".")
        setattr(stand_ins[parent], own, stand_ins[name])
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


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
