"""An application with API keys."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.contract.application import Client
from tests.unit.access.key_files import add_key


@dataclass(frozen=True)
class Guarded:
    """An application with keys."""

    client: Client
    keys_file: Path
    audit_file: Path
    recognise: dict[str, str]
    enrol: dict[str, str]
    admin: dict[str, str]

    def audit(self) -> list[dict[str, Any]]:
        """The audit log, without times."""
        lines = [json.loads(line) for line in self.audit_file.read_text().splitlines()]
        for line in lines:
            assert datetime.now(UTC) - datetime.fromisoformat(line.pop("time")) < timedelta(hours=1)
        return lines


def guard(make_client: Callable[..., Client], folder: Path, **access: Any) -> Guarded:
    """Makes an application with a key for each scope, named recognise-1, enrol-1 and admin-1."""
    keys_file, audit_file = folder / "keys.yaml", folder / "audit.jsonl"
    headers = {
        scope: {"x-api-key": add_key(keys_file, f"{scope}-1", scope)}
        for scope in ("recognise", "enrol", "admin")
    }
    settings = {
        "keys_file": str(keys_file),
        "audit_file": str(audit_file),
        "keys_reload_s": 0,
        **access,
    }
    client = make_client(access=settings)
    return Guarded(client, keys_file, audit_file, **headers)


def rich(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of an error of the newer routes."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]
