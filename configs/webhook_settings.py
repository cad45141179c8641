"""Who is told of events, and how patiently."""

from pydantic import Field

from configs.section import Section


class WebhookSettings(Section):
    """Deliveries of events to other servers."""

    allowed_urls: tuple[str, ...] = Field(
        (),
        max_length=100,
        description="URLs below which webhooks may be registered, such as "
        "https://fleet.example.com/hooks/; none by default, and nothing is then sent. Redirects "
        "are never followed. Use http inside your own network alone.",
    )
    timeout_s: float = Field(
        10.0, gt=0, le=60, description="For one attempt; the receiver answers 2xx before."
    )
    attempts: int = Field(
        12, ge=1, le=50, description="Attempts at a delivery; then it is a dead letter."
    )
    first_pause_s: float = Field(
        5.0, gt=0, le=3600, description="Pause after the first failure; each further one doubles."
    )
    longest_pause_s: float = Field(
        3600.0, gt=0, le=86_400, description="No pause is longer. Each is cut by up to a half."
    )
    poll_s: float = Field(
        2.0,
        ge=0.05,
        le=3600,
        description="How often an ingress replica looks for deliveries that are due.",
    )
    concurrency: int = Field(
        8, ge=1, le=100, description="Deliveries under way at once, in one ingress replica."
    )
