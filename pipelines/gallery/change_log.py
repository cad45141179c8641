"""The change log and its head, inside a transaction of the store.

Every write takes the next sequence number from the one row of ``gallery_head``. Writers therefore
follow one another, and the numbers have no gaps and rise in the order of commits, on PostgreSQL as
on SQLite. As a writer takes that row before any other, no two writers wait for each other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from pipelines.errors import IdempotencyKeyReused, Unavailable
from pipelines.gallery.records import Change, ChangeKind, Head
from pipelines.gallery.schema import changes, gallery_head

NO_DRIVER = 0
"""``driver_id`` of a change that belongs to no driver."""

_MERGED_INTO = "merged into "
_IDS_A_QUERY = 10_000
_MAX_TOKEN = 32
_MAX_FINGERPRINT = 64
_MAX_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Token:
    """What makes a write happen once.

    Attributes:
        name: At most 32 characters; no two lines of the log share one.
        fingerprint: Digest of the request that the token came with, at most 64 characters.
    """

    name: str
    fingerprint: str | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= _MAX_TOKEN or len(self.fingerprint or "") > _MAX_FINGERPRINT:
            raise ValueError(
                f"a token has 1 to {_MAX_TOKEN} characters, a fingerprint at most "
                f"{_MAX_FINGERPRINT}"
            )


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be written; ``detail`` holds no personal data, as the log is never erased."""

    kind: ChangeKind
    driver_id: int = NO_DRIVER
    detail: str | None = None

    def __post_init__(self) -> None:
        if len(self.detail or "") > _MAX_DETAIL:
            raise ValueError(f"a change's detail has at most {_MAX_DETAIL} characters")


def merged(driver_id: int, into: int) -> Line:
    """The line of a driver who is one person with another and goes on as that one."""
    return Line(ChangeKind.DRIVER_ERASED, driver_id, f"{_MERGED_INTO}{into}")


def shut_others_out(connection: Connection) -> None:
    """Let other writers wait until the transaction ends."""
    connection.execute(select(gallery_head.c.sequence).with_for_update())


def head(connection: Connection) -> Head:
    """The last committed change; number 0 before the first."""
    query = select(gallery_head.c.sequence, gallery_head.c.token)
    return Head(*connection.execute(query).one())


def holds(connection: Connection, known: Head) -> bool:
    """Whether a change is in the log; the state before the first change always is."""
    token = select(changes.c.token).where(changes.c.sequence == known.sequence)
    return known.sequence == 0 or connection.execute(token).scalar() == known.token


def after(connection: Connection, sequence: int) -> tuple[Change, ...]:
    """The log after a sequence number, in order."""
    query = select(changes).where(changes.c.sequence > sequence).order_by(changes.c.sequence)
    return tuple(map(_change, connection.execute(query)))


def made_with(connection: Connection, token: Token) -> Change | None:
    """The first line of what this token wrote before; None for a new token.

    Raises:
        IdempotencyKeyReused: The token came with another request.
        Unavailable: The write was withdrawn.
    """
    row = connection.execute(select(changes).where(changes.c.token == token.name)).first()
    if row is None:
        return None
    if row.kind == ChangeKind.REGISTRATION_WITHDRAWN:
        raise Unavailable("the registration was withdrawn")
    if row.fingerprint != token.fingerprint:
        raise IdempotencyKeyReused("this idempotency key came with another request")
    return _change(row)


def driver_of(connection: Connection, token: str) -> int | None:
    """The driver of the line with a token, or whom that one was merged into since.

    ``NO_DRIVER`` where it was withdrawn; None without a line.
    """
    made = select(changes.c.sequence, changes.c.driver_id).where(changes.c.token == token)
    row = connection.execute(made).first()
    if row is None:
        return None
    sequence, driver_id = row
    while True:
        end = select(changes.c.sequence, changes.c.detail).where(
            changes.c.sequence > sequence,
            changes.c.driver_id == driver_id,
            changes.c.kind == ChangeKind.DRIVER_ERASED.value,
            changes.c.detail.startswith(_MERGED_INTO),
        )
        row = connection.execute(end).first()
        if row is None:
            return int(driver_id)
        sequence, driver_id = row.sequence, int(row.detail.removeprefix(_MERGED_INTO))


def merged_into(connection: Connection, driver_ids: Collection[int]) -> dict[int, int]:
    """As whom drivers who were merged go on; others are left out, and that one may be erased."""
    into: dict[int, int] = {}
    asked = sorted(driver_ids)
    while asked:
        rest = asked[_IDS_A_QUERY:]
        ends = select(changes.c.driver_id, changes.c.detail).where(
            changes.c.driver_id.in_(asked[:_IDS_A_QUERY]),
            changes.c.kind == ChangeKind.DRIVER_ERASED.value,
            changes.c.detail.startswith(_MERGED_INTO),
        )
        found = {
            driver_id: int(detail.removeprefix(_MERGED_INTO))
            for driver_id, detail in connection.execute(ends)
        }
        into |= found
        asked = rest + sorted(set(found.values()) - into.keys())
    return {one: _last(one, into) for one in driver_ids if one in into}


def _last(driver_id: int, into: Mapping[int, int]) -> int:
    while driver_id in into:
        driver_id = into[driver_id]
    return driver_id


def log(connection: Connection, lines: Sequence[Line], token: Token | None = None) -> None:
    """Write lines under the next sequence numbers.

    Args:
        connection: In a transaction that shuts other writers out.
        lines: In their order.
        token: That of the first line; the others get random ones.
    """
    if not lines:
        return
    tokens = [uuid4().hex for _ in lines]
    if token is not None:
        tokens[0] = token.name
    step = update(gallery_head).values(
        sequence=gallery_head.c.sequence + len(lines), token=tokens[-1]
    )
    last = connection.execute(step.returning(gallery_head.c.sequence)).scalar_one()
    now = datetime.now(UTC)
    rows = [
        {
            "sequence": sequence,
            "token": name,
            "kind": line.kind.value,
            "driver_id": line.driver_id,
            "at": now,
            "detail": line.detail,
            "fingerprint": None,
        }
        for sequence, (line, name) in enumerate(
            zip(lines, tokens, strict=True), last - len(lines) + 1
        )
    ]
    if token is not None:
        rows[0]["fingerprint"] = token.fingerprint
    connection.execute(insert(changes), rows)


def _change(row: Row[*tuple[Any, ...]]) -> Change:
    return Change(row.sequence, ChangeKind(row.kind), row.driver_id, row.at, row.detail)
