"""Cameras that the service watches by itself."""

import re
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from configs.section import ROOT, Fraction, Section

STREAM_SCHEMES: Final = ("rtsp", "rtsps", "http", "https")
"""What a camera's URL may begin with; anything else is the path of a file."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

MOST_READINGS: Final = 60
"""Of a vehicle that stays for hours the newest readings count; each keeps its picture."""

LookFor = Literal["plates", "faces"]


class TrackSettings(Section):
    """When pictures show the same vehicle or person, and when enough of them were seen."""

    lost_after_s: float = Field(
        1.5,
        gt=0,
        le=60,
        description="A vehicle or person that is not seen for so long has passed; what was seen "
        "until then decides.",
    )
    reach: float = Field(
        1.0,
        ge=0,
        le=10,
        description="How far a plate or face may move between two pictures, in its own widths and "
        "heights to each side, beyond what its movement so far foretells.",
    )
    enough_pictures: int = Field(
        6,
        ge=1,
        le=MOST_READINGS,
        description="Pictures that agree after which a vehicle or person is decided on at once.",
    )
    agreement: Fraction = Field(
        0.7, description="Least share of the readings' weight that the decided text must have."
    )
    least_pictures: int = Field(
        2,
        ge=1,
        le=100,
        description="What is seen in fewer pictures raises no event, but a plate that is read with "
        "alone_confidence.",
    )
    alone_confidence: Fraction = Field(
        0.95, description="Least confidence of a plate that one picture alone decides on."
    )
    least_confidence: Fraction = Field(
        0.5, description="A plate whose readings leave more doubt raises no event."
    )
    again_after_s: float = Field(
        300.0,
        ge=0,
        le=86_400,
        description="A vehicle or person that this camera saw raises no further event before it "
        "was out of sight for so long.",
    )

    @model_validator(mode="after")
    def _enough_is_not_too_few(self) -> Self:
        if self.least_pictures > self.enough_pictures:
            raise ValueError("least_pictures must not be above enough_pictures")
        return self


class ReconnectSettings(Section):
    """How patiently a camera that fails is tried again."""

    open_timeout_s: float = Field(10.0, gt=0, le=120, description="For opening the stream.")
    read_timeout_s: float = Field(
        10.0, gt=0, le=120, description="A stream without a picture for so long has failed."
    )
    first_pause_s: float = Field(
        1.0, gt=0, le=600, description="Pause after the first failure; each further one doubles."
    )
    longest_pause_s: float = Field(60.0, gt=0, le=3600, description="Longest such pause.")

    @model_validator(mode="after")
    def _pauses_grow(self) -> Self:
        if self.first_pause_s > self.longest_pause_s:
            raise ValueError("first_pause_s must not be above longest_pause_s")
        return self


class CameraSettings(Section):
    """One camera. Cameras are set here alone: no request can name one or change its address."""

    id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$",
        description="What its events call the camera; its deployment is Camera-{id}.",
    )
    url: str | None = Field(
        None,
        min_length=1,
        max_length=2000,
        description="A stream (rtsp://, rtsps://, http:// or https://) or the path of a video "
        "file. A relative path starts at the checkout. No user name or password: see url_file.",
    )
    url_file: str | None = Field(
        None,
        min_length=1,
        description="File whose only line is the stream's URL, for URLs with a password; read at "
        "every connection. A relative path starts at the checkout.",
    )
    look_for: tuple[LookFor, ...] = Field(
        ("plates",), min_length=1, max_length=2, description="plates, faces, or both."
    )
    frames_per_second: float = Field(
        4.0,
        gt=0,
        le=60,
        description="Most pictures that are looked at in a second; fewer where the models are "
        "busy, and never one that is not the newest.",
    )
    repeat: bool = Field(
        False, description="A video file begins anew when it has ended, for demonstrations."
    )
    track: TrackSettings = TrackSettings()
    reconnect: ReconnectSettings = ReconnectSettings()

    @field_validator("url")
    @classmethod
    def _has_no_password(cls, url: str | None) -> str | None:
        if url is None:
            return None
        check_url(url)
        if is_stream(url) and urlsplit(url).username is not None:
            raise ValueError("a URL with a user name or password belongs into url_file")
        return url

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("a camera needs either url or url_file")
        return self

    @model_validator(mode="after")
    def _sees_before_it_loses(self) -> Self:
        if 1.0 / self.frames_per_second >= self.track.lost_after_s:
            raise ValueError("track.lost_after_s must be above the time between two pictures")
        return self

    def address(self) -> str:
        """The URL or absolute path that is opened. It may hold a password: show it to nobody.

        Raises:
            OSError: ``url_file`` cannot be read.
            ValueError: It does not hold a stream's URL.
        """
        url = self.url
        if url is None:
            url = (ROOT / str(self.url_file)).read_text(encoding="utf-8").strip()
            if not is_stream(url) or "\n" in url or "\0" in url:
                raise ValueError("url_file holds no URL of a stream")
        return url if is_stream(url) else str(ROOT / Path(url))


def is_stream(url: str) -> bool:
    """Whether it is a URL; everything else is the path of a file."""
    return url.lower().startswith(tuple(f"{scheme}://" for scheme in STREAM_SCHEMES))


def check_url(url: str) -> None:
    """Refuses what is neither a path nor a URL of a known kind, without repeating it.

    Raises:
        ValueError: It is neither.
    """
    if not url or "\n" in url or "\0" in url:
        raise ValueError("a camera's URL is one line")
    if not is_stream(url) and _SCHEME.match(url):
        raise ValueError(
            f"a camera's URL begins with {'://, '.join(STREAM_SCHEMES)}:// or is a path"
        )
