"""Vehicles as the /v1 routes are sent them and answer them, as JSON."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from deployments.ingress.v1.bodies import LAST_ID, Body, Moment, Notes, of_field, one_line
from deployments.ingress.wire import Wire
from pipelines.errors import InvalidRequest
from pipelines.gallery.driver_records import MAX_EXTERNAL_ID
from pipelines.plate_text import written
from pipelines.vehicles.records import (
    MAX_DRIVERS,
    MAX_PLATE,
    VehicleChanges,
    VehicleDetails,
    VehicleList,
    VehicleRecord,
    normal_plate,
)


def _plate(text: str) -> str:
    try:
        plate = normal_plate(text)
    except InvalidRequest as error:
        raise PydanticCustomError("no_plate", "{said}", {"said": error.message}) from error
    if not 1 <= len(plate) <= MAX_PLATE:
        raise PydanticCustomError("no_plate", f"must have 1 to {MAX_PLATE} letters and digits")
    return plate


PlateText = Annotated[
    str,
    StringConstraints(max_length=100),
    AfterValidator(_plate),
    Field(
        description="As people write it; separators, case and accents count for nothing. Letters "
        "that do not look like A to Z, such as those of Chinese, Korean or Arabic plates, cannot "
        "be told apart yet and are refused.",
        examples=["30A-123.45"],
    ),
]
Country = Annotated[
    str,
    StringConstraints(to_upper=True, pattern=r"^[A-Za-z]{2}$"),
    Field(description="ISO 3166-1 alpha-2 code of the plate.", examples=["VN"]),
]
ListName = Annotated[
    VehicleList,
    Field(
        description="What a gate does with it: `watch` is let in like `allow`, with a word of it.",
        examples=["allow"],
    ),
]
DriverIds = Annotated[
    list[Annotated[int, Field(ge=1, le=LAST_ID, strict=True)]],
    Field(
        max_length=MAX_DRIVERS,
        description="Who may drive it; null for every enrolled driver, empty for nobody.",
        examples=[[7, 8]],
    ),
]
VehicleExternalId = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_EXTERNAL_ID),
    AfterValidator(one_line),
    Field(
        description="The vehicle's id in another system; no two vehicles share one.",
        examples=["van-12"],
    ),
]


class VehicleBody(Body):
    """What is said of a vehicle; in a change, fields that are not sent stay, null removes one."""

    plate: PlateText | None = None
    country: Country | None = None
    list: ListName = VehicleList.ALLOW
    driver_ids: DriverIds | None = None
    notes: Notes | None = None
    external_id: VehicleExternalId | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        begin, end = self.valid_from, self.valid_until
        if begin is not None and end is not None and end <= begin:
            raise of_field("valid_until", "must be later than valid_from")
        if "plate" in self.model_fields_set and self.plate is None:
            raise of_field("plate", "a vehicle cannot be without one")
        return self

    def changes(self) -> VehicleChanges:
        """The details that were sent."""
        changes: VehicleChanges = {}
        if self.plate is not None:
            changes["plate"] = self.plate
        if "country" in self.model_fields_set:
            changes["country"] = self.country
        if "list" in self.model_fields_set:
            changes["list"] = self.list
        if "driver_ids" in self.model_fields_set:
            changes["driver_ids"] = self._driver_ids()
        if "notes" in self.model_fields_set:
            changes["notes"] = self.notes
        if "external_id" in self.model_fields_set:
            changes["external_id"] = self.external_id
        if "valid_from" in self.model_fields_set:
            changes["valid_from"] = self.valid_from
        if "valid_until" in self.model_fields_set:
            changes["valid_until"] = self.valid_until
        return changes

    def _driver_ids(self) -> tuple[int, ...] | None:
        return None if self.driver_ids is None else tuple(sorted(set(self.driver_ids)))


class NewVehicle(VehicleBody):
    """A vehicle to be known."""

    plate: PlateText

    def details(self) -> VehicleDetails:
        """All that is said of it."""
        return VehicleDetails(
            plate=self.plate,
            country=self.country,
            list=self.list,
            driver_ids=self._driver_ids(),
            notes=self.notes,
            external_id=self.external_id,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


Ids = list[int]  # inside the class, ``list`` is a field

EXAMPLE: dict[str, Any] = {
    "plate": "30A-123.45",
    "country": "VN",
    "list": "allow",
    "driver_ids": [7],
    "valid_until": "2027-01-31T00:00:00Z",
}


class Vehicle(Wire):
    """A known vehicle."""

    id: int = Field(examples=[12])
    plate: str = Field(examples=["30A12345"], description="Letters and digits alone.")
    formatted: str = Field(examples=["30A-123.45"], description="As the country writes it.")
    country: str | None = Field(
        examples=["VN"], description="ISO 3166-1 alpha-2 code; null where nobody said."
    )
    list: VehicleList = Field(examples=["allow"], description="What a gate does with it.")
    driver_ids: Ids | None = Field(
        examples=[[7]],
        description="Who may drive it; null for every enrolled driver, empty for nobody.",
    )
    notes: str | None = Field(examples=["Night shift"])
    external_id: str | None = Field(examples=["van-12"])
    valid_from: AwareDatetime | None = Field(examples=["2026-01-01T00:00:00Z"])
    valid_until: AwareDatetime | None = Field(
        examples=[None], description="Exclusive; null: for ever."
    )
    valid: bool = Field(
        examples=[True], description="Whether the vehicle counts now, by the two dates."
    )
    version: int = Field(
        examples=[1],
        description="Rises with every change; in quotes it is good for `If-Match`.",
    )
    created_at: AwareDatetime = Field(examples=["2026-11-22T04:30:00Z"])
    updated_at: AwareDatetime = Field(examples=["2026-11-22T04:30:00Z"])

    @classmethod
    def of(cls, record: VehicleRecord) -> Self:
        """A stored vehicle, as of now."""
        details = record.details
        named = details.driver_ids
        return cls(
            id=record.vehicle_id,
            plate=details.plate,
            formatted=written(details.plate, details.country),
            country=details.country,
            list=details.list,
            driver_ids=None if named is None else [*named],
            notes=details.notes,
            external_id=details.external_id,
            valid_from=details.valid_from,
            valid_until=details.valid_until,
            valid=details.valid_at(datetime.now(UTC)),
            version=record.version,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )


class Vehicles(Wire):
    """A page of vehicles in the order of their ids."""

    vehicles: list[Vehicle]
    next_cursor: str | None = Field(
        examples=["Ny5lM2IwYzQ0Mg"], description="For the next page; null on the last one."
    )
