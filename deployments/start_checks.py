"""What a Serve YAML needs on this machine, looked for before anything starts.

A replica that misses it fails again and again while the service seems to start.

Run: ``python -m deployments.start_checks FILE``
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from configs.settings import Settings
from deployments.serve_yaml import check
from pipelines.access.key_file import read_keys
from pipelines.engines import weights
from pipelines.engines.face_pack_folder import pack_folder
from pipelines.errors import ConfigurationError
from pipelines.gallery.database import open_engine

_OWN_FACE_MODEL: Final = "sface"


def missing(document: dict[str, Any]) -> Iterator[str]:
    """Says what a checked Serve YAML lacks: key files, weights, a database's URL.

    Nothing is connected to and no model is loaded.
    """
    for application in document["applications"]:
        for needed in _needs(Settings.model_validate(application.get("args") or {})):
            try:
                needed()
            except ConfigurationError as error:
                yield str(error)


def _needs(settings: Settings) -> Iterator[Callable[[], object]]:
    detector, reader, encoder = (
        settings.plate_detector,
        settings.plate_reader,
        settings.face_encoder,
    )
    keys = settings.access.keys_path
    if keys is not None:
        yield lambda: read_keys(keys)
    yield lambda: open_engine(settings.gallery).dispose()
    if detector.engine != "fake":
        yield lambda: weights.resolve(detector.weights)
    if reader.engine in ("plates", "both"):
        yield lambda: weights.resolve(reader.weights)
    if encoder.engine != "fake" and encoder.model != _OWN_FACE_MODEL:
        yield lambda: pack_folder(encoder.model, encoder.model_dir)


def main(arguments: list[str]) -> int:
    """Checks one file; returns 2 where something in it is wrong or something is missing."""
    (path,) = map(Path, arguments)
    try:
        found = list(missing(check(path)))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for one in found:
        sys.stderr.write(f"{path}: {one}\n")
    return 2 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
