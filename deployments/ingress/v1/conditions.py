"""Versions, repeated requests and places in a list, as HTTP carries them."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Protocol

from pipelines.drivers.face_encoding import NamedPicture
from pipelines.drivers.registration import RequestKey
from pipelines.errors import InvalidRequest, VersionMismatch

IF_MATCH: Final = (
    'The `ETag` of the driver as you read it, such as `"3"`: where the driver has changed since, '
    "nothing is done and the answer is 412."
)
IF_NONE_MATCH: Final = "The `ETag` of what you have: the answer is 304 where it is still the same."
IDEMPOTENCY_KEY: Final = (
    "A text of yours that is new for every request, such as a UUID, 1 to 200 visible ASCII "
    "characters. The same request with the same key again, also after a failure or a crash, "
    "writes nothing a second time and answers the same record with status 200, or 404 where the "
    "record was erased since. Another request with a key that was used is answered 409; drivers "
    "with their faces and vehicles each have keys of their own, so that one of each may share one."
)

_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_ENTITY_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')
_NOT_VALID: Final = "-invalid"
_VERSION: Final = re.compile(rf"([1-9][0-9]{{0,17}})(?:{_NOT_VALID})?")
_AFTER: Final = re.compile(r"(0|[1-9][0-9]{0,18})")


class Versioned(Protocol):
    """A record that counts its changes."""

    @property
    def version(self) -> int: ...


class Dated(Protocol):
    """What is said of somebody who counts at some times and not at others."""

    def valid_at(self, moment: datetime, /) -> bool: ...


class Told(Versioned, Protocol):
    """A record of which something is said."""

    @property
    def details(self) -> Dated: ...


class Book(Protocol):
    """Where the records of one kind are looked up."""

    async def get(self, record_id: int, /) -> Versioned: ...


def entity_tag(record: Told) -> str:
    """The ETag of a driver or vehicle: its version, with a mark while it does not count.

    It comes and goes with the dates, which are no change: ``expected_version`` overlooks the mark.
    """
    mark = "" if record.details.valid_at(datetime.now(UTC)) else _NOT_VALID
    return f'"{record.version}{mark}"'


def tag_fits(if_none_match: str | None, tag: str) -> bool:
    """Whether a caller has what it would be sent."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return tag in [f'"{match[1]}"' for match in _ENTITY_TAG.findall(if_none_match)]


async def expected_version(
    if_match: str | None, record_id: int, book: Book, kind: str = "driver"
) -> int | None:
    """The version that If-Match asks for; None where any will do.

    Raises:
        InvalidRequest: The header is no list of entity tags.
        VersionMismatch: The record can have none of them.
        NotFound, GalleryUnavailable: From looking, which only several tags need.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    parts = [part.strip() for part in if_match.split(",")]
    tags = [_ENTITY_TAG.fullmatch(part) for part in parts]
    named = [_VERSION.fullmatch(tag[2]) for tag in tags if tag and not tag[1]]
    versions = [int(version[1]) for version in named if version]
    if not all(tags):
        raise InvalidRequest(f'If-Match must be the ETag of the {kind}, such as "3", in its quotes')
    if len(versions) == 1 == len(parts):
        return versions[0]
    current = (await book.get(record_id)).version
    if current not in versions:
        raise VersionMismatch(
            f"{kind} {record_id} is of version {current}, If-Match names others",
            {"version": current},
        )
    return current


def request_key(header: str | None, asked: Mapping[str, Any]) -> RequestKey | None:
    """An idempotency key with the digest of what it came with; None without the header.

    Args:
        header: ``Idempotency-Key``.
        asked: Everything that makes the request what it is; JSON values.

    Raises:
        InvalidRequest: The header is no key.
    """
    if header is None:
        return None
    if not _KEY.fullmatch(header):
        raise InvalidRequest("Idempotency-Key must be 1 to 200 visible ASCII characters")
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=str)
    return RequestKey(header, sha256(canonical.encode()).hexdigest())


def digests(pictures: Sequence[NamedPicture]) -> list[str]:
    """SHA-256 of each picture; what it is called makes no other request."""
    return [sha256(picture.data).hexdigest() for picture in pictures]


def cursor_after(driver_id: int, asked: str) -> str:
    """Where the next page begins; ``asked`` is what else the query says, and binds the cursor."""
    return cursor_at(str(driver_id), asked)


def read_cursor(cursor: str | None, asked: str) -> int:
    """The id after which a page begins; 0 without a cursor.

    Raises:
        InvalidRequest: It is no cursor of this query.
    """
    if cursor is None:
        return 0
    return int(read_place(cursor, asked, _AFTER)[0])


def cursor_at(place: str, asked: str) -> str:
    """A place in a list as a cursor of this query; ASCII without a full stop."""
    return base64.urlsafe_b64encode(f"{place}.{_mark(asked)}".encode()).decode().rstrip("=")


def read_place(cursor: str, asked: str, form: re.Pattern[str]) -> re.Match[str]:
    """The place that ``cursor_at`` was given, which must have a form.

    Raises:
        InvalidRequest: It is no cursor of this query.
    """
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    place, _, mark = text.partition(".")
    match = form.fullmatch(place)
    if match is None or mark != _mark(asked):
        raise InvalidRequest(
            "cursor must be the next_cursor of the page before, with the same query"
        )
    return match


def _mark(asked: str) -> str:
    return sha256(asked.encode()).hexdigest()[:8]
