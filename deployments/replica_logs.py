"""What a replica's log says of calls that end in an error of ours.

Serve logs every exception that a replica's method raises as a failure with its traceback. Ours are
answers: a driver that is not there, a picture that cannot be decoded. Their sentences may name a
driver's details, which must not outlive the driver in a log.
"""

import logging
from http import HTTPStatus
from typing import Final

from pipelines.errors import GatehouseError

SERVE_LOGGER: Final = "ray.serve"


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


_filter = AnsweredErrors()


def answer_quietly() -> None:
    """Has Serve's log of this process say errors of ours in a line; once is enough."""
    logging.getLogger(SERVE_LOGGER).addFilter(_filter)
