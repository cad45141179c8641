"""Draws a report of the figures that are given as JSON: ``python -m pipelines.reports html``.

A process of its own: the plots' library is slow to import, and it keeps 60 MB and the interpreter's
lock, for which no request should wait.
"""

import sys
from typing import Final

from pydantic import TypeAdapter

from pipelines.events.figures import Figures
from pipelines.reports.page import page_of
from pipelines.reports.plots import sheet_of

_GIVEN: Final = TypeAdapter(Figures)

_DRAWN: Final = {
    "html": lambda figures: page_of(figures).encode(),
    "png": sheet_of,
}


def main() -> None:
    """Reads figures from standard input and writes a file to standard output."""
    figures = _GIVEN.validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(_DRAWN[sys.argv[1]](figures))


if __name__ == "__main__":
    main()
