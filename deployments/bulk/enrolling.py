"""The command that enrols a folder of drivers with a running service."""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
from tqdm import tqdm

from configs.settings import PictureSourceSettings
from deployments.bulk.status import DONE, SOME_FAILED
from pipelines.bulk.driver_folders import driver_folders
from pipelines.bulk.enrolment import (
    FAILED,
    FolderEnrolment,
    Outcome,
    OutcomeFile,
    enrolment_summary,
)
from pipelines.bulk.enrolment_client import EnrolmentClient
from pipelines.bulk.source import place
from pipelines.errors import ConfigurationError
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
        "--allow-twin", action="store_true", help="take faces that are another driver's too"
    )
    parser.add_argument(
        "--at-once", type=int, choices=range(1, 65), default=2, metavar="N", help="drivers (2)"
    )
    parser.set_defaults(run=_enrol)


def _enrol(asked: argparse.Namespace) -> int:
    began = time.monotonic()
    file = OutcomeFile(asked.outcomes)
    try:
        outcomes, new = asyncio.run(_enrolled(asked, file))
    finally:
        file.close()
    sys.stdout.write(enrolment_summary(outcomes, new, time.monotonic() - began))
    return SOME_FAILED if any(one["outcome"] == FAILED for one in outcomes) else DONE


async def _enrolled(asked: argparse.Namespace, file: OutcomeFile) -> tuple[list[Outcome], int]:
    source, url = place(asked.source), _url(asked.url)
    folders = await driver_folders(source)
    key = _key(asked.key_file)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    outcomes, new = [], 0
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT_S) as http:
        client = EnrolmentClient(http, asked.allow_twin)
        enrolment = FolderEnrolment(ObjectStore(source), client, url, _MAX_BYTES, asked.allow_twin)
        with tqdm(total=len(folders), unit="driver") as bar:
            async for one, fresh in enrolment.outcomes(folders, file.outcomes, asked.at_once):
                bar.update()
                outcomes.append(one)
                if fresh:
                    file.add(one)
                    new += 1
    return outcomes, new


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
