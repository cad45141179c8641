"""Jobs over many files: read the plates of a folder, read events again, enrol a folder of drivers.

A job that was ended, killed too, goes on by the same command: what is stored stays, and nothing is
done twice.

Exit status: 0, everything has an outcome and none is an error; 1, everything has an outcome and
some are errors, which the output names; 2, refused with a sentence that says why, and the same
command would be again; 3, stopped before the end, the same command goes on; 130 or 143, the same by
Ctrl-C or SIGTERM, of which a second one ends it at once.

Run: ``python -m deployments.bulk COMMAND --help``
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from deployments.bulk import distributed, enrolling
from deployments.bulk.interruption import interruptible
from deployments.bulk.status import REFUSED, STOPPED
from pipelines.errors import ConfigurationError, Forbidden, GatehouseError, Unauthorized

_EARLY: Final = (
    "stopped: this run had done nothing yet, and what is stored stays; the same command goes on\n"
)


def main(arguments: Sequence[str]) -> int:
    """Runs one command; returns the exit status."""
    asked = command_line().parse_args(arguments)
    with interruptible() as interruption:
        try:
            status: int = asked.run(asked)
        except (ConfigurationError, Unauthorized, Forbidden) as error:
            sys.stderr.write(f"{error}\n")
            return REFUSED
        except GatehouseError as error:
            sys.stderr.write(f"{error}\n{_stored(error)}")
            return STOPPED
        except KeyboardInterrupt as error:
            sys.stderr.write(_stored(error) or _EARLY)
            return interruption.status
    return status


def _stored(error: BaseException) -> str:
    """What is stored, as the notes of an error say, and how to go on; empty where nothing is."""
    notes = getattr(error, "__notes__", [])
    return f"stopped: {'; '.join(notes)}; the same command goes on\n" if notes else ""


def command_line() -> argparse.ArgumentParser:
    """All commands with their options."""
    parser = argparse.ArgumentParser(
        prog="python -m deployments.bulk",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    distributed.add_commands(commands)
    enrolling.add_command(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
