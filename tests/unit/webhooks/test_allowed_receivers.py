"""Webhooks are told below the URLs of the settings alone."""

import pytest

from pipelines.errors import ConfigurationError, InvalidRequest
from tests.unit.events.passing import passing
from tests.unit.webhooks.fleet import Fleet
from tests.unit.webhooks.receiver import Receiver


def test_a_url_that_is_not_allowed_any_more_is_sent_nothing(
    fleet: Fleet, receiver: Receiver
) -> None:
    fleet.journal.append([passing()])
    fleet.sweep(allowed_urls=("https://fleet.example.com/",))
    assert receiver.got == []
    assert fleet.errors() == ["the URL is not among webhooks.allowed_urls any more"]


def test_nothing_is_sent_where_no_url_is_allowed(fleet: Fleet, receiver: Receiver) -> None:
    fleet.journal.append([passing()])
    assert not fleet.delivery(allowed_urls=()).on
    assert fleet.sweep(allowed_urls=()) == 0
    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://fleet.example.com/hooks/1", None),
        ("https://FLEET.example.com/hooks/1", None),
        ("https://fleet.example.com/", "url: events are sent below the URLs of "),
        ("https://fleet.example.com/hooks/../admin", "url: events are sent below the URLs of "),
        ("http://fleet.example.com/hooks/", "url: events are sent below the URLs of "),
        ("https://me@fleet.example.com/hooks/", "url: events are sent below the URLs of "),
        ("https://fleet.example.com.evil.net/hooks/", "url: events are sent below the URLs of "),
        ("http://169.254.169.254/latest/", "url: events are sent below the URLs of "),
        ("file:///etc/passwd", "url: events are sent below the URLs of "),
        ("https://xn--a/hooks/", "url: events are sent below the URLs of "),
        ("https://fleet\x00", "url must be an http or https URL"),
    ],
)
def test_takes_urls_below_the_allowed_ones_alone(
    fleet: Fleet, url: str, message: str | None
) -> None:
    delivery = fleet.delivery(allowed_urls=("https://fleet.example.com/hooks/",))
    if message is None:
        assert delivery.check(url) == "https://fleet.example.com/hooks/1"
        return
    with pytest.raises(InvalidRequest, match=f"^{message}"):
        delivery.check(url)


def test_refuses_an_allowed_url_that_names_no_server(fleet: Fleet) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^webhooks.allowed_urls: /hooks is no http or https URL$"
    ):
        fleet.delivery(allowed_urls=("/hooks",))
