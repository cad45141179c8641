"""Multipart forms: what the driver routes read from them."""

import codecs
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from deployments.ingress.wording import (
    IMAGE_EMPTY,
    IMAGES_EMPTY,
    USER_ID_NOT_INTEGER,
    USER_ID_TWICE,
    bad_form,
    invalid_file,
    too_many_files,
    too_many_images,
)
from pipelines.drivers.face_encoding import NamedPicture
from pipelines.errors import InvalidRequest, UnsupportedPicture
from pipelines.imaging import sniff

MAX_FIELDS = 16
# Of a megabyte in some others, Python takes minutes to read the text.
_CHARSETS = frozenset({"utf-8", "ascii", "iso8859-1"})
_LONGEST_USER_ID = 18  # digits; a longer number is an integer that no driver has


async def the_image(request: Request) -> bytes:
    """The file in the field ``image``, the first where there are several.

    Raises:
        InvalidRequest: There is none, or the form cannot be parsed.
        UnsupportedPicture: It is neither PNG nor JPEG.
    """
    async with read_form(request, MAX_FIELDS, too_many_files("image", MAX_FIELDS)) as form:
        for upload in files_of(form, "image"):
            return (await picture_of(upload, "image")).data
    raise InvalidRequest(IMAGE_EMPTY)


async def registration(request: Request, max_images: int) -> tuple[list[NamedPicture], int | None]:
    """The files in the field ``images`` and the integer ``user_id``, None where absent.

    Raises:
        InvalidRequest: There are no files or too many, ``user_id`` is no integer, or the form
            cannot be parsed.
        UnsupportedPicture: A file is neither PNG nor JPEG.
    """
    async with read_form(request, max_images + MAX_FIELDS, too_many_images(max_images)) as form:
        files = files_of(form, "images")
        if not files:
            raise InvalidRequest(IMAGES_EMPTY)
        if len(files) > max_images:
            raise InvalidRequest(too_many_images(max_images))
        pictures = [await picture_of(upload, "images") for upload in files]
        return pictures, _user_id(form)


@asynccontextmanager
async def read_form(request: Request, max_files: int, too_many: str) -> AsyncIterator[FormData]:
    """A parsed form, closed at the end.

    Raises:
        InvalidRequest: It cannot be parsed, is not in UTF-8, or has too many files or fields.
    """
    if _charset(request) not in _CHARSETS:
        raise InvalidRequest(bad_form("its charset is not UTF-8"))
    try:
        form = await request.form(max_files=max_files, max_fields=MAX_FIELDS)
    except HTTPException as error:
        detail = str(error.detail)
        message = too_many if detail.startswith("Too many files") else bad_form(detail)
        raise InvalidRequest(message) from error
    try:
        yield form
    finally:
        await form.close()


def _charset(request: Request) -> str:
    """Python's name of the charset that a form claims, UTF-8 by default; empty for no charset."""
    _, options = parse_options_header(request.headers.get("content-type"))
    try:
        return codecs.lookup(options.get(b"charset", b"utf-8").decode("latin-1")).name
    except (LookupError, ValueError):
        return ""


def files_of(form: FormData, field: str) -> list[UploadFile]:
    """The uploads of a field; a browser sends one without name and bytes for an empty input."""
    return [
        upload
        for upload in form.getlist(field)
        if isinstance(upload, UploadFile) and (upload.filename or upload.size)
    ]


async def picture_of(upload: UploadFile, field: str) -> NamedPicture:
    """The content of an upload under its name, or the field's.

    Raises:
        UnsupportedPicture: It is neither PNG nor JPEG.
    """
    name, data = upload.filename or field, await upload.read()
    if sniff(data) is None:
        raise UnsupportedPicture(invalid_file(name))
    return NamedPicture(name, data)


def _user_id(form: FormData) -> int | None:
    values = {
        value.strip() if isinstance(value, str) else "a file" for value in form.getlist("user_id")
    } - {""}
    if not values:
        return None
    if len(values) > 1:
        raise InvalidRequest(USER_ID_TWICE)
    text = values.pop()
    digits = text[1:] if text.startswith(("-", "+")) else text
    if not (digits.isascii() and digits.isdecimal()):
        raise InvalidRequest(USER_ID_NOT_INTEGER)
    digits = digits.lstrip("0")[: _LONGEST_USER_ID + 1] or "0"
    if text.startswith("-") or len(digits) > _LONGEST_USER_ID:
        return -1
    return int(digits)
