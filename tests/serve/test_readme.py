"""The README's console blocks, run as they stand against a fresh service."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.service import ROOT, Service

README = (ROOT / "README.md").read_text(encoding="utf-8")
URL = "http://127.0.0.1:8000"

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What differs from run to run or, in the last digit, from processor to processor.
_VOLATILE = [
    (re.compile(r"\d{8}_\d{6}_[A-Z0-9]{6}"), "20260101_000000_XXXXXX"),
    (re.compile(r'"\d{1,3}%"'), '"00%"'),
    (re.compile(r'"recognition_distance":"(0\.\d|1\.0)\d"'), r'"recognition_distance":"\g<1>0"'),
    (re.compile(r'"request_id":"[^"]+"'), '"request_id":"0"'),
    (re.compile(r'"\d{4}-\d\d-\d\dT[^"]+"'), '"2026-01-01T00:00:00Z"'),
    (re.compile(r'"sha256":"[^"]+"'), '"sha256":"0"'),
    (re.compile(r":-?\d+\.\d+"), ":0.0"),
]

pytestmark = pytest.mark.serve


def transcripts() -> list[tuple[str, str]]:
    """(command, printed answer) pairs of all console blocks, in order."""
    pairs: list[tuple[str, str]] = []
    for block in _BLOCK.findall(README):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = step.splitlines()
            end = 1
            while lines[end - 1].endswith("\\"):
                end += 1
            pairs.append(("\n".join(lines[:end]), "\n".join(lines[end:]).strip()))
    return pairs


def steady(text: str) -> str:
    """The text with its volatile parts made equal."""
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return text.strip()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("readme"))
    service.start()
    yield service
    service.kill()


def test_every_route_has_a_transcript() -> None:
    commands = " ".join(command for command, _ in transcripts())
    for route in (
        "/greeting",
        "/readPlateNumber",
        "/idToNum ",
        "/idToNumBatch",
        "/api/license_plate/recognize",
        "/api/face/register",
        "/api/face/recognize",
        "/static/images/",
        "/healthz",
        "/v1/drivers/1 ",
        "/v1/drivers/1/verify",
        "/v1/drivers/1/photo",
        "/v1/faces:identify",
        "/v1/gallery/export",
        "/v1/gallery/import",
        "/v1/vehicles",
    ):
        assert URL + route in commands, route


def test_the_console_blocks_answer_what_they_print(fresh: Service, tmp_path: Path) -> None:
    variables: dict[str, str] = {}
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for command, expected in transcripts():
        assignment = re.fullmatch(r"([A-Z]+)=(\S+)", command)
        if assignment:
            # The README's environment is .venv; the tests may run in another.
            variables[assignment[1]] = assignment[2].replace(".venv/", f"{sys.prefix}/")
            continue
        run = subprocess.run(
            ["bash", "-ec", command.replace(URL, fresh.url).replace("/tmp/", f"{tmp_path}/")],
            cwd=ROOT,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, f"{command}\n{run.stderr}"
        printed = run.stdout.replace(fresh.url, URL).replace(f"{tmp_path}/", "/tmp/")
        assert steady(printed) == steady(expected), command


def test_make_lists_the_targets_that_the_readme_names() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"`make ([a-z-]+)", README))
    assert named
    assert named <= set(re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE))
