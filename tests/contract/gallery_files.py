"""Exported galleries, taken apart and put together again."""

import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from tests.contract.application import Client

EXPORT, IMPORT = "/v1/gallery/export", "/v1/gallery/import"


def lines(file: bytes) -> list[dict[str, Any]]:
    """What the lines of a file say."""
    return [json.loads(line) for line in gzip.decompress(file).splitlines()]


def exported(client: Client, pictures: bool = False) -> bytes:
    """The gallery as a file."""
    answer = client.get(EXPORT, params={"pictures": pictures})
    assert answer.status_code == 200, answer.text
    return answer.content


def rewritten(file: bytes, change: Callable[[list[dict[str, Any]]], None]) -> bytes:
    """The file with some of its lines changed; its end stays as it was."""
    parts = lines(file)
    change(parts)
    return gzip.compress(b"".join(json.dumps(part).encode() + b"\n" for part in parts))


def signed(file: bytes) -> bytes:
    """The file with an end that fits."""
    parts = gzip.decompress(file).splitlines(keepends=True)
    end = json.loads(parts[-1])
    end["end"]["sha256"] = sha256(b"".join(parts[:-1])).hexdigest()
    return gzip.compress(b"".join(parts[:-1]) + json.dumps(end).encode() + b"\n")
