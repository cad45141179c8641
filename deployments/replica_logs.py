"""The log of a replica: what it says of errors of ours, whose lines it has, and when it is written.

Serve logs every exception that a replica's method raises as a failure with its traceback. Ours are
answers: a driver that is not there, a picture that cannot be decoded. Their sentences may name a
driver's details, which must not outlive the driver in a log.

Serve's handlers know the request's id and write it into each line, as JSON where the configuration
asks for it. Lines of our own loggers are passed on to them. In production mode Serve writes its log
when a thousand lines have gathered; here no line waits longer than a second.
"""

import logging
import threading
from http import HTTPStatus
from logging.handlers import MemoryHandler
from typing import Final

from pipelines.errors import GatehouseError

SERVE_LOGGER: Final = "ray.serve"
OURS: Final = ("deployments", "pipelines")

_WRITE_EVERY_S: Final = 1.0
_WRITER: Final = "log-writer"


class AnsweredErrors(logging.Filter):
    """Makes one plain line of a call that ended in an error of ours, a failure of ours apart."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Called by logging; every record passes."""
        error = record.exc_info[1] if record.exc_info else None
        if (
            not isinstance(error, GatehouseError)
            or error.status == HTTPStatus.INTERNAL_SERVER_ERROR
        ):
            return True
        ours = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        record.levelno = logging.WARNING if ours else logging.INFO
        record.levelname = logging.getLevelName(record.levelno)
        record.exc_info = record.exc_text = None
        record.msg, record.args = "Answered %s.", (error.code,)
        return True


class PassedToServe(logging.Handler):
    """Has Serve's handlers write lines of other loggers too, from Serve's own level on."""

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging; Serve's filters are for its own lines."""
        serve = logging.getLogger(SERVE_LOGGER)
        if serve.isEnabledFor(record.levelno):
            serve.callHandlers(record)


_filter = AnsweredErrors()
_passed = PassedToServe()


def answer_quietly() -> None:
    """Has Serve's log of this process say errors of ours in a line; once is enough."""
    logging.getLogger(SERVE_LOGGER).addFilter(_filter)


def set_up_logs() -> None:
    """Sets up the log of this replica; once is enough. Outside replicas Serve keeps no file."""
    answer_quietly()
    if not any(isinstance(one, MemoryHandler) for one in _serves_handlers()):
        return
    for name in OURS:
        logger = logging.getLogger(name)
        logger.addHandler(_passed)
        logger.setLevel(logging.INFO)
    if not any(thread.name == _WRITER for thread in threading.enumerate()):
        threading.Thread(target=_write_regularly, name=_WRITER, daemon=True).start()


def _write_regularly() -> None:
    pause = threading.Event()
    while not pause.wait(_WRITE_EVERY_S):
        for handler in _serves_handlers():
            handler.flush()


def _serves_handlers() -> tuple[logging.Handler, ...]:
    return tuple(logging.getLogger(SERVE_LOGGER).handlers)
