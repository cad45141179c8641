"""Every metric that Gatehouse publishes: its name, its meaning and its labels.

Names and labels are promises: dashboards and alerts of others are built on them. What one replica
measures gets the labels ``deployment`` and ``replica`` where all are put together
(``deployments.exposition``), so that a sum over replicas is a sum over these.
"""

from collections.abc import Iterator
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from pipelines.errors import GatehouseError


def error_codes(kind: type[GatehouseError] = GatehouseError) -> Iterator[str]:
    """The codes of all errors that Gatehouse names."""
    yield kind.code
    for narrower in kind.__subclasses__():
        yield from error_codes(narrower)


# When a counter began is of no use to Prometheus, and a line for each.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library types all but this

INGRESS: Final = CollectorRegistry()
"""What a replica of the ingress measures."""

MODELS: Final = CollectorRegistry()
"""What a replica of any other deployment measures."""

for _registry in (INGRESS, MODELS):
    ProcessCollector("gatehouse", registry=_registry)

_SECONDS: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 100.0),
)
_SHARES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)
_COSINES: Final = (0.0, 0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1.0)
_ITEMS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

# Of the ingress: requests.
REQUESTS: Final = Counter(
    "gatehouse_requests",
    "Requests answered. A route is its pattern; a path that is none is 'other'.",
    ["route", "method", "status"],
    registry=INGRESS,
)
REQUEST_SECONDS: Final = Histogram(
    "gatehouse_request_seconds",
    "From the first byte of a request to the end of its answer.",
    ["route"],
    buckets=_SECONDS,
    registry=INGRESS,
)
REQUESTS_IN_FLIGHT: Final = Gauge(
    "gatehouse_requests_in_flight", "Requests that are not answered yet.", registry=INGRESS
)
ERRORS: Final = Counter(
    "gatehouse_errors",
    "Requests refused or failed, by the code of the error, whatever the route calls it.",
    ["code"],
    registry=INGRESS,
)

# Of the ingress: stages, as it waits for them.
STAGE_SECONDS: Final = Histogram(
    "gatehouse_stage_seconds",
    "Calls of a stage (detect, read, embed, search, match), with the way there and the wait.",
    ["stage"],
    buckets=_SECONDS,
    registry=INGRESS,
)
STAGE_CALLS: Final = Gauge(
    "gatehouse_stage_calls", "Calls of a stage that are not answered.", ["stage"], registry=INGRESS
)

# Of the ingress: what was seen.
PLATE_PICTURES: Final = Counter(
    "gatehouse_plate_pictures",
    "Pictures searched for plates, by outcome: read, unreadable or no_plate.",
    ["outcome"],
    registry=INGRESS,
)
PLATES: Final = Counter(
    "gatehouse_plates",
    "Plates found, by outcome: read or unreadable.",
    ["outcome"],
    registry=INGRESS,
)
PLATE_SCORE: Final = Histogram(
    "gatehouse_plate_score",
    "The detector's confidence in a plate, 0 to 1.",
    buckets=_SHARES,
    registry=INGRESS,
)
PLATE_CONFIDENCE: Final = Histogram(
    "gatehouse_plate_confidence",
    "The reader's confidence in a plate's whole text, 0 to 1.",
    buckets=_SHARES,
    registry=INGRESS,
)
FACE_PICTURES: Final = Counter(
    "gatehouse_face_pictures",
    "Pictures searched for drivers, by outcome: face or no_face.",
    ["outcome"],
    registry=INGRESS,
)
FACES: Final = Counter(
    "gatehouse_faces",
    "Faces compared, by outcome: known or unknown among all drivers; match or mismatch with one.",
    ["outcome"],
    registry=INGRESS,
)
FACE_SCORE: Final = Histogram(
    "gatehouse_face_score",
    "The detector's confidence in a face, 0 to 1.",
    buckets=_SHARES,
    registry=INGRESS,
)
FACE_SIMILARITY: Final = Histogram(
    "gatehouse_face_similarity",
    "Cosine of a face to the nearest driver, or to the one it is held against.",
    buckets=_COSINES,
    registry=INGRESS,
)
EVENTS: Final = Counter(
    "gatehouse_events",
    "Events of recognitions, by outcome: stored, or lost because the store did not take them.",
    ["outcome"],
    registry=INGRESS,
)
WEBHOOK_ATTEMPTS: Final = Counter(
    "gatehouse_webhook_attempts",
    "Attempts to tell a webhook of an event, by outcome: delivered, failed or given_up.",
    ["outcome"],
    registry=INGRESS,
)
EVENT_STREAMS: Final = Gauge(
    "gatehouse_event_streams", "Streams of events that somebody listens to.", registry=INGRESS
)
BUILD: Final = Gauge(
    "gatehouse_build_info",
    "1; its labels say what runs.",
    ["version", "python", "ray"],
    registry=INGRESS,
)

# Of the other deployments.
BATCH_ITEMS: Final = Histogram(
    "gatehouse_batch_items", "Calls that ran as one batch.", buckets=_ITEMS, registry=MODELS
)
BATCH_SECONDS: Final = Histogram(
    "gatehouse_batch_seconds", "One batch in the model.", buckets=_SECONDS, registry=MODELS
)
REPLICA_CALLS: Final = Gauge(
    "gatehouse_replica_calls", "Calls in a replica, waiting or at work.", registry=MODELS
)

# Of the index deployments.
GALLERY_OPEN: Final = Gauge(
    "gatehouse_gallery_open",
    "1 while the replica can read the store, else 0.",
    ["shard"],
    registry=MODELS,
)
GALLERY_DRIVERS: Final = Gauge(
    "gatehouse_gallery_drivers", "Drivers in the replica's index.", ["shard"], registry=MODELS
)
GALLERY_SEQUENCE: Final = Gauge(
    "gatehouse_gallery_sequence", "Last change the index includes.", ["shard"], registry=MODELS
)
GALLERY_LAG: Final = Gauge(
    "gatehouse_gallery_lag_changes",
    "Changes that the index had not applied when it was asked; searches apply them first.",
    ["shard"],
    registry=MODELS,
)
GALLERY_RECALL: Final = Gauge(
    "gatehouse_gallery_recall",
    "Share of the exact nearest drivers that the index finds, as measured; 1 while it is exact.",
    ["shard"],
    registry=MODELS,
)

# From nothing on, so that the first of a kind is a rise and not a beginning.
for _counter, _outcomes in (
    (PLATE_PICTURES, ("read", "unreadable", "no_plate")),
    (PLATES, ("read", "unreadable")),
    (FACE_PICTURES, ("face", "no_face")),
    (FACES, ("known", "unknown", "match", "mismatch")),
    (EVENTS, ("stored", "lost")),
    (WEBHOOK_ATTEMPTS, ("delivered", "failed", "given_up")),
    (ERRORS, sorted(error_codes())),
):
    for _outcome in _outcomes:
        _counter.labels(_outcome)

# Of whoever puts them together.
REPLICAS: Final = "gatehouse_replicas"
REPLICAS_MEANING: Final = "Replicas of a deployment that answered this scrape."
