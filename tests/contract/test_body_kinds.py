"""Bodies of /v1 that are of another kind, or too large."""

import pytest

from tests.contract.application import Client
from tests.contract.driver_calls import DRIVERS, IDENTIFY, error_of

PICTURES = [IDENTIFY, f"{DRIVERS}/1/verify"]
PHOTOS = [DRIVERS, f"{DRIVERS}/1/faces"]


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("POST", DRIVERS, "send multipart/form-data or application/json"),
        ("POST", f"{DRIVERS}/1/faces", "send multipart/form-data or application/json"),
        ("PATCH", f"{DRIVERS}/1", "send application/json"),
        ("POST", f"{DRIVERS}/1/merge", "send application/json"),
        (
            "POST",
            IDENTIFY,
            "send the picture as multipart/form-data (field image), as the body "
            "itself (image/jpeg or image/png), or in base64 as application/json",
        ),
        ("POST", "/v1/gallery/import", "send the file itself as the body, as application/gzip"),
    ],
)
def test_other_kinds_of_bodies_are_415(
    quiet_client: Client, method: str, path: str, message: str
) -> None:
    headers = {"content-type": "text/xml"}
    answer = quiet_client.request(method, path, content=b"<a/>", headers=headers)
    assert error_of(answer) == (415, "unsupported_media_type", message)


@pytest.mark.parametrize("path", [*PHOTOS, *PICTURES, f"{DRIVERS}/1/merge"])
def test_a_body_over_the_limit_is_413(quiet_client: Client, path: str) -> None:
    headers = {"content-type": "application/json"}
    answer = quiet_client.post(path, content=b"x" * (16 * 1024 * 1024 + 1), headers=headers)
    said = "the request body is larger than 16777216 bytes, send a smaller picture"
    assert error_of(answer) == (413, "too_large", said)
