"""Enrolling drivers with a running service, over its own API."""

import asyncio
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final

import httpx

from pipelines.bulk.driver_folders import DriverPhotos
from pipelines.bulk.work import FAILED
from pipelines.errors import (
    ConfigurationError,
    Forbidden,
    IdempotencyKeyReused,
    Unauthorized,
    Unavailable,
)

Pause = Callable[[float], Coroutine[Any, Any, None]]

_ATTEMPTS: Final = 6
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0
_PASSING: Final = frozenset({408, 429, 502, 503, 504})
NOT_BY_SERVICE: Final = "http_"
"""What the code of an error begins with that something before the service answered."""

_REFUSALS: Final = {401: Unauthorized, 403: Forbidden}


class EnrolmentClient:
    """Posts drivers to ``/v1/drivers``; what passes is tried again with the same key.

    Args:
        http: With the service's address, its key and a timeout.
        allow_twin: Take a face that is recognised as another driver's all the same.
        pause: Waits some seconds.
    """

    def __init__(
        self, http: httpx.AsyncClient, allow_twin: bool = False, pause: Pause = asyncio.sleep
    ) -> None:
        self._http = http
        self._allow_twin = allow_twin
        self._pause = pause

    async def enrol(self, driver: DriverPhotos) -> dict[str, Any]:
        """Enrol a driver once, however often it is asked for.

        Returns:
            ``outcome``: enrolled, enrolled_before or failed; ``driver_id``; ``photos``, as the
            service answers them; ``error``: HTTP status, code, message and details.

        Raises:
            Unauthorized, Forbidden: The key may not enrol.
            ConfigurationError: Something else than the service answers.
            Unavailable: The service does not answer, after several attempts.
        """
        answer = await self._answered(driver, self._allow_twin)
        if self._allow_twin and _error(answer)["code"] == IdempotencyKeyReused.code:
            # Sent before without the flag, under the same key.
            answer = await self._answered(driver, allow_twin=False)
        if answer.status_code in _REFUSALS:
            raise _REFUSALS[HTTPStatus(answer.status_code)](_error(answer)["message"])
        if answer.is_success:
            created = answer.status_code == HTTPStatus.CREATED
            outcome = "enrolled" if created else "enrolled_before"
            return {"outcome": outcome, **self._driver(answer), "error": None}
        error = _error(answer)
        details = {**error["details"]}
        photos = details.pop("photos", [])
        told = {"status": answer.status_code, **error, "details": details}
        return {"outcome": FAILED, "driver_id": None, "photos": photos, "error": told}

    def _driver(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            document = answer.json()
            return {"driver_id": document["driver"]["id"], "photos": document["photos"]}
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{self._http.base_url} answers {answer.status_code} and names no driver: it is no "
                "Gatehouse"
            ) from error

    async def _answered(self, driver: DriverPhotos, allow_twin: bool) -> httpx.Response:
        reason = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                await self._pause(min(_FIRST_PAUSE_S * 2 ** (attempt - 1), _LONGEST_PAUSE_S))
            try:
                answer = await self._http.post(
                    "/v1/drivers",
                    params={"allow_twin": "true"} if allow_twin else {},
                    data={"name": driver.name},
                    files=[("images", photo) for photo in driver.photos],
                    headers={"Idempotency-Key": driver.idempotency_key},
                )
            except httpx.TransportError as error:
                reason = type(error).__name__
                continue
            if answer.status_code not in _PASSING:
                return answer
            reason = f"{answer.status_code} {_error(answer)['message']}"
        raise Unavailable(f"{self._http.base_url} did not answer {_ATTEMPTS} times, last {reason}")


def _error(answer: httpx.Response) -> dict[str, Any]:
    """What an answer says that is an error of the service, or of something before it."""
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        error = None
    if isinstance(error, dict) and {"code", "message"} <= error.keys():
        details = error.get("details")
        told = {"code": error["code"], "message": error["message"]}
        return {**told, "details": details if isinstance(details, dict) else {}}
    told = {"code": f"{NOT_BY_SERVICE}{answer.status_code}", "message": answer.text[:200]}
    return {**told, "details": {}}
