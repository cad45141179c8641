"""What Serve's log says of errors of ours."""

import logging
import time
from collections.abc import Iterator
from logging.handlers import MemoryHandler
from pathlib import Path

import pytest
from ray.serve._private.constants import SERVE_LOGGER_NAME

from deployments import replica_logs
from deployments.replica_logs import OURS, SERVE_LOGGER, answer_quietly, set_up_logs
from pipelines.errors import (
    ConfigurationError,
    ExternalIdTaken,
    GalleryUnavailable,
    UpstreamFailure,
)


@pytest.fixture
def serve_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What Serve's logger passes on."""
    logger = logging.getLogger(SERVE_LOGGER)
    logger.addHandler(caplog.handler)
    level, filters = logger.level, list(logger.filters)
    logger.setLevel(logging.INFO)
    answer_quietly()
    answer_quietly()
    yield caplog
    logger.setLevel(level)
    logger.filters[:] = filters
    logger.removeHandler(caplog.handler)


def failed(error: Exception) -> None:
    try:
        raise error
    except type(error):
        logging.getLogger(SERVE_LOGGER).exception("Request failed.")


def test_the_logger_is_serves() -> None:
    assert SERVE_LOGGER == SERVE_LOGGER_NAME


def test_a_callers_error_is_a_line_without_its_sentence(
    serve_log: pytest.LogCaptureFixture,
) -> None:
    failed(ExternalIdTaken('another driver has the external id "fleet-0042"'))
    [record] = {id(one): one for one in serve_log.records}.values()
    assert (record.levelname, record.getMessage()) == ("INFO", "Answered external_id_taken.")
    assert "fleet-0042" not in serve_log.text


def test_a_dependency_that_is_away_is_a_warning(serve_log: pytest.LogCaptureFixture) -> None:
    failed(GalleryUnavailable("the driver gallery cannot be reached now, try again later"))
    assert "WARNING" in serve_log.text
    assert "Answered gallery_unavailable." in serve_log.text
    assert "Traceback" not in serve_log.text


@pytest.mark.parametrize("error", [ConfigurationError("no such weights"), RuntimeError("a bug")])
def test_a_failure_of_ours_keeps_its_traceback(
    serve_log: pytest.LogCaptureFixture, error: Exception
) -> None:
    failed(error)
    assert "ERROR" in serve_log.text
    assert "Request failed." in serve_log.text
    assert f"{type(error).__name__}: {error}" in serve_log.text


@pytest.fixture
def serve_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The log file of a replica, as Serve sets it up in production mode."""
    serve = logging.getLogger(SERVE_LOGGER)
    path = tmp_path / "replica.log"
    file = logging.FileHandler(path)
    handler = MemoryHandler(1000, flushLevel=logging.ERROR, target=file)
    handlers, level, filters = list(serve.handlers), serve.level, list(serve.filters)
    serve.handlers[:] = [handler]
    serve.setLevel(logging.INFO)
    monkeypatch.setattr(replica_logs, "_WRITE_EVERY_S", 0.01)
    levels = {name: logging.getLogger(name).level for name in OURS}
    yield path
    serve.handlers[:], serve.filters[:] = handlers, filters
    serve.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).setLevel(before)
    file.close()


def written(path: Path, line: str) -> str:
    """The file, once it has the line."""
    deadline = time.monotonic() + 20
    while line not in (text := path.read_text()):
        assert time.monotonic() < deadline, text
        time.sleep(0.01)
    return text


def test_our_lines_are_in_serves_file_soon_and_once(serve_file: Path) -> None:
    set_up_logs()
    set_up_logs()
    logging.getLogger("pipelines.gallery.gallery").info("a line of ours")
    logging.getLogger(SERVE_LOGGER).info("the last line")
    assert written(serve_file, "the last line") == "a line of ours\nthe last line\n"


def test_lines_below_serves_level_are_left_out(serve_file: Path) -> None:
    logging.getLogger(SERVE_LOGGER).setLevel(logging.WARNING)
    set_up_logs()
    logging.getLogger("deployments.remote").info("small talk")
    logging.getLogger("deployments.remote").warning("a replica is gone")
    assert written(serve_file, "a replica is gone") == "a replica is gone\n"


def test_what_we_say_of_an_error_ourselves_is_kept(serve_file: Path) -> None:
    set_up_logs()
    error = UpstreamFailure("the picture source is away")
    logging.getLogger("deployments.ingress.errors").error("request 7: %s", error, exc_info=error)
    assert "request 7: the picture source is away\n" in serve_file.read_text()


def test_outside_a_replica_nothing_is_passed_on() -> None:
    before = list(logging.getLogger("deployments").handlers)
    set_up_logs()
    assert logging.getLogger("deployments").handlers == before
