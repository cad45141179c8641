"""The command that enrols a folder of drivers with a running service."""

import argparse
import asyncio
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from configs.settings import PictureSourceSettings
from deployments.bulk.progress import Progress
from deployments.bulk.status import DONE, SOME_FAILED
from pipelines.bulk.driver_folders import FoundDrivers, driver_folders
from pipelines.bulk.enrolment import FolderEnrolment, Outcome, OutcomeFile
from pipelines.bulk.enrolment_client import EnrolmentClient
from pipelines.bulk.enrolment_summary import enrolment_summary
from pipelines.bulk.source import ALL_FILES, place
from pipelines.bulk.work import FAILED
from pipelines.errors import ConfigurationError, GatehouseError
from pipelines.storage.object_store import ObjectStore

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_KEY: Final = "GATEHOUSE_KEY"
_TIMEOUT_S: Final = 120.0  # above limits.request_timeout_s
_MAX_BYTES: Final = PictureSourceSettings().max_bytes


def add_command(commands: "Commands") -> None:
    """Adds enrol to a command line."""
    parser = commands.add_parser(
        "enrol",
        help="enrol a folder of drivers with a running service",
        description="Enrols the drivers of SOURCE, a folder or prefix with one folder of photos "
        "for each, whose name is the driver's. A driver is sent under a key made of name and "
        "photos, so a repeat enrols nobody twice.",
    )
    parser.add_argument("source", metavar="SOURCE", help="a folder, or s3://bucket/prefix")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the service")
    parser.add_argument(
        "--key-file", type=Path, help=f"holds an API key that may enrol (else from {_KEY})"
    )
    parser.add_argument(
        "--outcomes", type=Path, required=True, help="file for the outcomes, a line of JSON each"
    )
    parser.add_argument(
        ALL_FILES,
        action="store_true",
        help="also files whose names are not those of pictures; hidden ones are left out",
    )
    parser.add_argument(
        "--allow-twin", action="store_true", help="take faces that are another driver's too"
    )
    parser.add_argument(
        "--at-once", type=int, choices=range(1, 65), default=2, metavar="N", help="drivers (2)"
    )
    parser.set_defaults(run=_enrol)


def _enrol(asked: argparse.Namespace) -> int:
    began = time.monotonic()
    with closing(OutcomeFile(asked.outcomes)) as file:
        drivers = asyncio.run(driver_folders(place(asked.source), asked.all_files))
        outcomes: list[Outcome] = []
        try:
            new = asyncio.run(_enrolled(asked, drivers, file, outcomes))
        except (GatehouseError, KeyboardInterrupt) as stop:
            count = f"{len(outcomes):,} of {len(drivers.folders):,} drivers"
            stop.add_note(f"{count} were seen to, and their outcomes are in {asked.outcomes}")
            raise
    sys.stdout.write(enrolment_summary(outcomes, drivers.skipped, new, time.monotonic() - began))
    return SOME_FAILED if any(one["outcome"] == FAILED for one in outcomes) else DONE


async def _enrolled(
    asked: argparse.Namespace, drivers: FoundDrivers, file: OutcomeFile, outcomes: list[Outcome]
) -> int:
    """Add an outcome for each driver as they come; how many are of this run."""
    source, url, new = place(asked.source), _url(asked.url), 0
    key = _key(asked.key_file)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    names = {folder.name for folder in drivers.folders}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT_S) as http:
        client = EnrolmentClient(http, asked.allow_twin)
        enrolment = FolderEnrolment(ObjectStore(source), client, url, _MAX_BYTES, asked.allow_twin)
        done = enrolment.names_of(file.outcomes) & names
        with closing(Progress("driver", len(names), len(done), sys.stderr)) as progress:
            found = enrolment.outcomes(drivers.folders, file.outcomes, asked.at_once)
            async for one, fresh in found:
                if fresh:
                    file.add(one)
                    new += 1
                outcomes.append(one)
                done.add(one["name"])
                progress.reach(len(done))
    return new


def _url(text: str) -> str:
    """The service's address; raises ConfigurationError where it is none."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"--url {text} is no address: {error}") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigurationError(f"--url {text} is no address such as http://127.0.0.1:8000")
    return text.rstrip("/")


def _key(path: Path | None) -> str:
    """The API key; empty where there is none.

    Raises:
        ConfigurationError: The file cannot be read, or the key is none.
    """
    if path is None:
        key = os.environ.get(_KEY, "")
        if not (key.isascii() and key.isprintable()):
            raise ConfigurationError(f"{_KEY} holds no API key: it has other signs than ASCII")
        return key
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the key file {path} cannot be read: {error}") from error
