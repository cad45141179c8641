"""Tables as text and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Table:
    """A table; rows are as long as ``header``. A row equal in its first cell to the one above
    leaves that cell empty when shown."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def as_text(self) -> str:
        """Columns aligned with spaces, the first two to the left."""
        lines = [self.header, *_thinned(self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.header))]
        return "\n".join(
            [self.title, *(_aligned(line, widths) for line in lines), *self.notes]
        ).rstrip()

    def as_markdown(self) -> str:
        """A Markdown section."""
        rule = ["---" if column < 2 else "---:" for column in range(len(self.header))]
        lines = [self.header, tuple(rule), *_thinned(self.rows)]
        notes = [f"\n{note}" for note in self.notes]
        return "\n".join(
            [f"## {self.title}\n", *(f"| {' | '.join(line)} |" for line in lines), *notes]
        )


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if column < 2 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    return _GAP.join(cells).rstrip()


def _thinned(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    firsts = ["", *(row[0] for row in rows)]
    return [
        ("" if row[0] == above else row[0], *row[1:])
        for row, above in zip(rows, firsts, strict=False)
    ]
