"""What Serve's log says of errors of ours."""

import logging
from collections.abc import Iterator

import pytest
from ray.serve._private.constants import SERVE_LOGGER_NAME

from deployments.replica_logs import SERVE_LOGGER, answer_quietly
from pipelines.errors import ConfigurationError, ExternalIdTaken, GalleryUnavailable


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
