"""The compositions behind the routes, with what they see counted."""

from collections.abc import Sequence

import httpx

from deployments.metrics import (
    EVENTS,
    FACE_PICTURES,
    FACE_SCORE,
    FACE_SIMILARITY,
    FACES,
    PLATE_CONFIDENCE,
    PLATE_PICTURES,
    PLATE_SCORE,
    PLATES,
    WEBHOOK_ATTEMPTS,
)
from pipelines.drivers.largest_face import Drivers, Identification
from pipelines.drivers.recognition import DriverRecognition, Recognised, Verified
from pipelines.errors import GatehouseError, NoFaceFound
from pipelines.events.recording import EventRecorder, Refused, nothing
from pipelines.events.records import Event, NewEvent
from pipelines.plates import PlatePipeline
from pipelines.types import Plate
from pipelines.webhooks.delivering import Outcome, WebhookDelivery
from pipelines.webhooks.records import Delivery


class CountedPlates(PlatePipeline):
    """Counts pictures and plates by what became of them."""

    async def read_picture(self, picture: bytes, region: str | None = None) -> tuple[Plate, ...]:
        """Return all plates, best first; see ``PlatePipeline.read_picture``."""
        plates = await super().read_picture(picture, region)
        for plate in plates:
            PLATES.labels("read" if plate.text.text else "unreadable").inc()
            PLATE_SCORE.observe(plate.detection.score)
            PLATE_CONFIDENCE.observe(plate.reading.confidence)
        outcome = "no_plate"
        if plates:
            outcome = "read" if plates[0].text.text else "unreadable"
        PLATE_PICTURES.labels(outcome).inc()
        return plates


class CountedDrivers(Drivers):
    """Counts the faces that the routes of the face and plate API ask about."""

    async def identify(self, picture: bytes) -> Identification:
        """Say whose the largest face is; see ``Drivers.identify``."""
        try:
            found = await super().identify(picture)
        except NoFaceFound:
            FACE_PICTURES.labels("no_face").inc()
            raise
        FACE_PICTURES.labels("face").inc()
        _count_identified(found.driver_id is not None, found.face.score, found.similarity)
        return found


class CountedRecognition(DriverRecognition):
    """Counts the faces that the /v1 routes ask about."""

    async def identify(self, picture: bytes, most: int | None = None) -> Sequence[Recognised]:
        """Say who the faces of a picture are; see ``DriverRecognition.identify``."""
        faces = await super().identify(picture, most)
        FACE_PICTURES.labels("face" if faces else "no_face").inc()
        for one in faces:
            _count_identified(one.driver is not None, one.face.score, one.decision.similarity)
        return faces

    async def verify(self, driver_id: int, picture: bytes) -> Verified:
        """Hold the largest face of a picture against one driver; see ``DriverRecognition``."""
        try:
            verified = await super().verify(driver_id, picture)
        except NoFaceFound:
            FACE_PICTURES.labels("no_face").inc()
            raise
        FACE_PICTURES.labels("face").inc()
        FACES.labels("match" if verified.match else "mismatch").inc()
        FACE_SCORE.observe(verified.face.score)
        FACE_SIMILARITY.observe(verified.similarity)
        return verified


class CountedEvents(EventRecorder):
    """Counts the events that were stored, and those that were lost."""

    async def record(self, *new: NewEvent, refused: Refused = nothing) -> tuple[Event, ...] | None:
        """Store the events of one request; see ``EventRecorder.record``."""
        try:
            stored = await super().record(*new, refused=refused)
        except GatehouseError:
            EVENTS.labels("lost").inc(len(new))
            raise
        EVENTS.labels("lost" if stored is None else "stored").inc(len(new))
        return stored


class CountedDelivery(WebhookDelivery):
    """Counts attempts to tell webhooks of events, by what became of them."""

    async def deliver(self, client: httpx.AsyncClient, claimed: Delivery) -> Outcome:
        """Make one attempt; see ``WebhookDelivery.deliver``."""
        outcome = await super().deliver(client, claimed)
        WEBHOOK_ATTEMPTS.labels(outcome.value).inc()
        return outcome


def _count_identified(known: bool, score: float, similarity: float | None) -> None:
    FACES.labels("known" if known else "unknown").inc()
    FACE_SCORE.observe(score)
    if similarity is not None:
        FACE_SIMILARITY.observe(similarity)
