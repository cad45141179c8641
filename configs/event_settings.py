"""How events are recorded, and how they are shown as they come."""

from pydantic import Field

from configs.section import Section


class EventSettings(Section):
    """The journal of events."""

    required: bool = Field(
        False,
        description="true answers 503 where an event cannot be stored. false gives the answer all "
        "the same, with `event_id` null; the loss is logged and counted.",
    )
    record_timeout_s: float = Field(
        5.0, gt=0, le=60, description="Longest wait for an event to be stored, before the answer."
    )
    poll_s: float = Field(
        0.5,
        ge=0.01,
        le=60,
        description="How often an ingress replica looks for new events while somebody listens.",
    )
    heartbeat_s: float = Field(
        15.0,
        gt=0,
        le=50,
        description="A stream without an event sends a sign of life after this time, so that no "
        "proxy takes it for dead: HAProxy here does after 60 s.",
    )
    stream_s: float = Field(
        100.0,
        gt=0,
        le=86_400,
        description="Longest time of one stream; a browser then goes on by itself, and misses "
        "nothing. Keep it below Serve's request_timeout_s, which cuts off in the middle.",
    )
    max_streams: int = Field(
        32,
        ge=1,
        le=10_000,
        description="Streams of one ingress replica; more is answered 503. Serve counts each as a "
        "request under way: keep it, with limits.max_requests_in_flight, below the ingress's "
        "max_ongoing_requests.",
    )
