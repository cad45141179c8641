"""Makes ahead what a first start makes, for images whose service may write nothing of it.

Every model of a Serve YAML is loaded and used once, as its replicas do. No Ray is started.

Run: ``python -m deployments.prepare [FILE]``
"""

import sys
from pathlib import Path

from configs.settings import Settings
from deployments.face_encoder import FaceEncoder
from deployments.plate_detector import PlateDetector
from deployments.plate_reader import PlateReader
from deployments.serve_yaml import check
from pipelines.errors import ConfigurationError

_HOLDERS = (PlateDetector, PlateReader, FaceEncoder)


def prepare(settings: Settings) -> None:
    """Loads every model and runs it once; what that leaves behind is under ``var/``.

    Raises:
        ConfigurationError: A model cannot be had, or what it needs cannot be written.
    """
    for holder in _HOLDERS:
        holder(settings)


def main(arguments: list[str]) -> int:
    """Prepares the applications of a Serve YAML; returns the exit status."""
    config = Path(arguments[0] if arguments else "serve_config.yaml")
    try:
        for application in check(config)["applications"]:
            prepare(Settings.model_validate(application.get("args") or {}))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
