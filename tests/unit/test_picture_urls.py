"""Pictures by URL: what is fetched, and what never is."""

import asyncio

import pytest

from configs.settings import PictureSourceSettings
from pipelines.errors import ConfigurationError, InvalidRequest, PictureNotFound, UpstreamFailure
from pipelines.picture_urls import PictureUrls
from tests.unit.picture_fetching import LIMIT, PICTURE
from tests.unit.picture_server import PictureServer
from tests.unit.picture_serving import running_server, server

__all__ = ["running_server", "server"]

REFUSED = r"^image_url: pictures are not fetched from there$"


def fetch(url: str, *allowed: str) -> bytes:
    async def run() -> bytes:
        settings = PictureSourceSettings(allowed_urls=allowed, retries=1, max_bytes=LIMIT)
        urls = PictureUrls(settings, 2 * LIMIT)
        try:
            async with urls.held() as fetching:
                return await fetching(url)
        finally:
            await urls.close()

    return asyncio.run(run())


def test_fetches_what_lies_below_an_allowed_url(server: PictureServer) -> None:
    below = f"{server.url}/gate/images/"
    assert fetch(f"{below}10022?size=1", "https://a.example", below) == PICTURE
    assert fetch(f"{below}flaky", server.url) == PICTURE
    assert fetch(f"{server.url}/gate/images", f"{server.url}/gate/images") == PICTURE
    assert server.requests == [
        "/gate/images/10022?size=1",
        *["/gate/images/flaky"] * 2,
        "/gate/images",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "{server}/private/1",
        "{server}/gate/imagesx/1",
        "{server}/gate/images/../../private",
        "{server}/gate/images/%2e%2e/%2E%2e/private",
        "{server}/gate/images/..%2fprivate",
        "{server}/gate/images/a\\..\\private",
        "http://localhost:{port}/gate/images/1",
        "http://127.0.0.1:1/gate/images/1",
        "http://user@127.0.0.1:{port}/gate/images/1",
        "https://127.0.0.1:{port}/gate/images/1",
        "http://127.0.0.1.example/gate/images/1",
        "http://xn--a/gate/images/1",
    ],
)
def test_refuses_what_lies_elsewhere(server: PictureServer, url: str) -> None:
    asked = url.format(server=server.url, port=server.server_port)
    with pytest.raises(InvalidRequest, match=REFUSED):
        fetch(asked, f"{server.url}/gate/images/")
    assert server.requests == []


@pytest.mark.parametrize(
    "url", ["", "gate-1.jpg", "file:///etc/passwd", "http://", "http://a:b/", "http://\u0080/"]
)
def test_refuses_what_is_no_url(url: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^image_url must be an http or https URL$"):
        fetch(url, "http://a.example")


def test_takes_no_url_unless_the_settings_name_one() -> None:
    with pytest.raises(
        InvalidRequest,
        match=r"^image_url: this service fetches no pictures by URL, send the picture itself$",
    ):
        fetch("http://a.example/1.jpg")


def test_a_server_gets_no_cookie_back(server: PictureServer) -> None:
    for name in ("moved", "flaky"):
        assert fetch(f"{server.url}/gate/images/{name}", server.url) == PICTURE
    assert server.cookies == [None] * 4


def test_a_redirect_must_stay_below_too(server: PictureServer) -> None:
    images = f"{server.url}/gate/images/"
    assert fetch(f"{images}moved", images) == PICTURE
    for away in ("away", "port"):
        with pytest.raises(UpstreamFailure, match="redirects to another host"):
            fetch(f"{images}{away}", images)
    with pytest.raises(UpstreamFailure, match="redirects to another host"):
        fetch(f"{images}moved", f"{images}moved")


@pytest.mark.parametrize("name", ["nowhere", "nowhere-beside"])
def test_a_redirect_to_a_host_that_is_none_is_refused(server: PictureServer, name: str) -> None:
    images = f"{server.url}/gate/images/"
    with pytest.raises(UpstreamFailure, match=r"^the picture server redirects to no host$"):
        fetch(f"{images}{name}", images)
    assert server.requests == [f"/gate/images/{name}"]


def test_a_missing_picture_is_said_to_be_missing(server: PictureServer) -> None:
    with pytest.raises(PictureNotFound, match=r"^image_url: there is no such picture$"):
        fetch(f"{server.url}/gate/images/404", server.url)


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        ("cameras.example", "pictures.allowed_urls: cameras.example is no http or https URL"),
        ("ftp://a.example", "pictures.allowed_urls: ftp://a.example is no http or https URL"),
        (
            "http://me:secret@a.example",
            "pictures.allowed_urls: a.example must come without user, query and fragment",
        ),
        ("http://a.example:x", "pictures.allowed_urls cannot be used: Invalid port: 'x'"),
    ],
)
def test_says_which_allowed_url_cannot_be_used(allowed: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        PictureUrls(PictureSourceSettings(allowed_urls=(allowed,)), LIMIT)
    assert str(raised.value) == message


def test_no_more_pictures_are_held_than_there_is_room_for(server: PictureServer) -> None:
    async def run() -> int:
        settings = PictureSourceSettings(allowed_urls=(server.url,), max_bytes=LIMIT)
        urls, others = PictureUrls(settings, 3 * LIMIT), PictureUrls(settings, LIMIT)
        inside, full, leave = [], asyncio.Event(), asyncio.Event()

        async def hold(number: int) -> int:
            async with urls.held() as fetching:
                await fetching(f"{server.url}/{number}")
                inside.append(number)
                if len(inside) == 3:
                    full.set()
                await leave.wait()
                held = len(inside)
                inside.remove(number)
            return held

        holding = [asyncio.create_task(hold(number)) for number in range(10, 17)]
        await full.wait()
        async with others.held() as fetching:
            await fetching(f"{server.url}/later")
        assert len(server.requests) == 3 + 1
        leave.set()
        most = max(await asyncio.gather(*holding))
        await urls.close()
        await others.close()
        return most

    assert asyncio.run(run()) == 3
    assert len(server.requests) == 7 + 1


def test_a_picture_that_cannot_be_had_takes_no_room(server: PictureServer) -> None:
    async def run() -> bytes:
        settings = PictureSourceSettings(allowed_urls=(server.url,), max_bytes=LIMIT)
        urls = PictureUrls(settings, LIMIT)
        for _ in range(5):
            with pytest.raises(PictureNotFound):
                async with urls.held(2) as fetching:
                    await fetching(f"{server.url}/gate/images/404")
        async with urls.held(2) as fetching:
            first, second = await asyncio.gather(*map(fetching, [f"{server.url}/7"] * 2))
        await urls.close()
        return first + second

    assert asyncio.run(run()) == PICTURE * 2
