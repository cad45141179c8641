"""Pictures from an HTTP server."""

import threading

import pytest

from pipelines.errors import InvalidRequest, PictureNotFound, TooLarge, UpstreamFailure
from tests.unit.picture_fetching import LIMIT, PICTURE, fetch, fetch_all, source_settings, use
from tests.unit.picture_server import PictureServer
from tests.unit.picture_serving import running_server, server

__all__ = ["running_server", "server"]


def test_gets_images_slash_id_below_the_base_url(server: PictureServer) -> None:
    assert fetch(f"{server.url}/gate/", "10022") == PICTURE
    assert server.requests == ["/gate/images/10022"]


def test_an_id_arrives_quoted_once(server: PictureServer) -> None:
    fetch(f"{server.url}/gate", "%2e%2e?a=1#ж &;")
    assert server.requests == ["/gate/images/%252e%252e%3Fa%3D1%23%D0%B6%20%26%3B"]


@pytest.mark.parametrize("status", ["404", "410"])
def test_a_missing_picture_is_not_found_and_asked_for_once(
    server: PictureServer, status: str
) -> None:
    with pytest.raises(PictureNotFound, match=r"^Resource not found$"):
        fetch(f"{server.url}/gate", status)
    assert len(server.requests) == 1


def test_another_client_error_is_an_upstream_failure_and_not_repeated(
    server: PictureServer,
) -> None:
    with pytest.raises(UpstreamFailure, match=r"^the picture server answers 403$"):
        fetch(f"{server.url}/gate", "403")
    assert len(server.requests) == 1


def test_a_server_error_is_repeated_until_it_passes(server: PictureServer) -> None:
    assert fetch(f"{server.url}/gate", "flaky") == PICTURE
    assert len(server.requests) == 2


def test_a_connection_that_breaks_is_repeated(server: PictureServer) -> None:
    assert fetch(f"{server.url}/gate", "hangs-up-once") == PICTURE
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", ["500", "503", "429", "408"])
def test_a_lasting_failure_is_an_upstream_failure_after_all_attempts(
    server: PictureServer, status: str
) -> None:
    with pytest.raises(UpstreamFailure, match=r"^the picture source failed 3 times, last with Una"):
        fetch(f"{server.url}/gate", status, retries=2)
    assert len(server.requests) == 3


@pytest.mark.parametrize("pict_id", ["slow", "trickle"])
def test_the_timeout_covers_an_attempt_as_a_whole(server: PictureServer, pict_id: str) -> None:
    # Nothing ends these answers before the test does.
    with pytest.raises(UpstreamFailure, match="failed 1 times, last with "):
        fetch(f"{server.url}/gate", pict_id, timeout_s=0.2, retries=0)


def test_a_server_that_cannot_be_reached_is_an_upstream_failure() -> None:
    with pytest.raises(
        UpstreamFailure, match=r"^the picture source failed 1 times, last with Conn"
    ):
        fetch("http://127.0.0.1:1", "10022", retries=0)


def test_a_redirect_on_the_same_host_is_followed(server: PictureServer) -> None:
    assert fetch(f"{server.url}/gate", "moved") == PICTURE


@pytest.mark.parametrize("pict_id", ["away", "port"])
def test_a_redirect_to_another_host_is_refused(server: PictureServer, pict_id: str) -> None:
    with pytest.raises(UpstreamFailure, match=r"^the picture server redirects to another host$"):
        fetch(f"{server.url}/gate", pict_id)
    assert server.requests == [f"/gate/images/{pict_id}"]


def test_a_redirect_loop_ends(server: PictureServer) -> None:
    with pytest.raises(UpstreamFailure, match=r"^the picture server redirects more than 2 times$"):
        fetch(f"{server.url}/gate", "loop")
    assert len(server.requests) == 3


@pytest.mark.parametrize("pict_id", ["declares-too-much", "endless"])
def test_a_picture_over_the_limit_is_too_large(server: PictureServer, pict_id: str) -> None:
    with pytest.raises(TooLarge, match=r"^the picture has more than 4096 bytes$"):
        fetch(f"{server.url}/gate", pict_id)
    assert len(server.requests) == 1


def test_a_picture_of_exactly_the_limit_is_taken(server: PictureServer) -> None:
    assert len(fetch(f"{server.url}/gate", "just-fits")) == LIMIT


def test_environment_proxies_are_ignored(
    server: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert fetch(f"{server.url}/gate", "10022") == PICTURE


def test_fetches_no_more_at_once_than_allowed(server: PictureServer) -> None:
    # An answer waits for two companions, so that fewer at once would never end.
    server.companions = threading.Barrier(3)
    settings = source_settings(f"{server.url}/gate", concurrency=3, timeout_s=60.0)
    outcomes = use(settings, lambda source: fetch_all(source, ["pause"] * 9))
    assert outcomes == [PICTURE] * 9
    assert server.most_under_way == 3


def test_fetches_under_way_together_keep_their_outcomes_apart(server: PictureServer) -> None:
    settings = source_settings(f"{server.url}/gate")
    ids = ["10022", "404", "..", "403"]
    first, *failures = use(settings, lambda source: fetch_all(source, ids))
    assert first == PICTURE
    assert [type(failure) for failure in failures] == [
        PictureNotFound,
        InvalidRequest,
        UpstreamFailure,
    ]


def test_an_id_is_checked_before_anything_is_fetched(server: PictureServer) -> None:
    with pytest.raises(InvalidRequest, match=r"^Invalid request format$"):
        fetch(f"{server.url}/gate", "../secret")
    assert server.requests == []
