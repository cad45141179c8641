"""Who may use the service: keys, how much each may ask, what is written down, which web pages."""

import re
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from configs.section import MIB, ROOT, Section

AUDIT_FILE: Final = "var/audit.jsonl"
"""Where the audit log lies when keys are on and no place is set."""

_ORIGIN = re.compile(r"https?://[^\s/?#@*,]+")


class AccessSettings(Section):
    """Keys, limits for each key, the audit log, and the web pages that may call the service."""

    keys_file: str | None = Field(
        None,
        min_length=1,
        description="YAML file of API keys (`python -m deployments.keys` writes it); every request "
        "but health probes then needs a key. None asks for no key, which only a service on a "
        "loopback address may. A relative path starts at the checkout.",
    )
    keys_reload_s: float = Field(
        1.0,
        ge=0,
        le=60,
        description="How often at most an ingress replica looks whether the key file changed; a "
        "revoked key is refused after this time at the latest.",
    )
    requests_per_minute: int | None = Field(
        1200,
        ge=1,
        le=1_000_000,
        description="Requests of one key in a minute of the clock, in one ingress replica; more is "
        "answered 429. The key file may say otherwise for a key. None is no limit.",
    )
    requests_per_day: int | None = Field(
        None,
        ge=1,
        le=1_000_000_000,
        description="Requests of one key in a day (UTC), in one ingress replica; more is answered "
        "429. The key file may say otherwise for a key. None is no limit.",
    )
    audit_file: str | None = Field(
        None,
        min_length=1,
        description="JSON lines of who recognised, enrolled, read, changed, erased and exported. "
        f"None: {AUDIT_FILE} while keys are on, and no log while they are off. A relative path "
        "starts at the checkout.",
    )
    audit_max_bytes: int = Field(
        64 * MIB, ge=4096, le=1024 * MIB, description="The audit log is rotated at this size."
    )
    audit_files: int = Field(
        10, ge=1, le=20, description="Rotated audit logs that are kept; the oldest is deleted."
    )
    cors_origins: tuple[str, ...] = Field(
        (),
        description="Web pages that may call the service from a browser, by their origins, such "
        "as https://gate.example.com. Others may not.",
    )

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin: name each as scheme://host or scheme://host:port"
                )
        return origins

    @property
    def keys_path(self) -> Path | None:
        """Where the key file lies; None while keys are off."""
        return None if self.keys_file is None else ROOT / self.keys_file

    @property
    def audit_path(self) -> Path | None:
        """Where the audit log lies; None where none is kept."""
        if self.audit_file is not None:
            return ROOT / self.audit_file
        return None if self.keys_file is None else ROOT / AUDIT_FILE
