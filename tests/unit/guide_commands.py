"""Commands of the operations guide, run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from configs.settings import ROOT

GUIDE = (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")


def commands(containing: str) -> str:
    """The one block of commands that has a text."""
    blocks = re.findall(r"^```bash\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    (found,) = [block for block in blocks if containing in block]
    return str(found)


def make_checkout(folder: Path) -> Path:
    """Makes a folder look like a checkout with its environment; returns it."""
    for name in ("configs", "deployments", "pipelines", "serve_config.yaml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def run(block: str, folder: Path, **environment: str) -> str:
    """Runs commands in a folder, up to the first that fails; returns what they print."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
