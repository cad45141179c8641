"""What the /v1 routes are sent, as JSON."""

import base64
import binascii
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, LiteralString, Self, TypeVar

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
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Controls of the writing direction, which can show a name as another one."""


def of_field(field: str, said: LiteralString) -> PydanticCustomError:
    """What is wrong with a field by what others say; a validator of the whole body names none."""
    return PydanticCustomError("contradiction", said, {"field": field})


def one_line(text: str) -> str:
    """Refuses control characters, also those that turn the writing direction."""
    return _without_controls(text, allowed="")


def _lines(text: str) -> str:
    return _without_controls(text, allowed=_LINE_ENDS)


def _without_controls(text: str, allowed: str) -> str:
    if any(
        one in _TURNING or (unicodedata.category(one) in {"Cc", "Cs"} and one not in allowed)
        for one in text
    ):
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
        lacks = "a time of day and a time zone" if _is_date(value) else "a time zone"
        raise PydanticCustomError(
            "no_zone", f"needs {lacks}, such as the Z of 2027-01-31T08:00:00Z"
        )
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise PydanticCustomError(
            "no_date", f"must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}"
        )
    return moment.astimezone(UTC)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


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
            raise of_field("valid_until", "must be later than valid_from")
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
            read = model.model_validate_json(body)
            _refuse_repeated(body)
            return read
        return model.model_validate(body)
    except ValidationError as error:
        raise invalid(error.errors(include_url=False), model.model_fields) from error


def invalid(errors: Sequence[Any], known: Iterable[str] = ()) -> InvalidRequest:
    """Words what pydantic found wrong with a request.

    Args:
        errors: As pydantic lists them.
        known: The fields that there are, to be named where one is not among them.
    """
    fields = [{"field": _place(_location(one)), "message": _said(one, known)} for one in errors]
    shown = "; ".join(
        f"{one['field']}: {one['message']}" if one["field"] else one["message"]
        for one in fields[:_ERRORS_SHOWN]
    )
    return InvalidRequest(shown, {"fields": fields[: 4 * _ERRORS_SHOWN]})


def _location(error: Mapping[str, Any]) -> tuple[str | int, ...]:
    location: tuple[str | int, ...] = error["loc"]
    field = error.get("ctx", {}).get("field")
    return location if field is None else (*location, field)


def _place(location: tuple[str | int, ...]) -> str:
    place = ""
    for part in location:
        place += f"[{part}]" if isinstance(part, int) else f".{part[:_NAME_SHOWN]}"
    return place.removeprefix(".")


def _refuse_repeated(body: bytes) -> None:
    """Refuses a sound body that has a field twice, of which its model saw the last alone."""

    def once(pairs: list[tuple[str, Any]]) -> None:
        repeated = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
        if repeated:
            said = "send this field once"
            raise invalid([{"type": "repeated", "loc": (name,), "msg": said} for name in repeated])

    json.loads(body, object_pairs_hook=once, parse_int=str, parse_float=str)


def _said(error: Mapping[str, Any], known: Iterable[str]) -> str:
    message: str = error["msg"]
    match error["type"]:
        case "extra_forbidden":
            message = f"there is no such field, this route takes {', '.join(known)}"
        case "missing":
            message = "must be sent"
        case "model_type":
            message = "send a JSON object"
        case "json_invalid":
            message = "the body is not JSON"
        case "too_short":
            message = f"send at least {error['ctx']['min_length']}"
    return message[:1].lower() + message[1:]
