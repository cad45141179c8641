"""Deliveries to a server that takes, fails, is silent, or sends elsewhere."""

import asyncio
import base64
import hmac
import random
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from configs.settings import GallerySettings, WebhookSettings
from pipelines.errors import ConfigurationError, GalleryUnavailable, InvalidRequest
from pipelines.events.journal import EventJournal
from pipelines.gallery.store import GalleryStore
from pipelines.webhooks import delivering
from pipelines.webhooks.delivering import Outcome, WebhookDelivery
from pipelines.webhooks.directory import WebhookDirectory
from pipelines.webhooks.records import Delivery, NewWebhook
from pipelines.webhooks.signing import PREFIX, new_secret
from tests.contract.local_books import Faults, LocalBook
from tests.unit.events.passing import passing
from tests.unit.gallery.conftest import DIMENSION, MODEL
from tests.unit.webhooks.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


class Fleet:
    """A gallery with one webhook, and who delivers to it."""

    def __init__(self, store: GalleryStore, url: str) -> None:
        self.journal = EventJournal(store)
        self.webhooks = WebhookDirectory(store)
        self.secret = new_secret()
        self.webhooks.add(NewWebhook(f"{url}hooks", (), (), self.secret))
        self.faults = Faults()
        self._url = url

    def delivery(
        self, kind: type[WebhookDelivery] = WebhookDelivery, **settings: Any
    ) -> WebhookDelivery:
        book: Any = LocalBook(self.webhooks, self.faults)
        said = {"allowed_urls": (self._url,), "first_pause_s": 1e-9, **settings}
        return kind(
            book, WebhookSettings.model_validate(said), lambda event: f"event {event.event_id}"
        )

    def sweep(self, **settings: Any) -> int:
        """Delivers what is due, as one replica of the ingress does now and then."""
        return asyncio.run(swept(self.delivery(**settings)))

    def errors(self) -> list[str]:
        return [letter.error for letter in self.webhooks.dead(1)]


async def swept(*replicas: WebhookDelivery) -> int:
    attempts = await asyncio.gather(*(one.sweep() for one in replicas))
    for one in replicas:
        await one.close()
    return sum(attempts)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GalleryStore]:
    settings = GallerySettings(database_url=f"sqlite:///{tmp_path / 'g.db'}", snapshots=None)
    opened = GalleryStore.open(settings, MODEL, DIMENSION)
    yield opened
    opened.close()


@pytest.fixture
def fleet(store: GalleryStore, receiver: Receiver) -> Fleet:
    return Fleet(store, receiver.url)


def test_an_event_is_sent_signed_and_once(fleet: Fleet, receiver: Receiver) -> None:
    fleet.journal.append([passing()])
    before = int(time.time())
    assert fleet.sweep() == 1
    assert fleet.sweep() == 0
    [(path, headers, body)] = receiver.got
    assert (path, body) == ("/hooks", b"event 1")
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "1"
    timestamp = headers["webhook-timestamp"]
    assert before <= int(timestamp) <= time.time()
    key = base64.b64decode(fleet.secret.removeprefix(PREFIX))
    expected = hmac.digest(key, b"1." + timestamp.encode() + b"." + body, sha256)
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    assert fleet.webhooks.everyone()[0].waiting == 0


def test_a_failure_is_tried_again_until_it_is_taken(fleet: Fleet, receiver: Receiver) -> None:
    receiver.answers = [500, 503, 429, 200]
    fleet.journal.append([passing()])
    assert [fleet.sweep() for _ in range(2)] == [4, 0]
    assert [headers["webhook-id"] for _, headers, _ in receiver.got] == ["1"] * 4
    assert fleet.errors() == []


def test_a_delivery_is_given_up_after_its_attempts_and_can_be_made_again(
    fleet: Fleet, receiver: Receiver
) -> None:
    receiver.answers = [500, 500, 500, 200]
    fleet.journal.append([passing()])
    assert [fleet.sweep(attempts=3) for _ in range(2)] == [3, 0]
    assert fleet.errors() == ["the receiver answers 500"]
    fleet.webhooks.revive(1, 1)
    assert fleet.sweep(attempts=3) == 1
    assert fleet.errors() == []
    assert len(receiver.got) == 4


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(fleet: Fleet, receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    fleet.journal.append([passing()])
    fleet.sweep(attempts=1)
    assert [path for path, _, _ in receiver.got] == ["/hooks"]
    assert fleet.errors() == [f"the receiver redirects ({status}), which is not followed"]


def test_a_receiver_that_is_gone_is_told_nothing_more(fleet: Fleet, receiver: Receiver) -> None:
    receiver.answers = [410]
    fleet.journal.append([passing()])
    fleet.sweep()
    assert fleet.errors() == ["the receiver answers 410"]


def test_a_receiver_gets_no_cookie_back(fleet: Fleet, receiver: Receiver) -> None:
    receiver.answers = [500, 204]
    fleet.journal.append([passing()])
    assert fleet.sweep() == 2
    assert [headers.get("cookie") for _, headers, _ in receiver.got] == [None, None]


def test_a_silent_receiver_is_waited_for_only_so_long(fleet: Fleet, receiver: Receiver) -> None:
    receiver.silent.set()
    fleet.journal.append([passing()])
    fleet.sweep(attempts=1, timeout_s=0.2)
    assert fleet.errors() == ["no answer in 0.2 s"]


def test_a_silent_receiver_keeps_no_other_waiting(fleet: Fleet, receiver: Receiver) -> None:
    receiver.silent.set()
    fleet.journal.append([passing() for _ in range(20)])
    ended: asyncio.Queue[str] = asyncio.Queue()

    class Noting(WebhookDelivery):
        async def deliver(self, client: httpx.AsyncClient, claimed: Delivery) -> Outcome:
            outcome = await super().deliver(client, claimed)
            ended.put_nowait(claimed.url)
            return outcome

    async def told(healthy: Receiver) -> None:
        allowed = (receiver.url, healthy.url)
        url = f"{healthy.url}hooks"
        delivery = fleet.delivery(
            Noting, allowed_urls=allowed, concurrency=8, timeout_s=60.0, poll_s=0.05
        )
        sweep = asyncio.create_task(delivery.sweep())
        async with asyncio.timeout(30):
            assert [await ended.get() for _ in range(20)] == [url] * 20
            await asyncio.to_thread(fleet.journal.append, [passing()])
            assert await ended.get() == url
        assert len(receiver.got) <= 2
        sweep.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sweep
        await delivery.close()

    with receiving() as healthy:
        fleet.webhooks.add(NewWebhook(f"{healthy.url}hooks", (), (), fleet.secret))
        fleet.journal.append([passing() for _ in range(20)])
        asyncio.run(told(healthy))
        assert len(healthy.got) == 21


def test_a_receiver_that_is_not_there_is_a_failure(store: GalleryStore) -> None:
    with receiving() as gone:
        pass
    fleet = Fleet(store, gone.url)
    fleet.journal.append([passing()])
    fleet.sweep(attempts=1)
    assert fleet.errors() == ["the receiver cannot be reached (ConnectError)"]


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


def test_several_replicas_send_each_event_once(fleet: Fleet, receiver: Receiver) -> None:
    fleet.journal.append([passing() for _ in range(30)])
    replicas = [fleet.delivery(concurrency=4) for _ in range(3)]
    assert asyncio.run(swept(*replicas)) == 30
    sent = sorted(int(headers["webhook-id"]) for _, headers, _ in receiver.got)
    assert sent == list(range(1, 31))


def test_a_replica_that_dies_after_sending_leaves_the_delivery_to_another(
    fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_LEAST_LEASE_S", -100.0)  # the lease has ended
    fleet.journal.append([passing()])

    class Dying(Faults):
        def arise(self, stage: str) -> None:
            if stage == "done":
                raise GalleryUnavailable("gone")

    fleet.faults = Dying()
    with pytest.raises(GalleryUnavailable):
        fleet.sweep()
    fleet.faults = Faults()
    assert fleet.sweep() == 1
    assert [headers["webhook-id"] for _, headers, _ in receiver.got] == ["1", "1"]
    assert fleet.sweep() == 0


def test_pauses_double_up_to_the_longest_and_differ(
    fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answers = [500]
    pauses: list[float | None] = []
    failed = fleet.webhooks.failed

    def note(delivery_id: int, attempt: int, error: str, pause_s: float | None) -> None:
        pauses.append(pause_s)
        failed(delivery_id, attempt, error, None if pause_s is None else 0.0)

    monkeypatch.setattr(fleet.webhooks, "failed", note)
    monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)
    fleet.journal.append([passing()])
    assert fleet.sweep(first_pause_s=4.0, longest_pause_s=20.0, attempts=6) == 6
    assert pauses == [3.0, 6.0, 12.0, 15.0, 15.0, None]


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
