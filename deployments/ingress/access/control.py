"""ASGI middleware: who may ask for what."""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from deployments.ingress.access.key_limits import KeyLimits
from deployments.ingress.access.rules import Rule, rule_of
from deployments.ingress.access.trail import trail
from deployments.ingress.errors import answer
from deployments.ingress.middleware import route_path
from deployments.ingress.unread_bodies import answer_unread
from pipelines.access.watched_keys import WatchedKeys
from pipelines.errors import Forbidden, GatehouseError, Unauthorized

NO_KEY: Final = "send an API key, as Authorization: Bearer KEY or as X-API-Key: KEY"
OTHER_SITE: Final = (
    "a web page of another site may not send this: name its origin in access.cors_origins"
)

_REALM: Final = 'Bearer realm="gatehouse"'
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_OTHER_SITE: Final = frozenset({"", "same-origin", "none"})


class AccessControl:
    """Lets pass requests with a key that allows them and has not asked too often.

    Args:
        app: What is protected.
        keys: Who there is.
        limits: How often each may ask.
    """

    def __init__(self, app: ASGIApp, keys: WatchedKeys, limits: KeyLimits) -> None:
        self._app = app
        self._keys = keys
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rule, _ = rule_of(scope["method"], route_path(scope))
        if rule.open:
            await self._app(scope, receive, send)
            return
        try:
            await self._admit(scope, rule)
        except GatehouseError as error:
            await _refuse(scope, receive, send, error)
            return
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope, rule: Rule) -> None:
        sent = key_sent(Headers(scope=scope))
        if sent is None:
            raise Unauthorized(NO_KEY)
        key = self._keys.find(sent)
        known = trail.get()
        if known is not None:
            known.key = key
        await self._limits.count(key)
        if rule.scope is not None and not key.allows(rule.scope):
            raise Forbidden(
                f'the API key "{key.name}" may not do this, it needs the scope {rule.scope}',
                {"needed": str(rule.scope), "scopes": sorted(map(str, key.scopes))},
            )


class SameSite:
    """Refuses what web pages of other sites send to a service that asks for no key.

    A browser sends a form or a picture to any address without asking, and so to one that only the
    browser's own machine can reach. Browsers say where a request comes from, older ones by its
    ``Origin`` alone; other clients do not, and pass.

    Args:
        app: What is protected.
        origins: Web pages that may.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _READING:
            headers = Headers(scope=scope)
            if _is_of_another_site(headers) and headers.get("origin") not in self._origins:
                await _refuse(scope, receive, send, Forbidden(OTHER_SITE))
                return
        await self._app(scope, receive, send)


def _is_of_another_site(headers: Headers) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site not in _NO_OTHER_SITE
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def key_sent(headers: Headers) -> str | None:
    """The key that a request brings; ``X-API-Key`` counts where there are both."""
    key = headers.get("x-api-key", "").strip()
    if key:
        return key
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return (value.strip() or None) if scheme.lower() == "bearer" else None


async def _refuse(scope: Scope, receive: Receive, send: Send, error: GatehouseError) -> None:
    response = answer(scope, error)
    if isinstance(error, Unauthorized):
        known = "" if error.message == NO_KEY else ', error="invalid_token"'
        response.headers["www-authenticate"] = _REALM + known
    elif isinstance(error, Forbidden) and "needed" in error.extra:
        needed = error.extra["needed"]
        response.headers["www-authenticate"] = (
            f'{_REALM}, error="insufficient_scope", scope="{needed}"'
        )
    await answer_unread(response, scope, receive, send)
