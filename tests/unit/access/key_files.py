"""Key files to test with."""

from datetime import UTC, datetime
from pathlib import Path

from pipelines.access.key_file import change_keys
from pipelines.access.key_records import Scope, new_key

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def add_key(
    path: Path, name: str, *scopes: str, expires: datetime | None = None, **limits: int
) -> str:
    """Makes a key of a file; returns it."""
    key, made = new_key(name, frozenset(map(Scope, scopes)), NOON, expires)
    change_keys(path, lambda keys: (*keys, made.model_copy(update=limits)))
    return key


def revoke_key(path: Path, name: str) -> None:
    """Removes the keys of a name from a file."""
    change_keys(path, lambda keys: tuple(one for one in keys if one.name != name))
