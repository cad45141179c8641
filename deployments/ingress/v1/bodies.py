"""What the /v1 routes are sent, as JSON."""

import base64
import binascii
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from deployments.ingress.json_bodies import check_values
from pipelines.errors import InvalidRequest
from pipelines.gallery.driver_records import (
    MAX_EXTERNAL_ID,
    MAX_NAME,
    MAX_NOTES,
    DetailChanges,
    DriverDetails,
)

LAST_ID: Final = 2**63 - 1

_FIRST_YEAR, _LAST_YEAR = 1900, 9990  # in every time zone, a database can keep them
_ERRORS_SHOWN = 5
_NAME_SHOWN = 80  # characters
_LINE_ENDS = "\n\r\t"


def one_line(text: str) -> str:
    """Refuses control characters."""
    return _without_controls(text, allowed="")


def _lines(text: str) -> str:
    return _without_controls(text, allowed=_LINE_ENDS)


def _without_controls(text: str, allowed: str) -> str:
    if any(unicodedata.category(one) in {"Cc", "Cs"} and one not in allowed for one in text):
        raise PydanticCustomError("control_characters", "control characters are not allowed")
    return text


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise PydanticCustomError("no_date", "must be a date and time such as 2027-01-31T08:00:00Z")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError(
            "no_date", "must be a date and time such as 2027-01-31T08:00:00Z"
        ) from None
    if moment.utcoffset() is None:
        raise PydanticCustomError(
            "no_zone", "needs a time zone, such as the Z of 2027-01-31T08:00:00Z"
        )
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise PydanticCustomError(
            "no_date", f"must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}"
        )
    return moment.astimezone(UTC)


def _picture(value: object) -> bytes:
    if not isinstance(value, str):
        raise PydanticCustomError("no_base64", "must be a picture in base64")
    text = value.partition(",")[2] if value.startswith("data:") else value
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("no_base64", "must be a picture in base64") from None


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME),
    AfterValidator(one_line),
    Field(description="For people; need not be unique.", examples=["Ann Example"]),
]
ExternalId = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_EXTERNAL_ID),
    AfterValidator(one_line),
    Field(
        description="The driver's id in another system; no two drivers share one.",
        examples=["fleet-0042"],
    ),
]
Notes = Annotated[
    str,
    StringConstraints(max_length=MAX_NOTES),
    AfterValidator(_lines),
    Field(description="Free text.", examples=["Night shift"]),
]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2027-01-31T08:00:00+07:00"]}
    ),
]
Base64Picture = Annotated[
    bytes,
    BeforeValidator(_picture),
    WithJsonSchema(
        {
            "type": "string",
            "contentEncoding": "base64",
            "description": "A PNG or JPEG in base64; a data: URL is taken too.",
        }
    ),
]


class Body(BaseModel):
    """A request body that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Details(Body):
    """What is said of a driver; in a change, fields that are not sent stay, null removes one."""

    name: Name | None = None
    external_id: ExternalId | None = None
    notes: Notes | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        begin, end = self.valid_from, self.valid_until
        if begin is not None and end is not None and end <= begin:
            raise PydanticCustomError("no_span", "valid_until must be later than valid_from")
        return self

    def details(self) -> DriverDetails:
        """All five, as they are stored."""
        return DriverDetails(
            self.name, self.external_id, self.notes, self.valid_from, self.valid_until
        )

    def changes(self) -> DetailChanges:
        """Those that were sent."""
        changes: DetailChanges = {}
        if "name" in self.model_fields_set:
            changes["name"] = self.name
        if "external_id" in self.model_fields_set:
            changes["external_id"] = self.external_id
        if "notes" in self.model_fields_set:
            changes["notes"] = self.notes
        if "valid_from" in self.model_fields_set:
            changes["valid_from"] = self.valid_from
        if "valid_until" in self.model_fields_set:
            changes["valid_until"] = self.valid_until
        return changes


class Photos(Body):
    """Photos of one driver."""

    images: list[Base64Picture] = Field(min_length=1, description="Photos of the driver.")


class NewDriver(Photos, Details):
    """A driver to enrol."""


class OnePicture(Body):
    """One picture."""

    image: Base64Picture


class Merge(Body):
    """Which driver to merge into the one of the path."""

    driver_id: int = Field(
        ge=1,
        le=LAST_ID,
        strict=True,
        description="The other driver: its faces move here, and it is erased.",
        examples=[8],
    )


B = TypeVar("B", bound=Body)


def parsed(model: type[B], body: bytes | Mapping[str, Any]) -> B:
    """Reads a body by its model.

    Raises:
        InvalidRequest: It does not fit; the message and ``details.fields`` say where.
    """
    try:
        if isinstance(body, bytes):
            check_values(body)
            return model.model_validate_json(body)
        return model.model_validate(body)
    except ValidationError as error:
        raise invalid(error.errors(include_url=False, include_context=False)) from error


def invalid(errors: Sequence[Any]) -> InvalidRequest:
    """Words what pydantic found wrong with a request."""
    fields = [{"field": _place(one["loc"]), "message": _said(one)} for one in errors]
    shown = "; ".join(
        f"{one['field']}: {one['message']}" if one["field"] else one["message"]
        for one in fields[:_ERRORS_SHOWN]
    )
    return InvalidRequest(shown, {"fields": fields[: 4 * _ERRORS_SHOWN]})


def _place(location: tuple[str | int, ...]) -> str:
    place = ""
    for part in location:
        place += f"[{part}]" if isinstance(part, int) else f".{part[:_NAME_SHOWN]}"
    return place.removeprefix(".")


def _said(error: Mapping[str, Any]) -> str:
    known = {
        "extra_forbidden": "there is no such field",
        "missing": "must be sent",
        "model_type": "send a JSON object",
        "json_invalid": "the body is not JSON",
    }
    message: str = known.get(error["type"], error["msg"])
    return message[:1].lower() + message[1:]
