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
    Photos,
    invalid,
    parsed,
)
from deployments.ingress.v1.picture_bodies import (
    GatePictures,
    OnePicture,
    PictureBatch,
    ShotPicture,
)
from deployments.ingress.wording import too_many_files, too_many_images
from deployments.stage_times import measured_as
from pipelines.drivers.face_encoding import NamedPicture, both_of
from pipelines.errors import InvalidRequest, UnsupportedPicture
from pipelines.imaging import sniff
from pipelines.picture_urls import Fetch

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


async def one_picture(request: Request, fetch: Fetch) -> bytes:
    """One picture: the file ``image`` of a form, the body itself, or JSON.

    JSON has ``image`` in base64, or ``image_url``.

    Raises:
        InvalidRequest: There is none, or more than one, or the URL is refused.
        PictureNotFound, TooLarge, UpstreamFailure: From fetching a URL.
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
            return checked(await _sent_as(uploads[0], "image"))
    if kind in _JSON:
        return await picture_of(await json_of(request, OnePicture), "image", fetch)
    if kind in _RAW or kind.startswith("image/"):
        return checked(NamedPicture("image", await request.body()))
    raise HTTPException(
        _UNSUPPORTED_MEDIA_TYPE,
        "send the picture as multipart/form-data (field image), as the body itself "
        "(image/jpeg or image/png), or in base64 as application/json",
    )


async def picture_of(sent: OnePicture, name: str, fetch: Fetch) -> bytes:
    """The picture that JSON holds or names; raises as ``one_picture`` does."""
    if sent.image_url is None:
        return checked(NamedPicture(name, sent.image or b""))
    with measured_as("fetch"):
        fetched = await fetch(sent.image_url)
    return checked(NamedPicture("image_url", fetched))


async def gate_pictures(request: Request, fetch: Fetch) -> tuple[bytes, bytes]:
    """The picture of a vehicle and that of its driver, which may be the same.

    A form has the file ``image``, or ``vehicle`` and ``driver``; JSON the same, each in base64 or
    as a URL; any other body is the one picture. Raises as ``one_picture`` does.
    """
    kind = _media_type(request)
    if kind == _FORM:
        async with read_form(request, MAX_FIELDS, too_many_files("image", MAX_FIELDS)) as form:
            _refuse_unknown(form, ["image", "vehicle", "driver"])
            sent = {name: files_of(form, name) for name in ("image", "vehicle", "driver")}
            counts = {name: len(uploads) for name, uploads in sent.items() if uploads}
            if counts == {"image": 1}:
                picture = checked(await _sent_as(sent["image"][0], "image"))
                return picture, picture
            if counts == {"vehicle": 1, "driver": 1}:
                vehicle = checked(await _sent_as(sent["vehicle"][0], "vehicle"))
                return vehicle, checked(await _sent_as(sent["driver"][0], "driver"))
        raise InvalidRequest("send one file image, or one file vehicle and one file driver")
    if kind in _JSON:
        vehicle_sent, driver_sent = (await json_of(request, GatePictures)).each()
        if vehicle_sent is driver_sent:
            picture = await picture_of(vehicle_sent, "image", fetch)
            return picture, picture
        return await both_of(
            picture_of(vehicle_sent, "vehicle", fetch), picture_of(driver_sent, "driver", fetch)
        )
    picture = await one_picture(request, fetch)
    return picture, picture


async def picture_batch(
    request: Request, max_images: int
) -> list[tuple[str, ShotPicture | NamedPicture]]:
    """Several pictures with their names: the files ``images`` of a form, or ``pictures`` of JSON.

    They are not looked at: each has an outcome of its own.

    Raises:
        InvalidRequest: There are none or too many, or the body cannot be read.
        HTTPException: 415, the body is neither a form nor JSON.
    """
    if _media_type(request) == _FORM:
        files, _ = await _photo_form(request, max_images, frozenset())
        return [(file.name, file) for file in files]
    sent = (await json_of(request, PictureBatch)).pictures
    if len(sent) > max_images:
        raise InvalidRequest(too_many_images(max_images))
    return [(f"pictures[{place}]", one) for place, one in enumerate(sent)]


async def json_of(request: Request, model: type[B]) -> B:
    """A JSON body by its model.

    Raises:
        InvalidRequest: It does not fit.
        HTTPException: 415, the body is not JSON.
    """
    if _media_type(request) not in _JSON:
        form = f"{_FORM} or " if issubclass(model, Photos | PictureBatch) else ""
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


def checked(picture: NamedPicture) -> bytes:
    """The bytes of a picture, where they are one by their looks.

    Raises:
        InvalidRequest: There are none.
        UnsupportedPicture: They are neither PNG nor JPEG.
    """
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
