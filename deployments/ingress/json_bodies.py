"""How many values a body in JSON may have: nobody else is served while they are read."""

from typing import Final

from pipelines.errors import InvalidRequest
from pipelines.json_values import most_values

MAX_VALUES: Final = 5000
"""Above any body of one driver: its notes may be 4,000 commas."""


def check_values(body: bytes, most: int = MAX_VALUES) -> None:
    """Refuses a body of too many values before it is parsed.

    Args:
        body: JSON, sound or not.
        most: Values that are allowed; what looks like one inside a text counts too.

    Raises:
        InvalidRequest: There are more.
    """
    if most_values(body) > most:
        raise InvalidRequest(f"the body has too many values, at most {most} are read")
