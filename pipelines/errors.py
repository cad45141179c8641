"""Every failure that Gatehouse names.

GatehouseError                 500 internal_error
├── BadInput                   400 bad_input
│   ├── InvalidRequest         400 invalid_request        malformed JSON, a bad id, a bad field
│   ├── UnreadablePicture      400 unreadable_picture     bytes that no decoder understands
│   ├── UnsupportedPicture     400 unsupported_picture    neither PNG nor JPEG by content
│   ├── NoPlateFound           404 no_plate_found         a picture without a plate
│   ├── PlateUnreadable        422 plate_unreadable       a plate whose text cannot be read
│   ├── NoFaceFound            422 no_face_found          a picture without a face
│   └── NotEnoughFaces         422 not_enough_faces       a registration short of usable faces
├── Unauthorized               401 unauthorized           no API key, or none of ours
├── Forbidden                  403 forbidden              the caller may not do this
├── RateLimited                429 rate_limited           more requests a minute than the key may
│   └── QuotaExceeded          429 quota_exceeded         more requests a day than the key may
├── TooLarge                   413 too_large              more bytes or pixels than allowed
├── TooSlow                    408 too_slow               a body that takes too long to arrive
├── NotFound                   404 not_found
│   ├── PictureNotFound        404 picture_not_found      the picture source has no such id
│   ├── DriverNotFound         404 driver_not_found       the gallery has no such driver
│   ├── FaceNotFound           404 face_not_found         the driver has no such face
│   ├── VehicleNotFound        404 vehicle_not_found      there is no such vehicle
│   ├── EventNotFound          404 event_not_found        the journal has no such event
│   ├── CameraNotFound         404 camera_not_found       the settings have no such camera
│   ├── NoCameraPicture        404 no_camera_picture      the camera brings no picture now
│   └── WebhookNotFound        404 webhook_not_found      there is no such webhook
├── Conflict                   409 conflict               it contradicts what is stored
│   ├── ExternalIdTaken        409 external_id_taken      another one has this external id
│   ├── PlateTaken             409 plate_taken            another vehicle bears this plate
│   ├── IdempotencyKeyReused   409 idempotency_key_reused a key was sent with another request
│   ├── AlreadyEnrolled        409 already_enrolled       the face or photo is a driver's already
│   ├── LastFace               409 last_face              a driver is not left without any face
│   ├── NoComparableFace       409 no_comparable_face     the driver has no face to compare with
│   └── NotSamePerson          409 not_same_person        two drivers to be merged are not alike
├── VersionMismatch            412 version_mismatch       changed since the caller read it
├── DriverUnknown              404 driver_unknown         a face that is close enough to nobody
├── Unavailable                503 unavailable            a dependency cannot be reached now
│   ├── GalleryUnavailable     503 gallery_unavailable    the SQL store cannot be read or written
│   └── Overloaded             503 overloaded             queues are full; try again later
├── UpstreamFailure            502 upstream_failure       the picture server failed or was too slow
└── ConfigurationError         500 configuration_error    settings, weights or YAML that cannot work
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class GatehouseError(Exception):
    """Base of the tree; also raised for a failure of ours that has no better name.

    Args:
        message: One sentence for the caller, saying what to change where the caller can.
        extra: Facts for the error body's ``details``; JSON values only.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, extra: Mapping[str, Any] | None = None) -> None:
        # All arguments go to super() so that the error survives pickling across a Serve handle.
        super().__init__(message, extra)
        self.message = message
        self.extra: dict[str, Any] = dict(extra or {})

    def __str__(self) -> str:
        return self.message


class BadInput(GatehouseError):
    """The caller sent something that cannot be used."""

    status, code = 400, "bad_input"


class InvalidRequest(BadInput):
    """The request's JSON, fields or ids are malformed."""

    code = "invalid_request"


class UnreadablePicture(BadInput):
    """The bytes are not a picture that can be decoded."""

    code = "unreadable_picture"


class UnsupportedPicture(BadInput):
    """The content is neither PNG nor JPEG."""

    code = "unsupported_picture"


class NoPlateFound(BadInput):
    """The picture shows no licence plate."""

    status, code = 404, "no_plate_found"


class PlateUnreadable(BadInput):
    """A plate was found, but no text could be read from it."""

    status, code = 422, "plate_unreadable"


class NoFaceFound(BadInput):
    """The picture shows no face."""

    status, code = 422, "no_face_found"


class NotEnoughFaces(BadInput):
    """A registration has fewer pictures with a face than it needs."""

    status, code = 422, "not_enough_faces"


class Unauthorized(GatehouseError):
    """The request has no API key, or one that is unknown, revoked or expired."""

    status, code = 401, "unauthorized"


class Forbidden(GatehouseError):
    """The caller is known, or is a web page elsewhere, and may not do this."""

    status, code = 403, "forbidden"


class RateLimited(GatehouseError):
    """The API key made more requests in a minute than it may."""

    status, code = 429, "rate_limited"


class QuotaExceeded(RateLimited):
    """The API key made more requests in a day than it may."""

    code = "quota_exceeded"


class TooLarge(GatehouseError):
    """The body or the picture is larger than the settings allow."""

    status, code = 413, "too_large"


class TooSlow(GatehouseError):
    """The body takes longer to arrive than the settings allow."""

    status, code = 408, "too_slow"


class NotFound(GatehouseError):
    """The named thing does not exist."""

    status, code = 404, "not_found"


class PictureNotFound(NotFound):
    """The picture source has no picture of this id."""

    code = "picture_not_found"


class DriverNotFound(NotFound):
    """The gallery has no driver of this id."""

    code = "driver_not_found"


class FaceNotFound(NotFound):
    """The driver has no face of this id."""

    code = "face_not_found"


class VehicleNotFound(NotFound):
    """There is no vehicle of this id."""

    code = "vehicle_not_found"


class EventNotFound(NotFound):
    """The journal has no event of this id, or no longer."""

    code = "event_not_found"


class CameraNotFound(NotFound):
    """The settings have no camera of this id."""

    code = "camera_not_found"


class NoCameraPicture(NotFound):
    """The camera is away, has ended, or has brought no picture yet."""

    code = "no_camera_picture"


class WebhookNotFound(NotFound):
    """There is no webhook of this id."""

    code = "webhook_not_found"


class Conflict(GatehouseError):
    """The request contradicts what is stored."""

    status, code = 409, "conflict"


class ExternalIdTaken(Conflict):
    """Another driver, or another vehicle, has this external id."""

    code = "external_id_taken"


class PlateTaken(Conflict):
    """Another vehicle bears this plate."""

    code = "plate_taken"


class IdempotencyKeyReused(Conflict):
    """The key came with another request before."""

    code = "idempotency_key_reused"


class AlreadyEnrolled(Conflict):
    """The face is recognised as another driver's, or the driver has the photo already."""

    code = "already_enrolled"


class LastFace(Conflict):
    """The face is the driver's last one; without any the driver could not be recognised."""

    code = "last_face"


class NoComparableFace(Conflict):
    """The driver has no face that the running model can compare with."""

    code = "no_comparable_face"


class NotSamePerson(Conflict):
    """Two drivers to be merged do not look like one person, or nothing tells whether they do."""

    code = "not_same_person"


class VersionMismatch(GatehouseError):
    """The driver or vehicle has changed since the caller read it."""

    status, code = 412, "version_mismatch"


class DriverUnknown(GatehouseError):
    """The face is close enough to no enrolled driver."""

    status, code = 404, "driver_unknown"


class Unavailable(GatehouseError):
    """Something the answer depends on cannot be reached now."""

    status, code = 503, "unavailable"


class GalleryUnavailable(Unavailable):
    """The SQL store cannot be read or written now."""

    code = "gallery_unavailable"


class Overloaded(Unavailable):
    """The queues are full."""

    code = "overloaded"


class UpstreamFailure(GatehouseError):
    """The picture server failed or took too long."""

    status, code = 502, "upstream_failure"


class ConfigurationError(GatehouseError):
    """Settings, weights or a YAML file cannot work as they are."""

    code = "configuration_error"
