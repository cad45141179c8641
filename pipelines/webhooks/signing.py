"""How a receiver knows that a delivery is ours (Standard Webhooks 1.0, symmetric signatures)."""

import base64
import hmac
import secrets
from hashlib import sha256
from typing import Final

PREFIX: Final = "whsec_"
_RANDOM_BYTES: Final = 32


def new_secret() -> str:
    """A secret of 256 random bits, as text."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_RANDOM_BYTES)).decode()


def signed(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a delivery.

    Args:
        secret: Of ``new_secret``.
        message_id: The same for every delivery of one event.
        timestamp: Seconds from 1970 on; of this attempt.
        body: As it is sent.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    told = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, told, sha256)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
