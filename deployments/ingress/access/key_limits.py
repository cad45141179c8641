"""How often a key may ask.

Counted in the memory of one ingress replica, by the ``limits`` library. What that guarantees, with
N replicas of the ingress: a key that stays below its limits is never refused; over a longer time no
key gets more than N times its requests a minute, nor more than N times its requests a day; a
replica that starts anew counts from nothing. The minute is a sliding one that takes the minute
before as even, so a burst may reach twice the limit within sixty seconds. Limits that hold exactly
over all replicas belong into the load balancer in front.
"""

import functools
import math
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter

from configs.settings import AccessSettings
from pipelines.access.key_records import KeyRecord
from pipelines.errors import QuotaExceeded, RateLimited

_per_minute = functools.cache(RateLimitItemPerMinute)
_per_day = functools.cache(RateLimitItemPerDay)


class KeyLimits:
    """Counts the requests of each key.

    Args:
        settings: The limits of keys that have none of their own.
        now: The time; a day begins at midnight UTC.
    """

    def __init__(
        self, settings: AccessSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._settings = settings
        self._now = now
        counts = MemoryStorage()
        self._minutes = SlidingWindowCounterRateLimiter(counts)
        self._days = FixedWindowRateLimiter(counts)

    async def count(self, key: KeyRecord) -> None:
        """Counts one request; one that is refused for the minute does not count for the day.

        Raises:
            RateLimited: The key made more requests in a minute than it may.
            QuotaExceeded: It made more in a day.
        """
        a_minute = _own(key.requests_per_minute, self._settings.requests_per_minute)
        if a_minute and not await self._minutes.hit(_per_minute(a_minute), key.id):
            window = await self._minutes.get_window_stats(_per_minute(a_minute), key.id)
            wait_s = max(1, math.ceil(window.reset_time - self._now().timestamp()))
            raise RateLimited(
                f'the API key "{key.name}" may make {a_minute} requests a minute, wait {wait_s} s',
                {"requests_per_minute": a_minute, "retry_after_s": wait_s},
            )
        a_day = _own(key.requests_per_day, self._settings.requests_per_day)
        if not a_day:
            return
        now = self._now()
        if not await self._days.hit(_per_day(a_day), key.id, now.date().isoformat()):
            tomorrow = datetime.combine(now.date() + timedelta(days=1), time.min, UTC)
            raise QuotaExceeded(
                f'the API key "{key.name}" may make {a_day} requests a day, which ends at midnight '
                "UTC",
                {
                    "requests_per_day": a_day,
                    "retry_after_s": math.ceil((tomorrow - now).total_seconds()),
                },
            )


def _own(of_key: int | None, of_all: int | None) -> int | None:
    return of_all if of_key is None else of_key
