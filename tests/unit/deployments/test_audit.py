"""The file of the audit log."""

import asyncio
import json
import logging
import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from configs.settings import AccessSettings
from deployments.ingress.access.audit import Auditing, audit_log

PROCESSES, LINES = 3, 300


def settings(folder: Path) -> AccessSettings:
    return AccessSettings(
        audit_file=str(folder / "audit.jsonl"), audit_max_bytes=16_384, audit_files=20
    )


def write(folder: Path, process: int) -> None:
    """What an ingress replica does."""
    log = audit_log(settings(folder))
    assert log is not None
    for number in range(LINES):
        log.info(json.dumps({"process": process, "number": number, "filling": "x" * 100}))


def test_processes_share_a_file_and_lose_no_line_when_it_is_rotated(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=write, args=(tmp_path, process)) for process in range(PROCESSES)
    ]
    for one in writers:
        one.start()
    for one in writers:
        one.join(60)
        assert one.exitcode == 0
    files = sorted(tmp_path.glob("audit.jsonl*"))
    assert len(files) > 3
    assert all(file.stat().st_size < 17_000 for file in files)
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    written = {(line["process"], line["number"]) for line in lines}
    assert len(lines) == len(written) == PROCESSES * LINES


def test_no_file_no_log() -> None:
    assert audit_log(AccessSettings()) is None


@pytest.mark.parametrize(
    ("failure", "status"), [(asyncio.CancelledError(), 499), (RuntimeError("broken"), 500)]
)
def test_a_request_without_an_answer_is_written_as_what_became_of_it(
    failure: BaseException, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise failure

    async def nothing(*_: object) -> Any:
        raise AssertionError("nobody asks")

    log = logging.getLogger("audit of a test")
    scope = {"type": "http", "method": "POST", "path": "/v1/drivers", "root_path": ""}
    with caplog.at_level(logging.INFO, log.name), pytest.raises(type(failure)):
        asyncio.run(Auditing(app, log)(scope, nothing, nothing))
    (line,) = [json.loads(one.getMessage()) for one in caplog.records if one.name == log.name]
    assert line["status"] == status
