"""Makes the deliveries that are due."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from enum import StrEnum
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, Protocol

import httpx

from configs.settings import WebhookSettings
from pipelines.drivers.face_encoding import all_of
from pipelines.errors import GalleryUnavailable, InvalidRequest
from pipelines.events.records import Event
from pipelines.url_prefixes import UrlPrefixes
from pipelines.webhooks.records import DeadLetter, Delivery, NewWebhook, Webhook
from pipelines.webhooks.signing import signed

logger = logging.getLogger(__name__)

_SETTING: Final = "webhooks.allowed_urls"
_SHARES: Final = 4
"""One receiver that does not answer keeps this part of the deliveries under way from others."""

_LEAST_LEASE_S: Final = 60.0
_GONE: Final = 410


class WebhookBook(Protocol):
    """The webhooks, wherever they are; ``pipelines.webhooks.directory`` has the same methods."""

    async def add(self, new: NewWebhook) -> Webhook: ...

    async def everyone(self) -> tuple[Webhook, ...]: ...

    async def remove(self, webhook_id: int) -> None: ...

    async def any_due(self) -> bool: ...

    async def claim(
        self,
        limit: int,
        lease_s: float,
        share: int | None = None,
        under_way: tuple[int, ...] = (),
    ) -> tuple[Delivery, ...]: ...

    async def done(self, delivery_id: int) -> None: ...

    async def failed(
        self, delivery_id: int, attempt: int, error: str, pause_s: float | None
    ) -> None: ...

    async def dead(
        self, webhook_id: int, after: int = 0, limit: int = 100
    ) -> tuple[DeadLetter, ...]: ...

    async def revive(self, webhook_id: int, delivery_id: int) -> None: ...


class Outcome(StrEnum):
    """What became of an attempt."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"


class WebhookDelivery:
    """Sends events to the webhooks that want them, at least once each; use it from one event loop.

    Any number of processes may do so: a delivery is claimed by one at a time, for as long as an
    attempt may take. Only 2xx is taken for received; a redirect is not followed. Whatever the
    receiver answers is not read, and no cookie is kept.

    Args:
        book: The webhooks and their deliveries.
        settings: Where may be sent to, and how patiently.
        worded: An event as it is sent.

    Raises:
        ConfigurationError: An allowed URL cannot be used.
    """

    def __init__(
        self, book: WebhookBook, settings: WebhookSettings, worded: Callable[[Event], str]
    ) -> None:
        self.book = book
        self._settings = settings
        self._worded = worded
        self._allowed = UrlPrefixes(_SETTING, settings.allowed_urls)
        # A client that is not used would read all certificates at every start.
        self._client = (
            httpx.AsyncClient(
                timeout=settings.timeout_s,
                limits=httpx.Limits(max_connections=settings.concurrency),
                follow_redirects=False,
                trust_env=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                headers={"content-type": "application/json", "user-agent": "gatehouse"},
            )
            if settings.allowed_urls
            else None
        )

    @property
    def on(self) -> bool:
        """Whether any URL may be sent to."""
        return self._client is not None

    def check(self, url: str) -> str:
        """The URL of a new webhook, as it is sent to.

        Raises:
            InvalidRequest: It is malformed, or not among the allowed ones.
        """
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise InvalidRequest("url must be an http or https URL") from error
        if parsed not in self._allowed:
            raise InvalidRequest(f"url: events are sent below the URLs of {_SETTING} alone")
        return str(parsed)

    async def sweep(self) -> int:
        """Make the deliveries that are due, and those that become due meanwhile.

        No webhook waits for another's receiver, as each has a share of the deliveries under way.

        Returns:
            Attempts made.

        Raises:
            GalleryUnavailable: The store cannot be reached; what was claimed comes again.
        """
        attempts = 0
        if self._client is None or not await self.book.any_due():
            return attempts
        under_way: dict[asyncio.Task[Outcome], int] = {}
        try:
            while True:
                claimed = await self._claim(tuple(under_way.values()))
                attempts += len(claimed)
                for one in claimed:
                    attempt = asyncio.create_task(self.deliver(self._client, one))
                    under_way[attempt] = one.webhook_id
                if not under_way:
                    return attempts
                ended, _ = await asyncio.wait(
                    under_way,
                    timeout=self._settings.poll_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for attempt in ended:
                    del under_way[attempt]
                await all_of(ended)
        except GalleryUnavailable:
            await asyncio.gather(*under_way, return_exceptions=True)
            raise
        finally:
            for attempt in under_way:
                attempt.cancel()

    async def deliver(self, client: httpx.AsyncClient, claimed: Delivery) -> Outcome:
        """Make one attempt, and note what became of it."""
        error, final = await self._attempt(client, claimed)
        if error is None:
            await self.book.done(claimed.delivery_id)
            return Outcome.DELIVERED
        pause_s = None if final else self._pause_s(claimed.attempt)
        logger.warning(
            "delivery %d of event %d: %s", claimed.delivery_id, claimed.event.event_id, error
        )
        await self.book.failed(claimed.delivery_id, claimed.attempt, error, pause_s)
        return Outcome.FAILED if pause_s is not None else Outcome.GIVEN_UP

    async def close(self) -> None:
        """Release the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _claim(self, under_way: tuple[int, ...]) -> tuple[Delivery, ...]:
        """As much as may be under way besides the deliveries of these webhooks."""
        settings = self._settings
        free = settings.concurrency - len(under_way)
        if not free:
            return ()
        # Longer than an attempt and what is noted of it: nobody else tries meanwhile.
        lease_s = 2 * settings.timeout_s + _LEAST_LEASE_S
        share = max(1, settings.concurrency // _SHARES)
        return await self.book.claim(free, lease_s, share, under_way)

    async def _attempt(
        self, client: httpx.AsyncClient, claimed: Delivery
    ) -> tuple[str | None, bool]:
        """What went wrong, or None; and whether it always will."""
        if httpx.URL(claimed.url) not in self._allowed:
            return f"the URL is not among {_SETTING} any more", True
        body = self._worded(claimed.event).encode()
        # Not the number: a database that was restored from a backup gives it to another event.
        headers = signed(claimed.secret, claimed.event.seen.token, int(time.time()), body)
        timeout_s = self._settings.timeout_s
        try:
            # The client's own limit is between two bytes; a slow receiver sends one now and then.
            async with asyncio.timeout(timeout_s):
                request = client.build_request("POST", claimed.url, content=body, headers=headers)
                response = await client.send(request, stream=True)
                await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            return f"no answer in {timeout_s:g} s", False
        except httpx.RequestError as error:
            return f"the receiver cannot be reached ({type(error).__name__})", False
        return _problem(response), response.status_code == _GONE

    def _pause_s(self, attempt: int) -> float | None:
        """Until the next attempt, twice as long each time, less up to a half by chance."""
        if attempt >= self._settings.attempts:
            return None
        pause_s = self._settings.first_pause_s * 2.0 ** (attempt - 1)
        return min(pause_s, self._settings.longest_pause_s) * random.uniform(0.5, 1.0)


def _problem(response: httpx.Response) -> str | None:
    if response.is_success:
        return None
    if response.is_redirect:
        return f"the receiver redirects ({response.status_code}), which is not followed"
    return f"the receiver answers {response.status_code}"
