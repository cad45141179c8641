"""What crops and their owner marks are called, in answers and in the store."""

import re
import secrets
import string
from datetime import UTC, datetime
from typing import Final, Literal

from pipelines.errors import NotFound

CropKind = Literal["license_plates", "faces"]

PREFIX: Final = "static/images/"
"""What a crop's path starts with in answers."""

DRIVER_OWNERS: Final = "owners/driver"
"""Store folder of the marks of drivers: one folder for a thousand drivers, in it one a driver."""

TOKEN_OWNERS: Final = "owners/token"
"""Store folder of the marks of registrations under way: one folder a registration."""

DRIVERS_A_BLOCK: Final = 1000

_KINDS: Final[dict[str, CropKind]] = {"lp": "license_plates", "face": "faces"}
_SUFFIXES: Final[dict[CropKind, str]] = {kind: suffix for suffix, kind in _KINDS.items()}
_ALPHABET: Final = string.ascii_uppercase + string.digits
_RANDOM: Final = 6
_NAME: Final = re.compile(r"([0-9]{8})_([0-9]{2})[0-9]{4}_[A-Z0-9]{6}_(lp|face)\.jpg")
_OWNER: Final = re.compile(r"driver-(0|[1-9][0-9]{0,18})|token-([0-9a-f]{1,32})")


def new_path(kind: CropKind) -> str:
    """A fresh path: the UTC time and six random characters A-Z0-9."""
    moment = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"{PREFIX}{kind}/{moment}_{random}_{_SUFFIXES[kind]}.jpg"


def is_path(path: str) -> bool:
    """Whether a path is one that crops have."""
    name = path.rpartition("/")[2]
    return _NAME.fullmatch(name) is not None and path == path_of(name)


def path_of(name: str) -> str:
    """The path of a crop by its name.

    Raises:
        NotFound: The name is not one of ours.
    """
    return f"{PREFIX}{_KINDS[_parts(name)[2]]}/{name}"


def name_of(path: str) -> str:
    """The last part of a crop's path.

    Raises:
        NotFound: The path is not one of ours.
    """
    if not is_path(path):
        raise NotFound("Resource not found")
    return path.rpartition("/")[2]


def key_of(name: str) -> str:
    """Where the store keeps a crop: below a folder for each hour, so that listings stay short.

    Raises:
        NotFound: The name is not one of ours.
    """
    day, hour, suffix = _parts(name)
    return f"{_KINDS[suffix]}/{day}/{hour}/{name}"


def first_key_of(name: str) -> str:
    """Where version 0.1.0 kept a crop.

    Raises:
        NotFound: The name is not one of ours.
    """
    return f"{_KINDS[_parts(name)[2]]}/{name}"


def moment_of(name: str) -> datetime | None:
    """When a crop was named, in UTC; None for a name that is not one of ours."""
    if _NAME.fullmatch(name) is None:
        return None
    try:
        return datetime.strptime(name[:15], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def driver_owner(driver_id: int) -> str:
    """The owner of crops of a driver who was recognised."""
    return f"driver-{driver_id}"


def token_owner(token: str) -> str:
    """The owner of the crops of a registration that is under way; the token is hexadecimal."""
    return f"token-{token}"


def is_owner(owner: str) -> bool:
    """Whether somebody may be called so."""
    return _OWNER.fullmatch(owner) is not None


def folder_of(owner: str) -> str:
    """The store's folder of an owner's marks.

    Raises:
        ValueError: Nobody is called so.
    """
    match = _OWNER.fullmatch(owner)
    if match is None:
        raise ValueError(f"{owner!r} owns no crops; use driver_owner or token_owner")
    if match[1] is None:
        return f"{TOKEN_OWNERS}/{match[2]}"
    block = int(match[1]) // DRIVERS_A_BLOCK
    return f"{DRIVER_OWNERS}/{block}/{match[1]}"


def _parts(name: str) -> tuple[str, str, str]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise NotFound("Resource not found")
    return match[1], match[2], match[3]
