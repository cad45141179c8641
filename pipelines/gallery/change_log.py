"""The change log and its head, inside a transaction of the store.

Every write takes the next sequence number from the one row of ``gallery_head``. Writers therefore
follow one another, and the numbers have no gaps and rise in the order of commits, on PostgreSQL as
on SQLite.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from pipelines.gallery.records import Change, ChangeKind, Head
from pipelines.gallery.schema import changes, gallery_head

NO_DRIVER = 0
"""``driver_id`` of a change that belongs to no driver."""


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
    return tuple(
        Change(row.sequence, ChangeKind(row.kind), row.driver_id, row.at)
        for row in connection.execute(query)
    )


def alone_with(connection: Connection, token: str) -> int | None:
    """Shut other writers out until the transaction ends, and look for a change of this token.

    Returns:
        The change's driver, or None where there is no such change.
    """
    connection.execute(select(gallery_head.c.sequence).with_for_update())
    made = select(changes.c.driver_id).where(changes.c.token == token)
    return connection.execute(made).scalar()


def advance(connection: Connection, token: str) -> Head:
    """Take the next sequence number; other writers wait until the transaction ends."""
    step = update(gallery_head).values(sequence=gallery_head.c.sequence + 1, token=token)
    sequence = connection.execute(step.returning(gallery_head.c.sequence)).scalar_one()
    return Head(sequence, token)


def append(connection: Connection, change: Head, kind: ChangeKind, driver_id: int) -> None:
    """Write the line of a number that ``advance`` gave."""
    line = {
        "sequence": change.sequence,
        "token": change.token,
        "kind": kind.value,
        "driver_id": driver_id,
        "at": datetime.now(UTC),
    }
    connection.execute(insert(changes).values(line))
