"""API keys and what is kept of them.

A key is ``gk_<id>_<secret>``: eight hexadecimal digits that name it, and 256 random bits. What is
kept is the SHA-256 of the whole key. Passwords need a slow hash (bcrypt, Argon2) because people
choose them from a small set, which can be tried through; 256 random bits can not, however fast the
hash is, so a fast one is right and costs each request a microsecond.
"""

import hashlib
import re
import secrets
from collections import Counter
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

KEY: Final = re.compile(r"gk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

_SECRET_BYTES: Final = 32


class Scope(StrEnum):
    """What a key may be used for."""

    RECOGNISE = "recognise"
    ENROL = "enrol"
    ADMIN = "admin"


def moment(value: object) -> object:
    """A date without a time is its first moment, and a time without a zone is UTC.

    Args:
        value: ISO 8601 text, or what YAML makes of it; anything else is left to the caller.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(moment)]


class KeyRecord(BaseModel):
    """What is kept of one key.

    Attributes:
        name: Who uses it, for people and for the audit log; during a rotation two keys share one.
        id: The part of the key that names it.
        sha256: Of the whole key.
        scopes: What it may be used for.
        created: When it was made.
        expires: It is refused from then on; None is never.
        requests_per_minute: In place of the setting of this name; 0 is no limit.
        requests_per_day: In place of the setting of this name; 0 is no limit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME)
    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: frozenset[Scope] = Field(min_length=1)
    created: Moment
    expires: Moment | None = None
    requests_per_minute: int | None = Field(None, ge=0)
    requests_per_day: int | None = Field(None, ge=0)

    def allows(self, scope: Scope) -> bool:
        """Whether the key has a scope; admin includes the others."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def expired(self, at: datetime) -> bool:
        """Whether the key is refused at this time."""
        return self.expires is not None and at >= self.expires


class KeyRecords(BaseModel):
    """All keys, as the file has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[KeyRecord, ...]

    @model_validator(mode="after")
    def _have_ids_of_their_own(self) -> Self:
        twice = [key for key, count in Counter(one.id for one in self.keys).items() if count > 1]
        if twice:
            raise ValueError(f"the id {twice[0]} stands twice")
        return self


def digest(key: str) -> str:
    """SHA-256 of a key, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_key(
    name: str, scopes: frozenset[Scope], created: datetime, expires: datetime | None = None
) -> tuple[str, KeyRecord]:
    """Makes a key; the key itself is nowhere else, so show it to its user now.

    Raises:
        ValidationError: The name is none, or there are no scopes.
    """
    identity = secrets.token_hex(4)
    key = f"gk_{identity}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    record = KeyRecord(
        name=name,
        id=identity,
        sha256=digest(key),
        scopes=scopes,
        created=created,
        expires=expires,
    )
    return key, record
