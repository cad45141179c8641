"""Reads pictures and details from the body of a /v1 request, in whichever form they come."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from deployments.ingress.forms import MAX_FIELDS, files_of, read_form
from deployments.ingress.v1.bodies import (
    B,
    Details,
    NewDriver,
    OnePicture,
    Photos,
    invalid,
    parsed,
)
from deployments.ingress.wording import too_many_files, too_many_images
from pipelines.drivers.face_encoding import NamedPicture
from pipelines.errors import InvalidRequest, UnsupportedPicture
from pipelines.imaging import sniff

_FORM: Final = "multipart/form-data"
_JSON: Final = frozenset({"application/json", "application/merge-patch+json"})
# The last is what curl says of --data-binary.
_RAW: Final = frozenset({"", "application/octet-stream", "application/x-www-form-urlencoded"})

_UNSUPPORTED_MEDIA_TYPE: Final = 415


async def new_driver(request: Request, max_images: int) -> tuple[list[NamedPicture], Details]:
    """The photos and the details of a driver to enrol.

    Raises:
        InvalidRequest: A field is missing, unknown or malformed, or there are too many photos.
        HTTPException: 415, the body is neither a form nor JSON.
    """
    if _media_type(request) == _FORM:
        return await _photo_form(request, max_images, frozenset(Details.model_fields))
    sent = await json_of(request, NewDriver)
    told = {field: getattr(sent, field) for field in sent.model_fields_set - {"images"}}
    return _named(sent.images, max_images), Details.model_construct(set(told), **told)


async def photos(request: Request, max_images: int) -> list[NamedPicture]:
    """The photos to add to a driver; raises as ``new_driver`` does."""
    if _media_type(request) == _FORM:
        pictures, _ = await _photo_form(request, max_images, frozenset())
        return pictures
    return _named((await json_of(request, Photos)).images, max_images)


async def one_picture(request: Request) -> bytes:
    """One picture: the file ``image`` of a form, ``image`` of JSON in base64, or the body itself.

    Raises:
        InvalidRequest: There is none, or more than one.
        UnsupportedPicture: It is neither PNG nor JPEG.
        HTTPException: 415, the body can be none of these.
    """
    kind = _media_type(request)
    if kind == _FORM:
        async with read_form(request, MAX_FIELDS, too_many_files("image", MAX_FIELDS)) as form:
            _refuse_unknown(form, ["image"])
            uploads = files_of(form, "image")
            if len(uploads) != 1:
                raise InvalidRequest("image: send one file in this field")
            return _checked(await _sent_as(uploads[0], "image"))
    if kind in _JSON:
        picture = (await json_of(request, OnePicture)).image
    elif kind in _RAW or kind.startswith("image/"):
        picture = await request.body()
    else:
        raise HTTPException(
            _UNSUPPORTED_MEDIA_TYPE,
            "send the picture as multipart/form-data (field image), as the body itself "
            "(image/jpeg or image/png), or in base64 as application/json",
        )
    return _checked(NamedPicture("image", picture))


async def json_of(request: Request, model: type[B]) -> B:
    """A JSON body by its model.

    Raises:
        InvalidRequest: It does not fit.
        HTTPException: 415, the body is not JSON.
    """
    if _media_type(request) not in _JSON:
        form = f"{_FORM} or " if issubclass(model, Photos) else ""
        raise HTTPException(_UNSUPPORTED_MEDIA_TYPE, f"send {form}application/json")
    return parsed(model, await request.body())


async def _photo_form(
    request: Request, max_images: int, fields: frozenset[str]
) -> tuple[list[NamedPicture], Details]:
    async with read_form(request, max_images + MAX_FIELDS, too_many_images(max_images)) as form:
        _refuse_unknown(form, ["images", *sorted(fields)])
        uploads = files_of(form, "images")
        if not uploads:
            raise InvalidRequest("images: send the photos as files in this field")
        if len(uploads) > max_images:
            raise InvalidRequest(too_many_images(max_images))
        told = _texts(form, fields)
        pictures = [await _sent_as(upload, "images") for upload in uploads]
    return pictures, parsed(Details, told)


def _texts(form: FormData, fields: frozenset[str]) -> dict[str, Any]:
    """The text fields that are filled in."""
    told = {}
    for field in sorted(fields):
        values = form.getlist(field)
        if any(isinstance(value, UploadFile) for value in values):
            raise InvalidRequest(f"{field}: send text, not a file")
        if len(values) > 1:
            raise InvalidRequest(f"{field}: send this field once")
        if values and values[0] != "":
            told[field] = values[0]
    return told


def _refuse_unknown(form: FormData, known: Sequence[str]) -> None:
    unknown = sorted(form.keys() - set(known))
    if unknown:
        raise invalid(
            [{"type": "extra_forbidden", "loc": (name,), "msg": ""} for name in unknown], known
        )


def _named(images: list[bytes], max_images: int) -> list[NamedPicture]:
    if len(images) > max_images:
        raise InvalidRequest(too_many_images(max_images))
    return [NamedPicture(f"images[{place}]", data) for place, data in enumerate(images)]


async def _sent_as(upload: UploadFile, field: str) -> NamedPicture:
    return NamedPicture(upload.filename or field, await upload.read())


def _checked(picture: NamedPicture) -> bytes:
    """The one picture of a request; several are judged one by one."""
    if not picture.data:
        raise InvalidRequest(f"{picture.name}: the picture is empty, send a PNG or JPEG")
    if sniff(picture.data) is None:
        raise UnsupportedPicture(
            f"{picture.name}: the content is neither PNG nor JPEG, send one of these",
            {"name": picture.name},
        )
    return picture.data


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
