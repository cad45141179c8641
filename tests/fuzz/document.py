"""Requests made up from the OpenAPI document, and whether the answers keep to it.

Run: ``python -m tests.fuzz.document [--examples N]``
"""

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.python.asgi import shutdown_lifespans

from configs.settings import Settings
from deployments.ingress.app import create_app
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.gallery.gallery import Gallery
from tests.contract.application import SHORT_STREAMS, build_services
from tests.contract.local_books import Faults

_CHECKS: Final = {
    # Most of what fits the document is no picture of a face, no current version and no file of a
    # gallery: refusing it with a documented 4xx is right.
    "positive_data_acceptance": {"enabled": False},
}


@dataclass(slots=True)
class Findings:
    """What came of the requests.

    Attributes:
        requests: How many were answered.
        operations: Methods with their paths.
        failures: One text each, with a command that repeats it.
    """

    requests: int = 0
    operations: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)


@contextmanager
def application(folder: Path, **sections: dict[str, Any]) -> Iterator[FastAPI]:
    """The application with engines that only look, and an empty gallery in a folder."""
    stores = {
        "gallery": {"database_url": f"sqlite:///{folder}/gatehouse.db", "snapshots": None},
        "storage": {"url": str(folder / "crops")},
        "events": SHORT_STREAMS,
    }
    settings = Settings.model_validate({**stores, **sections})
    encoder = FakeFaceEncoder(settings.face_encoder)
    gallery = Gallery.open(settings.gallery, encoder.model_id, encoder.dimension)
    yield create_app(build_services(settings, gallery, Faults()), settings)
    gallery.close()


def explore(app: FastAPI, examples: int) -> Findings:
    """Sends every operation its examples, its edges, what breaks its rules, and chance.

    Args:
        app: Its document is read, and holds it to account.
        examples: Most requests of each operation by chance.
    """
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            "checks": _CHECKS,
        }
    )
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    found = Findings()
    try:
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                _add(found, event)
            elif isinstance(event, events.NonFatalError):
                found.failures.append(f"{event.label}: {event.value!r}")
            elif isinstance(event, events.FatalError):
                found.failures.append(repr(event.exception))
    finally:
        shutdown_lifespans()
    return found


def _add(found: Findings, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    found.operations.add(recorder.label)
    found.requests += len(recorder.interactions)
    for checks in recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure, command = check.failure_info.failure, check.failure_info.code_sample
                found.failures.append(f"{recorder.label}: {failure.message}\n{command}")


def main(arguments: list[str]) -> int:
    """Explores; returns 1 where there is a finding."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.document")
    parser.add_argument("--examples", type=int, default=200, help="of each operation, by chance")
    examples = parser.parse_args(arguments).examples
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, application(Path(folder)) as app:
        found = explore(app, examples)
    sys.stdout.write("".join(f"{failure}\n\n" for failure in found.failures))
    sys.stdout.write(
        f"{found.requests} requests to {len(found.operations)} operations, "
        f"{len(found.failures)} findings\n"
    )
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
