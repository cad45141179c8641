"""How often a key may ask."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from configs.settings import AccessSettings
from deployments.ingress.access.key_limits import KeyLimits
from pipelines.access.key_records import KeyRecord, Scope, new_key
from pipelines.errors import QuotaExceeded, RateLimited

EVENING = datetime(2026, 11, 22, 23, 59, 30, tzinfo=UTC)


class Wrist:
    """A watch that is set by hand."""

    def __init__(self) -> None:
        self.now = EVENING

    def look(self) -> datetime:
        return self.now


def key(**limits: int) -> KeyRecord:
    _, made = new_key("gate-1", frozenset({Scope.RECOGNISE}), EVENING)
    return made.model_copy(update=limits)


def run(check: Callable[[KeyLimits, Wrist], Awaitable[None]], **settings: Any) -> None:
    """Runs a check with limits, in a loop of its own."""
    watch = Wrist()

    async def checked() -> None:
        await check(KeyLimits(AccessSettings(**settings), watch.look), watch)

    asyncio.run(checked())


def test_a_quota_ends_at_midnight_and_begins_anew() -> None:
    async def check(limits: KeyLimits, watch: Wrist) -> None:
        gate = key()
        for _ in range(3):
            await limits.count(gate)
        with pytest.raises(QuotaExceeded) as caught:
            await limits.count(gate)
        assert caught.value.message == (
            'the API key "gate-1" may make 3 requests a day, which ends at midnight UTC'
        )
        assert caught.value.extra == {"requests_per_day": 3, "retry_after_s": 30}
        watch.now = EVENING + timedelta(seconds=30)
        await limits.count(gate)

    run(check, requests_per_day=3)


def test_each_key_has_its_own_count_and_may_have_its_own_quota() -> None:
    async def check(limits: KeyLimits, _watch: Wrist) -> None:
        gate, desk, free = key(), key(requests_per_day=2), key(requests_per_day=0)
        await limits.count(gate)
        for _ in range(2):
            await limits.count(desk)
        for _ in range(9):
            await limits.count(free)
        for spent in (gate, desk):
            with pytest.raises(QuotaExceeded):
                await limits.count(spent)

    run(check, requests_per_day=1)


def test_a_minute_ends_with_the_clock_and_begins_anew() -> None:
    async def check(limits: KeyLimits, watch: Wrist) -> None:
        gate, desk = key(), key(requests_per_minute=1)
        for _ in range(2):
            await limits.count(gate)
        await limits.count(desk)
        for spent, allowed in ((gate, 2), (desk, 1)):
            with pytest.raises(RateLimited) as caught:
                await limits.count(spent)
            assert caught.value.message == (
                f'the API key "gate-1" may make {allowed} requests a minute, wait 30 s'
            )
            assert caught.value.extra == {"requests_per_minute": allowed, "retry_after_s": 30}
        watch.now = EVENING + timedelta(seconds=30)
        for _ in range(2):
            await limits.count(gate)

    run(check, requests_per_minute=2)


def test_what_is_refused_for_the_minute_does_not_count_for_the_day() -> None:
    async def check(limits: KeyLimits, watch: Wrist) -> None:
        watch.now = EVENING - timedelta(hours=1)
        gate = key(requests_per_minute=1)
        await limits.count(gate)
        for _ in range(9):
            with pytest.raises(RateLimited):
                await limits.count(gate)
        watch.now += timedelta(minutes=1)
        await limits.count(gate)
        watch.now += timedelta(minutes=1)
        with pytest.raises(QuotaExceeded):
            await limits.count(gate)

    run(check, requests_per_day=2)


def test_without_limits_nothing_is_counted() -> None:
    async def check(limits: KeyLimits, _watch: Wrist) -> None:
        gate = key()
        for _ in range(2000):
            await limits.count(gate)

    run(check, requests_per_minute=None)
