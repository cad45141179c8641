"""/v1/gate:check: may this vehicle go in with this driver?"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from configs.settings import Settings
from deployments.ingress.access.trail import concerns
from deployments.ingress.services import Services
from deployments.ingress.v1 import documents, gate_documents, reading
from deployments.ingress.v1.answered import told
from deployments.ingress.v1.event_recording import sighting
from deployments.ingress.v1.gate_wire import GateAnswer, KnownVehicle, Match, Reason
from deployments.ingress.v1.parameters import KNOWN_ONLY
from deployments.ingress.v1.picture_bodies import Shot
from deployments.ingress.v1.plate_routes import Region
from deployments.ingress.v1.plate_wire import ReadPlate
from deployments.ingress.v1.recognition_wire import IdentifiedFace
from deployments.stage_times import StageTimes, measured_as, measured_stages
from pipelines.events.sightings import Sightings
from pipelines.gate import GateCheck
from pipelines.imaging import encode_jpeg
from pipelines.types import Picture


class GateQuery(Shot):
    """How the plate is read, and where and when the pictures were taken."""

    region: Region | None = None
    return_crops: bool = Field(False, description="Answer plate and face, as JPEG.")


def gate_routes(services: Services, settings: Settings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/v1", tags=["gate"], dependencies=[KNOWN_ONLY])
    top_k = settings.gallery.top_k
    sightings = Sightings(services.events, services.crops)

    @router.post(
        "/gate:check",
        responses=documents.errors(*documents.WITH_PICTURE),
        openapi_extra=gate_documents.gate_body(),
    )
    async def check_gate(request: Request, asked: Annotated[GateQuery, Query()]) -> GateAnswer:
        """Decides about a vehicle and its driver, by one picture of both or one of each.

        The plate is matched to the known vehicles, reading errors and all, and the largest face to
        the enrolled drivers, both at once. A vehicle is matched only where a stranger is not about
        as likely to bear what was read. What is not known, not readable or not clear is a reason
        and no error. What was seen and decided is stored as an event before it is answered.
        """
        async with services.urls.held(2) as fetch:
            with measured_stages() as times:
                vehicle, driver = await reading.gate_pictures(request, fetch)
                check = await services.gate.check(vehicle, driver, asked.region)
                concerns(*(one.driver.driver_id for one in check.faces[:1] if one.driver))
                crops: tuple[bytes | None, bytes | None] = (None, None)
                if asked.return_crops:
                    crops = await asyncio.to_thread(_crops, check)
                with measured_as("record"):
                    event_id = await sightings.of_gate(sighting(asked), check)
                return _answer(check, asked, crops, event_id, times)

    def _answer(
        check: GateCheck,
        shot: Shot,
        crops: tuple[bytes | None, bytes | None],
        event_id: int | None,
        times: StageTimes,
    ) -> GateAnswer:
        plate = check.plates[0] if check.plates else None
        face = check.faces[0] if check.faces else None
        return GateAnswer(
            decision=check.decision,
            reasons=list(map(Reason.of, check.reasons)),
            vehicle=KnownVehicle.of(check.vehicle) if check.vehicle else None,
            match=Match.of(check.match, plate.text.raw) if check.match and plate else None,
            plate=ReadPlate.of(plate, crops[0]) if plate else None,
            plates=len(check.plates),
            face=IdentifiedFace.of(face, top_k, crops[1]) if face else None,
            faces=len(check.faces),
            event_id=event_id,
            **told(shot, times.milliseconds()),
        )

    return router


def _crops(check: GateCheck) -> tuple[bytes | None, bytes | None]:
    plate = check.plates[0].detection.crop if check.plates else None
    face = check.faces[0].face.crop if check.faces else None
    return _jpeg(plate), _jpeg(face)


def _jpeg(crop: Picture | None) -> bytes | None:
    return None if crop is None else encode_jpeg(crop)
