"""What each route asks of an API key, and what the audit log calls it.

A route that is not named here needs admin: what nobody thought of stays closed.

| Scope | Routes |
|---|---|
| none | health probes; the console's page; the API document and the page that shows it |
| any key | metrics and versions; the greeting; the gallery's size and state |
| recognise | reading plates, recognising and verifying drivers, the gate, stored crops, cameras |
| enrol | enrolling, listing, reading and changing drivers and vehicles; adding photos; events; |
| | what cameras see |
| admin | erasing, merging, export (of events too), import, webhooks |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.routing import compile_path

from pipelines.access.key_records import Scope


@dataclass(frozen=True, slots=True)
class Rule:
    """What one route asks.

    Attributes:
        scope: What the key must allow; None is satisfied by every key.
        action: What the audit log says was done; None is not written down.
        open: Answered without a key.
        repeats: Pages ask it every few seconds: what becomes of the same path with the same key is
            written once in ten minutes while it stays the same.
    """

    scope: Scope | None = None
    action: str | None = None
    open: bool = False
    repeats: bool = False


_OPEN: Final = Rule(open=True)
_ANY_KEY: Final = Rule()
_READ_PLATE: Final = Rule(Scope.RECOGNISE, "recognise_plate")
_RECOGNISE: Final = Rule(Scope.RECOGNISE, "recognise_driver")
_ENROL: Final = Rule(Scope.ENROL, "enrol")
_READ: Final = Rule(Scope.ENROL, "read")
_ENROL_VEHICLE: Final = Rule(Scope.ENROL, "create_vehicle")
_READ_VEHICLES: Final = Rule(Scope.ENROL, "read_vehicles")
_READ_EVENTS: Final = Rule(Scope.ENROL, "read_events")
_WEBHOOKS: Final = Rule(Scope.ADMIN, "look_after_webhooks")
UNNAMED: Final = Rule(Scope.ADMIN, "other")
"""Of every route that has no rule of its own."""

RULES: Final[Mapping[tuple[str, str], Rule]] = {
    ("GET", "/healthz"): _OPEN,
    ("GET", "/readyz"): _OPEN,
    ("GET", "/openapi.json"): _OPEN,
    ("GET", "/docs"): _OPEN,
    ("GET", "/docs/oauth2-redirect"): _OPEN,
    ("GET", "/redoc"): _OPEN,
    ("GET", "/"): _OPEN,
    ("GET", "/console/{version}/{name}"): _OPEN,
    ("GET", "/info"): _ANY_KEY,
    ("GET", "/metrics"): _ANY_KEY,
    ("POST", "/greeting"): _ANY_KEY,
    ("POST", "/readPlateNumber"): _READ_PLATE,
    ("POST", "/idToNum"): _READ_PLATE,
    ("POST", "/idToNumBatch"): _READ_PLATE,
    ("POST", "/api/license_plate/recognize"): _READ_PLATE,
    ("POST", "/api/face/register"): _ENROL,
    ("POST", "/api/face/recognize"): _RECOGNISE,
    ("GET", "/static/images/{path:path}"): Rule(Scope.RECOGNISE, "read_crop"),
    ("POST", "/v1/plates:read"): _READ_PLATE,
    ("POST", "/v1/plates:readBatch"): _READ_PLATE,
    ("POST", "/v1/faces:identify"): _RECOGNISE,
    ("POST", "/v1/gate:check"): Rule(Scope.RECOGNISE, "check_gate"),
    ("POST", "/v1/drivers/{driver_id}/verify"): _RECOGNISE,
    ("POST", "/v1/drivers"): _ENROL,
    ("GET", "/v1/drivers"): _READ,
    ("GET", "/v1/drivers/{driver_id}"): _READ,
    ("PATCH", "/v1/drivers/{driver_id}"): Rule(Scope.ENROL, "change"),
    ("DELETE", "/v1/drivers/{driver_id}"): Rule(Scope.ADMIN, "erase"),
    ("POST", "/v1/drivers/{driver_id}/merge"): Rule(Scope.ADMIN, "merge"),
    ("GET", "/v1/drivers/{driver_id}/faces"): _READ,
    ("POST", "/v1/drivers/{driver_id}/faces"): _ENROL,
    ("DELETE", "/v1/drivers/{driver_id}/faces/{face_id}"): Rule(Scope.ADMIN, "erase_face"),
    ("GET", "/v1/drivers/{driver_id}/photo"): _READ,
    ("POST", "/v1/vehicles"): _ENROL_VEHICLE,
    ("GET", "/v1/vehicles"): _READ_VEHICLES,
    ("GET", "/v1/vehicles/{vehicle_id}"): _READ_VEHICLES,
    ("PATCH", "/v1/vehicles/{vehicle_id}"): Rule(Scope.ENROL, "change_vehicle"),
    ("DELETE", "/v1/vehicles/{vehicle_id}"): Rule(Scope.ADMIN, "erase_vehicle"),
    ("GET", "/v1/events"): _READ_EVENTS,
    ("GET", "/v1/events:hourly"): _READ_EVENTS,
    ("GET", "/v1/events:report"): _READ_EVENTS,
    ("GET", "/v1/events:stream"): _READ_EVENTS,
    ("GET", "/v1/events:export"): Rule(Scope.ADMIN, "export_events"),
    ("GET", "/v1/events/{event_id}"): _READ_EVENTS,
    ("GET", "/v1/events/{event_id}/crop"): _READ_EVENTS,
    ("POST", "/v1/webhooks"): Rule(Scope.ADMIN, "create_webhook"),
    ("GET", "/v1/webhooks"): _WEBHOOKS,
    ("DELETE", "/v1/webhooks/{webhook_id}"): Rule(Scope.ADMIN, "remove_webhook"),
    ("GET", "/v1/webhooks/{webhook_id}/dead-letters"): _WEBHOOKS,
    ("POST", "/v1/webhooks/{webhook_id}/dead-letters/{letter_id}/redeliver"): _WEBHOOKS,
    ("GET", "/v1/cameras"): Rule(Scope.RECOGNISE),
    ("GET", "/v1/cameras/{camera_id}/picture"): Rule(Scope.ENROL, "watch_camera", repeats=True),
    ("GET", "/v1/gallery"): _ANY_KEY,
    ("GET", "/v1/gallery/export"): Rule(Scope.ADMIN, "export"),
    ("POST", "/v1/gallery/import"): Rule(Scope.ADMIN, "import"),
}
"""By method and path, as the routes are declared; HEAD counts as GET."""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_PLAIN: Final = {route: rule for route, rule in RULES.items() if "{" not in route[1]}
# The router's own patterns, so that a path is never one thing here and another there.
_PATTERNS: Final = [
    (method, compile_path(path)[0], rule) for (method, path), rule in RULES.items() if "{" in path
]
_DOCUMENTED: Final = {
    (method, re.sub(r":\w+}", "}", path)): rule for (method, path), rule in RULES.items()
}


def rule_of(method: str, path: str) -> tuple[Rule, Mapping[str, str]]:
    """The rule of a request, and the parameters in its path.

    Args:
        method: In capitals.
        path: Below the application's prefix, without a trailing slash.
    """
    rule = _PLAIN.get((method, path))
    if rule is not None:
        return rule, _NOTHING
    for of_method, pattern, rule in _PATTERNS:
        if of_method == method and (found := pattern.fullmatch(path)):
            return rule, found.groupdict()
    return UNNAMED, _NOTHING


def documented_rule(method: str, path: str) -> Rule:
    """The rule of a path as the API document writes it."""
    return _DOCUMENTED.get((method.upper(), path), UNNAMED)
