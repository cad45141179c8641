"""The settings of access."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from configs.settings import ROOT, AccessSettings, Settings


def test_by_default_no_key_is_asked_for_and_nothing_is_written() -> None:
    access = Settings().access
    assert (access.keys_path, access.audit_path, access.cors_origins) == (None, None, ())


def test_with_keys_there_is_an_audit_log() -> None:
    access = AccessSettings(keys_file="var/keys.yaml")
    assert access.keys_path == ROOT / "var/keys.yaml"
    assert access.audit_path == ROOT / "var/audit.jsonl"
    named = AccessSettings(keys_file="/run/secrets/keys.yaml", audit_file="/var/log/audit.jsonl")
    assert named.keys_path == Path("/run/secrets/keys.yaml")
    assert named.audit_path == Path("/var/log/audit.jsonl")


@pytest.mark.parametrize(
    "origin",
    ["*", "gate.example.com", "https://gate.example.com/", "https://*.example.com", "null", ""],
)
def test_refuses_what_is_no_origin(origin: str) -> None:
    with pytest.raises(ValidationError, match="is no origin: name each as scheme://host or"):
        AccessSettings(cors_origins=(origin,))


def test_takes_origins() -> None:
    origins = ("https://gate.example.com", "http://127.0.0.1:3000", "https://[::1]:8443")
    assert AccessSettings(cors_origins=origins).cors_origins == origins
