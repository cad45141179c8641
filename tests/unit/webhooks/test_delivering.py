"""Deliveries to a server that takes, fails, is silent, or sends elsewhere."""

import asyncio
import base64
import hmac
import random
import time
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from configs.settings import GallerySettings
from pipelines.errors import GalleryUnavailable
from pipelines.gallery.store import GalleryStore
from pipelines.webhooks import delivering
from pipelines.webhooks.delivering import Outcome, WebhookDelivery
from pipelines.webhooks.records import Delivery, NewWebhook
from pipelines.webhooks.signing import PREFIX
from tests.contract.local_books import Faults
from tests.unit.conftest import DIMENSION, MODEL
from tests.unit.events.passing import passing
from tests.unit.webhooks.fleet import Fleet, swept
from tests.unit.webhooks.receiver import Receiver, receiving


def test_an_event_is_sent_signed_and_once(fleet: Fleet, receiver: Receiver) -> None:
    [event] = fleet.journal.append([passing()])
    before = int(time.time())
    assert fleet.sweep() == 1
    assert fleet.sweep() == 0
    [(path, headers, body)] = receiver.got
    assert (path, body) == ("/hooks", b"event 1")
    assert headers["content-type"] == "application/json"
    message_id = event.seen.token
    assert headers["webhook-id"] == message_id
    timestamp = headers["webhook-timestamp"]
    assert before <= int(timestamp) <= time.time()
    key = base64.b64decode(fleet.secret.removeprefix(PREFIX))
    expected = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, sha256)
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    assert fleet.webhooks.everyone()[0].waiting == 0


def test_an_event_of_a_restored_database_is_no_repetition(
    receiver: Receiver, tmp_path: Path
) -> None:
    for name in ("before", "restored"):
        url = f"sqlite:///{tmp_path / name}.db"
        opened = GalleryStore.open(
            GallerySettings(database_url=url, snapshots=None), MODEL, DIMENSION
        )
        fleet = Fleet(opened, receiver.url)
        fleet.journal.append([passing()])
        fleet.sweep()
        opened.close()
    (_, one, first), (_, other, second) = receiver.got
    assert first == second == b"event 1"
    assert one["webhook-id"] != other["webhook-id"]


def test_a_failure_is_tried_again_until_it_is_taken(fleet: Fleet, receiver: Receiver) -> None:
    receiver.answers = [500, 503, 429, 200]
    [event] = fleet.journal.append([passing()])
    assert [fleet.sweep() for _ in range(2)] == [4, 0]
    assert [headers["webhook-id"] for _, headers, _ in receiver.got] == [event.seen.token] * 4
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


def test_a_receiver_that_is_not_there_is_a_failure(local_store: GalleryStore) -> None:
    with receiving() as gone:
        pass
    fleet = Fleet(local_store, gone.url)
    fleet.journal.append([passing()])
    fleet.sweep(attempts=1)
    assert fleet.errors() == ["the receiver cannot be reached (ConnectError)"]


def test_several_replicas_send_each_event_once(fleet: Fleet, receiver: Receiver) -> None:
    events = fleet.journal.append([passing() for _ in range(30)])
    replicas = [fleet.delivery(concurrency=4) for _ in range(3)]
    assert asyncio.run(swept(*replicas)) == 30
    sent = sorted(headers["webhook-id"] for _, headers, _ in receiver.got)
    assert sent == sorted(event.seen.token for event in events)


def test_a_replica_that_dies_after_sending_leaves_the_delivery_to_another(
    fleet: Fleet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_LEAST_LEASE_S", -100.0)  # the lease has ended
    [event] = fleet.journal.append([passing()])

    class Dying(Faults):
        def arise(self, stage: str) -> None:
            if stage == "done":
                raise GalleryUnavailable("gone")

    fleet.faults = Dying()
    with pytest.raises(GalleryUnavailable):
        fleet.sweep()
    fleet.faults = Faults()
    assert fleet.sweep() == 1
    assert [headers["webhook-id"] for _, headers, _ in receiver.got] == [event.seen.token] * 2
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
