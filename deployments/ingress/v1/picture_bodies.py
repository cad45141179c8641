"""Pictures that the /v1 routes are sent as JSON, and what is told of them."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from deployments.ingress.v1.bodies import Base64Picture, Body, Moment, of_field, one_line

LONGEST_CAMERA_ID = 100

PictureUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Field(
        description="Where the picture is fetched from; only below a URL of the setting "
        "`pictures.allowed_urls`.",
        examples=["https://cameras.example.com/snapshots/gate-1.jpg"],
    ),
]
CameraId = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_CAMERA_ID),
    AfterValidator(one_line),
    Field(description="What took the picture; answered as sent.", examples=["gate-1"]),
]
Timestamp = Annotated[
    Moment,
    Field(
        description="When the picture was taken, with a time zone; answered in UTC. Nothing is "
        "decided by it: whether a driver or a vehicle counts is asked of the server's clock.",
        examples=["2026-11-22T04:30:00Z"],
    ),
]


class Shot(BaseModel):
    """Where and when a picture was taken."""

    camera_id: CameraId | None = None
    timestamp: Timestamp | None = None


class OnePicture(Body):
    """One picture: itself, or where it is fetched from."""

    image: Base64Picture | None = None
    image_url: PictureUrl | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.image is None) == (self.image_url is None):
            raise of_field("image", "send image, or image_url in its place")
        return self


class ShotPicture(OnePicture):
    """One picture of several, with what is told of it."""

    camera_id: CameraId | None = None
    timestamp: Timestamp | None = None

    def shot(self) -> Shot:
        """What is told of it."""
        return Shot.model_construct(camera_id=self.camera_id, timestamp=self.timestamp)


class PictureBatch(Body):
    """Several pictures."""

    pictures: list[ShotPicture] = Field(min_length=1, description="Each has an answer of its own.")


class GatePictures(Body):
    """One picture of a vehicle and its driver, or one of each."""

    image: Base64Picture | None = None
    image_url: PictureUrl | None = None
    vehicle: OnePicture | None = Field(None, description="Shows the plate.")
    driver: OnePicture | None = Field(None, description="Shows the driver's face.")

    @model_validator(mode="after")
    def _is_one_or_two(self) -> Self:
        whole = [self.image, self.image_url]
        parts = [self.vehicle, self.driver]
        one = sum(part is not None for part in whole) == 1 and parts == [None, None]
        two = None not in parts and whole == [None, None]
        if not (one or two):
            raise of_field("image", "send image (or image_url), or vehicle and driver in its place")
        return self

    def each(self) -> tuple[OnePicture, OnePicture]:
        """That of the vehicle and that of the driver; one object where one picture shows both."""
        if self.vehicle is not None and self.driver is not None:
            return self.vehicle, self.driver
        both = OnePicture.model_construct(image=self.image, image_url=self.image_url)
        return both, both
