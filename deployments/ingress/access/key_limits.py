"""How often a key may ask.

Counted in the memory of one ingress replica, by the ``limits`` library, from minute to minute of
the clock and from day to day (UTC). What that guarantees, with N replicas of the ingress: a key
that stays within its limits is never refused; no key gets more than N times its requests in a
minute of the clock, which is twice that in sixty seconds over a change of minutes, nor more than N
times its requests in a day; a replica that starts anew counts from nothing. Limits that hold
exactly over all replicas belong into the load balancer in front.
"""

import functools
from collections.abc import Callable
from datetime import UTC, datetime

from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from configs.settings import AccessSettings
from pipelines.access.key_records import KeyRecord
from pipelines.errors import QuotaExceeded, RateLimited

_MINUTE_S = 60
_DAY_S = 24 * 3600

_per_minute = functools.cache(RateLimitItemPerMinute)
_per_day = functools.cache(RateLimitItemPerDay)


class KeyLimits:
    """Counts the requests of each key.

    Args:
        settings: The limits of keys that have none of their own.
        now: The time.
    """

    def __init__(
        self, settings: AccessSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._settings = settings
        self._now = now
        self._counts = FixedWindowRateLimiter(MemoryStorage())

    async def count(self, key: KeyRecord) -> None:
        """Counts one request; one that is refused for the minute does not count for the day.

        Raises:
            RateLimited: The key made more requests in this minute than it may.
            QuotaExceeded: It made more on this day.
        """
        seconds = int(self._now().timestamp())
        minute, into_minute = divmod(seconds, _MINUTE_S)
        day, into_day = divmod(seconds, _DAY_S)
        a_minute = _own(key.requests_per_minute, self._settings.requests_per_minute)
        a_day = _own(key.requests_per_day, self._settings.requests_per_day)
        if a_minute and not await self._counts.hit(_per_minute(a_minute), key.id, str(minute)):
            wait_s = _MINUTE_S - into_minute
            raise RateLimited(
                f'the API key "{key.name}" may make {a_minute} requests a minute, wait {wait_s} s',
                {"requests_per_minute": a_minute, "retry_after_s": wait_s},
            )
        if a_day and not await self._counts.hit(_per_day(a_day), key.id, str(day)):
            raise QuotaExceeded(
                f'the API key "{key.name}" may make {a_day} requests a day, which ends at midnight '
                "UTC",
                {"requests_per_day": a_day, "retry_after_s": _DAY_S - into_day},
            )


def _own(of_key: int | None, of_all: int | None) -> int | None:
    return of_all if of_key is None else of_key
