"""The audit log: which key recognised, enrolled, read, changed, erased and exported what.

A line is JSON: time, request id, name and id of the key, action, method and path, status, and the
ids of the drivers concerned. There is no picture, vector, name or plate text in it, so it may be
kept after a driver is erased. It is in the file before the caller has the answer. Requests without
a good key and those over a limit are not written: whoever can send many of them could push out of
the log what he did before. What a page asks every few seconds is written now and then.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from concurrent_log_handler import ConcurrentRotatingFileHandler
from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from configs.settings import AccessSettings
from deployments.ingress.access.repeats import Repeats
from deployments.ingress.access.rules import rule_of
from deployments.ingress.access.trail import Trail, trail
from deployments.ingress.errors import CLIENT_CLOSED_REQUEST
from deployments.ingress.middleware import request_id, route_path
from pipelines.errors import ConfigurationError
from pipelines.storage.private_files import make_private_folder

_UNWRITTEN: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)
_PATH_SHOWN: Final = 200
_ID: Final = TypeAdapter(int)


def audit_log(settings: AccessSettings) -> logging.Logger | None:
    """Opens the audit log; None where the settings ask for none.

    Several processes may write to one file: the handler locks it, and rotates it by size.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    path = settings.audit_path
    if path is None:
        return None
    try:
        make_private_folder(path.parent)
        path.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(f"the audit log {path} cannot be written: {error}") from error
    log = logging.Logger("gatehouse.audit", logging.INFO)  # of this application alone
    log.addHandler(
        ConcurrentRotatingFileHandler(
            path,
            maxBytes=settings.audit_max_bytes,
            backupCount=settings.audit_files,
            encoding="utf-8",
            chmod=0o600,
        )
    )
    return log


class Auditing:
    """Writes a line for every request whose route has an action.

    Args:
        app: What is watched; it notes the key and the drivers in the trail.
        log: Where lines go.
    """

    def __init__(self, app: ASGIApp, log: logging.Logger) -> None:
        self._app = app
        self._log = log
        self._repeats = Repeats()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = Trail()
        token = trail.set(known)
        written = False

        def write(status: int) -> None:
            nonlocal written
            written = True
            self._write(scope, known, status)

        async def send_after_writing(message: Message) -> None:
            if message["type"] == "http.response.start" and not written:
                write(message["status"])
            await send(message)

        status: int = HTTPStatus.INTERNAL_SERVER_ERROR
        try:
            await self._app(scope, receive, send_after_writing)
        except asyncio.CancelledError:
            status = CLIENT_CLOSED_REQUEST  # what was asked for may have been done
            raise
        finally:
            trail.reset(token)
            if not written:
                write(status)

    def _write(self, scope: Scope, known: Trail, status: int) -> None:
        path = route_path(scope)
        rule, parameters = rule_of(scope["method"], path)
        if rule.action is None or status in _UNWRITTEN:
            return
        key_id = known.key.id if known.key else None
        route = f"{scope['method']} {path[:_PATH_SHOWN]}"
        if rule.repeats and not self._repeats.is_due((key_id, route, status)):
            return
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": request_id.get(),
            "key": known.key.name if known.key else None,
            "key_id": key_id,
            "action": rule.action,
            "route": route,
            "status": int(status),
            "driver_ids": sorted({*_driver_in(parameters), *known.driver_ids}),
        }
        self._log.info(json.dumps(line, ensure_ascii=True))


def _driver_in(parameters: Mapping[str, str]) -> list[int]:
    """The driver that a path names, read as the routes read it: " 7" is driver 7 for both."""
    try:
        return [_ID.validate_python(parameters["driver_id"])]
    except (KeyError, ValidationError):
        return []
