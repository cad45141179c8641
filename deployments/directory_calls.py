"""Which methods of the driver directory may be called over a handle, and how."""

from typing import Final

READS: Final = frozenset(
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
)
"""Run in the thread of the lookups, and are sent again when a replica died under them."""

REPEATABLE_WRITES: Final = frozenset({"bring_in", "removals_done", "add_embeddings", "drop_model"})
"""Writes that do the same when they are sent again."""

WRITES: Final = (
    frozenset({"update", "erase", "erase_expired", "remove_face", "merge"}) | REPEATABLE_WRITES
)
"""Run in the thread of the writes."""
