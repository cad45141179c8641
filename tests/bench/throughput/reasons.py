"""Why a request was not answered, in words that are the same for the same reason."""

import json

from tests.bench.throughput.connection import Reply

_SHOWN = 120  # characters


def reason_of(reply: Reply) -> str:
    """The status and the error's code or sentence, without the request's id.

    Of a reply that never came, what went wrong with the connection.
    """
    text = reply.body.decode("utf-8", "replace")
    if not reply.status:
        return f"no answer: {text[:_SHOWN]}"
    try:
        error = json.loads(text)["error"]
        text = str(error["code"] if isinstance(error, dict) else error)
    except (ValueError, KeyError, TypeError):
        pass  # not one of our errors: what it says must do
    return f"{reply.status} {text[:_SHOWN]}"
