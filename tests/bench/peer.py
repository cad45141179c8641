"""fast-alpr, the system that ours is compared with: its environment and its two recognizers.

It is installed from the package index into an environment of its own. Its model files are expected
under ``GATEHOUSE_DATA/peers/fast-alpr``; they are for this comparison only.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.workers import Contestant

PACKAGES = ("fast-alpr[onnx]==0.4.0", "fast-plate-ocr==1.1.0", "open-image-models==0.6.0")
DETECTOR = "yolo-v9-t-416-license-plates-end2end.onnx"
READERS = {"fast-alpr v1": "cct_xs_v1_global", "fast-alpr v2": "cct_xs_v2_global"}
MADE_LABELS = "fast-alpr v2"
"""Its reader read the labels first that were then checked by eye (origin ``:visual``)."""

SCORE = 0.25
"""Least detection score: the detector's own default. It reads more than at ``USUAL_SCORE``."""

USUAL_SCORE = 0.4
"""``ALPR``'s default for the same."""

_INSTALL_TIMEOUT_S = 600.0


class PeerUnavailable(Exception):
    """The peer cannot be measured; says why."""


def peers(data: Path, environment: Path) -> list[Contestant]:
    """Installs the peer where it is not yet, and names its recognizers.

    Args:
        data: The folder that holds ``peers/``.
        environment: Where its virtual environment lies or is to lie.

    Raises:
        PeerUnavailable: Its model files are missing, or it cannot be installed.
    """
    folder = data / "peers/fast-alpr"
    missing = [
        name
        for name in (DETECTOR, *(f"{reader}.onnx" for reader in READERS.values()))
        if not (folder / name).is_file()
    ]
    if missing:
        raise PeerUnavailable(f"{folder} lacks {', '.join(missing)}")
    python = install(environment)
    script = Path(__file__).with_name("peer_worker.py")
    return [
        Contestant(
            name,
            (
                *(str(python), str(script), "--score", str(SCORE)),
                *("--detector", str(folder / DETECTOR)),
                *("--reader", str(folder / f"{reader}.onnx")),
            ),
            made_labels=name == MADE_LABELS,
        )
        for name, reader in READERS.items()
    ]


def install(environment: Path, packages: Sequence[str] = PACKAGES) -> Path:
    """Makes a peer's environment unless it is there with the same packages.

    Args:
        environment: Its folder.
        packages: As pip takes them.

    Returns:
        Its Python.

    Raises:
        PeerUnavailable: The packages cannot be installed.
    """
    python = environment / "bin/python"
    done = environment / ".installed"
    wanted = "\n".join(packages)
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return python
    for command in (
        [sys.executable, "-m", "venv", str(environment)],
        [str(python), "-m", "pip", "install", "--quiet", *packages],
    ):
        try:
            subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=_INSTALL_TIMEOUT_S
            )
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip() or "no message").splitlines()[-1]
            raise PeerUnavailable(f"{' '.join(packages)} cannot be installed: {last}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PeerUnavailable(f"{' '.join(packages)} cannot be installed: {error}") from error
    done.write_text(wanted, encoding="utf-8")
    return python
