"""Texts that are searched, folded anew: without accents."""

import re
import unicodedata
from functools import lru_cache

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROWS_AT_ONCE = 1000

# As ``search_text.folded`` was then: what that becomes later is for a later migration to write.
_ACCENTS = re.compile("[\u0300-\u036f]")
_BARRED = re.compile(r"(LATIN SMALL LETTER [A-Z]) WITH .+")
_ALONE = {"\u0131": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ŋ": "n", "ə": "e"}


def upgrade() -> None:
    # Writers take this row first: one of the older version ends before the texts change.
    op.execute("UPDATE gallery_head SET sequence = sequence")
    _fold("drivers", "driver_id", "name")
    _fold("vehicles", "vehicle_id", "plate")


def _fold(table: str, number: str, said: str) -> None:
    """Write what ``driver_rows`` and the vehicles' ``rows`` write of a text and an external id."""
    connection = op.get_bind()
    of = sa.table(table, *map(sa.column, (number, said, "external_id", "search_text")))
    place = of.c[number]
    columns = (place, of.c[said], of.c.external_id, of.c.search_text)
    found = sa.select(*columns).where(of.c.search_text.is_not(None)).order_by(place)
    after = 0
    while rows := connection.execute(found.where(place > after).limit(_ROWS_AT_ONCE)).all():
        after = rows[-1][0]
        for row_id, text, external_id, before in rows:
            search_text = folded("\n".join(filter(None, (text, external_id))))
            if search_text != before:
                this = sa.update(of).where(place == row_id)
                connection.execute(this.values(search_text=search_text))


def folded(text: str) -> str:
    """Case, accents and composition taken away."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if plain.isascii():
        return plain
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    return unicodedata.normalize("NFKC", "".join(map(_bare, bare)))


@lru_cache(maxsize=4096)
def _bare(letter: str) -> str:
    if letter.isascii():
        return letter
    barred = _BARRED.fullmatch(unicodedata.name(letter, ""))
    return unicodedata.lookup(barred[1]) if barred else _ALONE.get(letter, letter)
