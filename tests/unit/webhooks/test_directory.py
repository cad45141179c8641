"""Webhooks and their deliveries, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipelines.errors import Conflict, NotFound, WebhookNotFound
from pipelines.events.journal import EventJournal
from pipelines.events.records import Decision, EventKind
from pipelines.gallery.store import GalleryStore
from pipelines.webhooks import directory as module
from pipelines.webhooks.directory import WebhookDirectory
from pipelines.webhooks.records import Delivery, NewWebhook
from tests.unit.conftest import Enrol, Person
from tests.unit.events.passing import passing

URL = "https://fleet.example.com/hooks"
LONG = 60.0
AT_ONCE = -1.0  # a lease that has ended


@pytest.fixture
def journal(store: GalleryStore) -> EventJournal:
    return EventJournal(store)


@pytest.fixture
def webhooks(store: GalleryStore) -> WebhookDirectory:
    return WebhookDirectory(store)


def hook(kinds: Any = (), decisions: Any = (), url: str = URL) -> NewWebhook:
    return NewWebhook(url, tuple(kinds), tuple(decisions), "whsec_c2VjcmV0")


def told(claimed: tuple[Delivery, ...]) -> list[int]:
    return [one.event.event_id for one in claimed]


def test_a_webhook_is_told_of_events_that_come_after_it(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    journal.append([passing()])
    before = datetime.now(UTC)
    new = hook([EventKind.GATE_CHECKED], [Decision.DENY, Decision.ASK])
    made = webhooks.add(new)
    assert (made.url, made.kinds, made.decisions) == (URL, new.kinds, new.decisions)
    assert (made.webhook_id, made.waiting, made.dead) == (1, 0, 0)
    assert before <= made.created_at <= datetime.now(UTC)
    assert not webhooks.any_due()
    [event] = journal.append([passing(decision=Decision.DENY)])
    assert webhooks.any_due()
    assert webhooks.claim(9, LONG) == (Delivery(1, 1, 1, URL, new.secret, event),)
    assert [one.waiting for one in webhooks.everyone()] == [1]


@pytest.mark.parametrize(
    ("kinds", "decisions", "found"),
    [
        ([], [], [1, 2, 3]),
        ([EventKind.PLATE_READ], [], [3]),
        ([], [Decision.ALLOW, Decision.DRIVER], [1]),
        ([EventKind.PLATE_READ], [Decision.ALLOW], []),
    ],
)
def test_a_webhook_is_told_of_what_it_wants(
    journal: EventJournal,
    webhooks: WebhookDirectory,
    kinds: list[EventKind],
    decisions: list[Decision],
    found: list[int],
) -> None:
    webhooks.add(hook(kinds, decisions))
    journal.append(
        [
            passing(decision=Decision.ALLOW),
            passing(decision=Decision.DENY),
            passing(kind=EventKind.PLATE_READ),
        ]
    )
    assert told(webhooks.claim(9, LONG)) == found


def test_an_event_that_is_sent_twice_is_delivered_once(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    webhooks.add(hook())
    event = passing()
    journal.append([event])
    journal.append([event, passing()])
    assert told(webhooks.claim(9, LONG)) == [1, 2]


def test_a_claimed_delivery_is_nobody_elses_until_the_lease_ends(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    webhooks.add(hook())
    journal.append([passing() for _ in range(3)])
    assert told(webhooks.claim(2, AT_ONCE)) == [1, 2]
    again = webhooks.claim(9, LONG)
    assert sorted(told(again)) == [1, 2, 3]
    assert sorted(one.attempt for one in again) == [1, 2, 2]
    assert webhooks.claim(9, LONG) == ()
    assert not webhooks.any_due()


def test_a_webhook_has_its_share_however_long_the_deliveries_of_others_wait(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    for kinds in ((), (), (EventKind.PLATE_READ,)):
        webhooks.add(hook(kinds))
    journal.append([passing() for _ in range(5)])
    journal.append([passing(kind=EventKind.PLATE_READ)])

    def claimed(limit: int, *under_way: int) -> list[tuple[int, int]]:
        some = webhooks.claim(limit, LONG, 2, under_way)
        return [(one.webhook_id, one.event.event_id) for one in some]

    assert claimed(2, 1) == [(2, 1), (3, 6)]
    assert claimed(9, 1, 1) == [(2, 2), (2, 3)]
    assert claimed(9, 1, 2, 2) == [(1, 1)]
    assert claimed(9, 1, 1, 2, 2, 3, 3) == []
    assert told(webhooks.claim(9, LONG)) == [2, 3, 4, 4, 5, 5, 6, 6]


def test_no_delivery_is_claimed_by_two_at_once(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    webhooks.add(hook())
    journal.append([passing() for _ in range(40)])
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda _: told(webhooks.claim(5, LONG)), range(12)))
    claimed = [event_id for some in claims for event_id in some]
    assert sorted(claimed) == list(range(1, 41))


def test_a_delivery_that_was_made_is_forgotten(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    webhooks.add(hook())
    journal.append([passing()])
    [one] = webhooks.claim(9, AT_ONCE)
    webhooks.done(one.delivery_id)
    webhooks.done(one.delivery_id)
    webhooks.failed(one.delivery_id, one.attempt, "late", 0.0)
    assert not webhooks.any_due()
    assert webhooks.everyone()[0].waiting == 0


def test_a_failed_delivery_is_due_after_its_pause(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    webhooks.add(hook())
    journal.append([passing(), passing()])
    first, second = webhooks.claim(9, LONG)
    webhooks.failed(first.delivery_id, 1, "the receiver answers 503", 0.0)
    webhooks.failed(second.delivery_id, 1, "the receiver answers 503", 60.0)
    [again] = webhooks.claim(9, LONG)
    assert (again.delivery_id, again.attempt) == (first.delivery_id, 2)


def test_whoever_comes_late_does_not_undo_what_another_has_claimed_since(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    webhooks.add(hook())
    journal.append([passing()])
    [late] = webhooks.claim(9, AT_ONCE)
    [current] = webhooks.claim(9, LONG)
    webhooks.failed(late.delivery_id, late.attempt, "late", None)
    assert webhooks.dead(1) == ()
    webhooks.failed(current.delivery_id, current.attempt, "current", None)
    assert [letter.error for letter in webhooks.dead(1)] == ["current"]


def test_what_is_given_up_is_a_dead_letter_until_it_is_sent_again(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    webhooks.add(hook())
    webhooks.add(hook(url="https://other.example.com/"))
    journal.append([passing(), passing()])
    before = datetime.now(UTC)
    for one in webhooks.claim(9, LONG):
        if one.url == URL:
            webhooks.failed(one.delivery_id, one.attempt, "e" * 500, None)
    assert [(one.waiting, one.dead) for one in webhooks.everyone()] == [(0, 2), (2, 0)]
    first, second = webhooks.dead(1)
    assert (first.event_id, second.event_id, first.attempts) == (1, 2, 1)
    assert first.error == "e" * 200
    assert before <= first.tried_at <= datetime.now(UTC)
    assert webhooks.dead(1, limit=1) == (first,)
    assert webhooks.dead(1, after=first.delivery_id) == (second,)
    assert webhooks.dead(2) == ()
    webhooks.revive(1, second.delivery_id)
    assert webhooks.dead(1) == (first,)
    [again] = webhooks.claim(9, LONG)
    assert (again.delivery_id, again.attempt) == (second.delivery_id, 1)


@pytest.mark.parametrize(("webhook_id", "delivery_id"), [(1, 9), (2, 1), (1, 0), (1, 2**64)])
def test_says_that_there_is_no_such_dead_letter(
    journal: EventJournal, webhooks: WebhookDirectory, webhook_id: int, delivery_id: int
) -> None:
    webhooks.add(hook())
    journal.append([passing()])
    with pytest.raises(NotFound, match=f"^webhook {webhook_id} has no dead letter {delivery_id}$"):
        webhooks.revive(webhook_id, delivery_id)


def test_a_webhook_is_removed_with_what_waits_for_it(
    journal: EventJournal, webhooks: WebhookDirectory
) -> None:
    webhooks.add(hook())
    journal.append([passing()])
    webhooks.remove(1)
    assert webhooks.everyone() == ()
    assert not webhooks.any_due()
    for call in (webhooks.remove, webhooks.dead):
        for webhook_id in (1, 0, 2**64):
            with pytest.raises(WebhookNotFound, match=f"^there is no webhook {webhook_id}$"):
                call(webhook_id)
    assert webhooks.add(hook()).webhook_id == 2


def test_takes_no_more_webhooks_than_it_may(
    webhooks: WebhookDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WEBHOOKS", 1)
    webhooks.add(hook())
    with pytest.raises(Conflict, match=r"^there are 1 webhooks already, remove one first$"):
        webhooks.add(hook())


def test_deliveries_go_with_their_events(journal: EventJournal, webhooks: WebhookDirectory) -> None:
    webhooks.add(hook())
    journal.append([passing()])
    journal.remove_before(datetime.now(UTC) + timedelta(hours=1), 9)
    assert not webhooks.any_due()
    assert webhooks.claim(9, LONG) == ()


def test_an_erased_driver_is_in_no_delivery_that_still_waits(
    journal: EventJournal,
    webhooks: WebhookDirectory,
    store: GalleryStore,
    enrol: Enrol,
    person: Person,
) -> None:
    webhooks.add(hook())
    driver_id = store.register([enrol(person(1))])
    journal.append([passing(driver_id=driver_id, similarity=0.8)])
    store.directory.erase(driver_id)
    [one] = webhooks.claim(9, LONG)
    assert (one.event.seen.driver_id, one.event.seen.similarity) == (None, None)
