"""Which methods of the store's books may be called over a handle, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BookCalls:
    """The methods of one book of the store (``pipelines.gallery.books``).

    Attributes:
        reads: Run in the thread of the lookups, those of events in one of their own, and are sent
            again when a replica died under them.
        long_reads: Take seconds. Run in a thread of their own, and are sent once.
        writes: Run in the thread of the writes, and are sent once.
        repeatable_writes: The same, but sent again: they do the same a second time.
    """

    reads: frozenset[str]
    writes: frozenset[str]
    repeatable_writes: frozenset[str] = frozenset()
    long_reads: frozenset[str] = frozenset()

    @property
    def methods(self) -> frozenset[str]:
        """All of them."""
        return self.reads | self.long_reads | self.writes | self.repeatable_writes

    def repeatable(self, method: str) -> bool:
        """Whether a call may be sent again when its answer was lost."""
        return method in self.reads or method in self.repeatable_writes


BOOKS: Final[Mapping[str, BookCalls]] = {
    "drivers": BookCalls(
        reads=frozenset(
            {
                "get",
                "page",
                "faces",
                "template",
                "likeness",
                "export",
                "was_used",
                "vector_lengths",
                "expired",
                "pending_removals",
                "counts",
                "unembedded",
            }
        ),
        writes=frozenset({"update", "erase", "erase_expired", "remove_face", "merge"}),
        repeatable_writes=frozenset({"bring_in", "removals_done", "add_embeddings", "drop_model"}),
    ),
    "events": BookCalls(
        reads=frozenset({"get", "page", "since", "last_id", "by_hour"}),
        long_reads=frozenset({"figures"}),
        writes=frozenset(),
        repeatable_writes=frozenset({"append", "remove_before"}),
    ),
    "vehicles": BookCalls(
        reads=frozenset({"get", "page", "count", "match", "foresee"}),
        writes=frozenset({"update", "erase"}),
        repeatable_writes=frozenset({"create", "bring_in"}),
    ),
    "webhooks": BookCalls(
        reads=frozenset({"everyone", "any_due", "dead"}),
        writes=frozenset({"add", "remove", "claim", "revive"}),
        repeatable_writes=frozenset({"done", "failed"}),
    ),
}
"""By the name of the book."""
