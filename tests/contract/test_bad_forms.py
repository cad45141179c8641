"""Forms and texts that are odd or broken: always a sentence, never a 500."""

import pytest

from tests.contract.application import (
    RECOGNIZE,
    RECOGNIZE_PLATE,
    REGISTER,
    Client,
    face_jpeg,
    image,
    images,
    photos_of,
    plate_jpeg,
)

ADVICE = ", send multipart/form-data with one part per file"


def form(*parts: bytes) -> bytes:
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("multipart/form-data", b"x", "Missing boundary in multipart"),
        ("multipart/form-data; boundary=x", b"no form", "Invalid multipart data"),
        (
            "multipart/form-data; boundary=x",
            form(b"Content-Disposition: form-data\r\n\r\n1"),
            'The Content-Disposition header field "name" must be provided',
        ),
        (
            "multipart/form-data; boundary=x",
            form(b'Content-Disposition: form-data; name="image"\r\n\r\n' + b"x" * 1100000),
            "Part exceeded maximum size of 1024KB",
        ),
        *(
            (
                f"multipart/form-data; boundary=x; charset={charset}",
                form(b'Content-Disposition: form-data; name="user_id"\r\n\r\n' + b"a" * 900_000),
                "its charset is not UTF-8",
            )
            # Python would read nine hundred thousand letters of the first for a minute and a half.
            for charset in (
                "punycode",
                "idna",
                "unicode_escape",
                "utf-7",
                "zlib",
                "undefined",
                "no",
            )
        ),
    ],
)
@pytest.mark.parametrize("route", [RECOGNIZE_PLATE, REGISTER, RECOGNIZE])
def test_a_broken_form_is_answered_by_a_sentence(
    quiet_client: Client, route: str, content_type: str, body: bytes, reason: str
) -> None:
    answer = quiet_client.post(route, content=body, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": f"the form cannot be read ({reason}){ADVICE}"},
    )


def test_far_too_many_files_are_counted(quiet_client: Client) -> None:
    answer = quiet_client.post(REGISTER, files=images(*[b"x"] * 60))
    assert (answer.status_code, answer.json()) == (400, {"error": "send at most 32 images at once"})
    answer = quiet_client.post(RECOGNIZE, files=image(face_jpeg(1)) * 17)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "send one image in the field [image], the form has more than 16 files"},
    )


def test_of_several_images_the_first_counts_and_alone_is_checked(client: Client) -> None:
    files = image(plate_jpeg("30M2943")) + image(b"GIF89a") + image(plate_jpeg("A123BC77"))
    answer = client.post(RECOGNIZE_PLATE, files=files)
    assert answer.json()["text"] == "30M-2943"
    answer = client.post(RECOGNIZE_PLATE, files=files[1:])
    assert answer.json()["error"].startswith("invalid image file: photo.jpg")


@pytest.mark.parametrize(("route", "field"), [(RECOGNIZE, "image"), (REGISTER, "images")])
def test_an_empty_file_is_no_picture_with_a_name_and_nothing_without(
    quiet_client: Client, route: str, field: str
) -> None:
    named = quiet_client.post(route, files=image(b"", "empty.jpg", field))
    assert (named.status_code, named.json()) == (
        400,
        {"error": "invalid image file: empty.jpg, only accept ('.png', '.jpg', '.jpeg') file"},
    )
    nameless = quiet_client.post(route, files=image(b"", "", field))
    assert (nameless.status_code, nameless.json()) == (
        400,
        {"error": f"[{field}] field can not empty"},
    )


@pytest.mark.parametrize("charset", ["UTF-8", "us-ascii", "latin1"])
def test_a_name_that_is_no_text_in_its_charset_is_shown_all_the_same(
    quiet_client: Client, charset: str
) -> None:
    part = b'Content-Disposition: form-data; name="image"; filename="caf\xe9.gif"\r\n\r\nGIF'
    answer = quiet_client.post(
        RECOGNIZE,
        content=form(part),
        headers={"content-type": f"multipart/form-data; boundary=x; charset={charset}"},
    )
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "invalid image file: café.gif, only accept ('.png', '.jpg', '.jpeg') file"},
    )


@pytest.mark.parametrize("user_id", ["0" * 30 + "1", "+1", " 1 "])
def test_a_user_id_is_read_as_an_integer(client: Client, user_id: str) -> None:
    assert client.enrol(7) == "1"
    answer = client.post(REGISTER, files=images(face_jpeg(7, 210)), data={"user_id": user_id})
    assert (answer.status_code, answer.json()) == (200, {"user_id": "1"})


def test_a_user_id_with_two_signs_is_no_integer(quiet_client: Client) -> None:
    answer = quiet_client.post(REGISTER, files=images(*photos_of(7, 3)), data={"user_id": "-+1"})
    assert (answer.status_code, answer.json()) == (400, {"error": "[user_id] must be an integer"})


def test_two_user_ids_are_refused(quiet_client: Client) -> None:
    two = {"user_id": ["1", "2"]}
    answer = quiet_client.post(REGISTER, files=images(*photos_of(7, 3)), data=two)
    assert (answer.status_code, answer.json()) == (400, {"error": "[user_id] must be given once"})
