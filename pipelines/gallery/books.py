"""The books of one store, by the names under which other processes call them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipelines.events.journal import EventJournal
from pipelines.vehicles.directory import VehicleDirectory
from pipelines.webhooks.directory import WebhookDirectory

if TYPE_CHECKING:
    from pipelines.gallery.store import GalleryStore


def books_of(store: "GalleryStore") -> Mapping[str, object]:
    """Every book of a store; each has its own methods, thread-safe ones.

    A book reads and writes by ``pipelines.gallery.transactions.Transactions``.
    """
    return {
        "drivers": store.directory,
        "events": EventJournal(store),
        "vehicles": VehicleDirectory(store),
        "webhooks": WebhookDirectory(store),
    }
