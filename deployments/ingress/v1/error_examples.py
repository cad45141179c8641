"""An example of every error that the /v1 routes answer, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from deployments.ingress.wording import BUSY, NO_SUCH_ID, TOO_SLOW

_OUTCOME: Final = {
    "name": "side.jpg",
    "outcome": "rejected",
    "reason": "turned_away",
    "message": "the face is turned to the side by 52 degrees, at most 45 is needed: look into the "
    "camera",
    "measured": 52.3,
    "limit": 45.0,
}

ERROR_EXAMPLES: Final[Mapping[str, tuple[int, str, dict[str, Any]]]] = {
    "invalid_request": (
        400,
        "name: string should have at most 200 characters",
        {"fields": [{"field": "name", "message": "string should have at most 200 characters"}]},
    ),
    "unreadable_picture": (
        400,
        "read image error",
        {},
    ),
    "unsupported_picture": (
        400,
        "side.gif: the content is neither PNG nor JPEG, send one of these",
        {"name": "side.gif"},
    ),
    "picture_not_found": (404, "image_url: there is no such picture", {}),
    "upstream_failure": (
        502,
        "the picture source failed 3 times, last with ConnectTimeout",
        {},
    ),
    "driver_not_found": (
        404,
        "there is no such driver, GET /v1/drivers lists those that are enrolled",
        {},
    ),
    "vehicle_not_found": (404, "there is no vehicle 12", {}),
    "face_not_found": (404, "driver 7 has no face 19", {}),
    "webhook_not_found": (404, "there is no webhook 3", {}),
    "not_found/letter": (404, "webhook 3 has no dead letter 81", {}),
    "conflict/webhooks": (409, "there are 100 webhooks already, remove one first", {}),
    "event_not_found": (404, "there is no event 12", {}),
    "not_found/crop": (404, "event 12 has no picture", {}),
    "camera_not_found": (
        404,
        "there is no such camera, GET /v1/cameras lists those of the settings",
        {},
    ),
    "no_camera_picture": (
        404,
        "camera gate-1 brings no picture: the stream cannot be opened",
        {"state": "failed"},
    ),
    "not_found": (404, "driver 7 has no photo: no picture of the driver is kept", {}),
    "already_enrolled": (
        409,
        "the face is that of driver 3, with a similarity of 0.81, under 0.46 is needed: add it to "
        "driver 3, or ask with ?allow_twin=true",
        {"driver_id": 3, "similarity": 0.81, "threshold": 0.46},
    ),
    "not_same_person": (
        409,
        "drivers 7 and 8 do not look like one person, with a similarity of 0.12, at least 0.50 is "
        "needed: merge them with ?allow_unlike=true only where you know better",
        {"similarity": 0.12, "threshold": 0.5},
    ),
    "already_enrolled/import": (
        409,
        "2 of 48 drivers of the file are enrolled here already, the first of them, driver 7 of the "
        "file, as driver 3, and of two who are one person neither is recognised: erase these "
        "drivers first, or ask with ?allow_twin=true and merge them",
        {
            "twins": 2,
            "drivers": 48,
            "first": [
                {"id_in_file": 7, "driver_id": 3, "similarity": 0.97, "threshold": 0.46},
                {"id_in_file": 9, "driver_id": 4, "similarity": 0.98, "threshold": 0.46},
            ],
        },
    ),
    "plate_taken": (
        409,
        "vehicle 3 bears the plate 30A12345 already",
        {"vehicle_id": 3},
    ),
    "plate_taken/import": (
        409,
        "1 of 12 vehicles of the file are known here already, the first of them, vehicle 5 of the "
        "file (30A12345), has the plate of vehicle 12: erase or change these vehicles first, or "
        "ask with ?keep_known_vehicles=true, which leaves them as they are here",
        {
            "known": 1,
            "vehicles": 12,
            "first": [
                {
                    "id_in_file": 5,
                    "plate": "30A12345",
                    "vehicle_id": 12,
                    "reason": "plate_taken",
                }
            ],
        },
    ),
    "external_id_taken/vehicle": (
        409,
        'another vehicle has the external id "van-12"',
        {"external_id": "van-12"},
    ),
    "version_mismatch/vehicle": (
        412,
        "vehicle 12 has changed since version 3",
        {"version": 4},
    ),
    "unsupported_media_type/json": (415, "send application/json", {}),
    "external_id_taken": (
        409,
        'another driver has the external id "fleet-0042"',
        {"external_id": "fleet-0042"},
    ),
    "idempotency_key_reused": (409, "this idempotency key came with another request", {}),
    "last_face": (
        409,
        "face 19 is the last one of driver 7, who could not be recognised without any: erase the "
        "driver, or add another photo first",
        {"driver_id": 7, "face_id": 19},
    ),
    "no_comparable_face": (
        409,
        "driver 7 has no face of the running model, add a photo of the driver",
        {"driver_id": 7},
    ),
    "conflict/export": (
        409,
        "the gallery has 1000001 vehicles and a file at most 1000000: move it with a backup of its "
        "database",
        {"vehicles": 1_000_001, "most": 1_000_000},
    ),
    "conflict/import": (
        409,
        "the file has vectors of w600k_r50/1, this gallery searches with sface/1: export with "
        "pictures=true, which can be embedded again",
        {"model_ids": ["w600k_r50/1"], "model_id": "sface/1"},
    ),
    "version_mismatch": (412, "driver 7 has changed since version 3", {"version": 4}),
    "too_large": (
        413,
        "the request body is larger than 16777216 bytes, send a smaller picture",
        {"max_body_bytes": 16_777_216},
    ),
    "too_slow": (
        408,
        TOO_SLOW,
        {"timeout_s": 30.0},
    ),
    "unsupported_media_type": (415, "send multipart/form-data or application/json", {}),
    "no_face_found": (
        422,
        "the picture shows no face, send one that shows the driver's face",
        {},
    ),
    "not_enough_faces": (
        422,
        "2 of 3 photos can be used, a new driver needs at least 3: details.photos says what is "
        "wrong with the others",
        {
            "usable": 2,
            "needed": 3,
            "photos": [
                {"name": "front.jpg", "outcome": "usable"},
                _OUTCOME,
                {"name": "smile.jpg", "outcome": "usable"},
            ],
        },
    ),
    "not_found/id": (404, NO_SUCH_ID, {}),
    "unavailable": (503, "FaceEncoder.encode did not answer in 30 s", {}),
    "gallery_unavailable": (503, "the driver gallery cannot be reached, try again shortly", {}),
    "overloaded": (503, BUSY, {"retry_after_s": 1}),
}
"""Status, message and details, by the error's code; what follows a slash tells examples apart."""
