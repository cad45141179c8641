"""Where InsightFace's packs lie, and which of them there are."""

import re
from pathlib import Path
from typing import Final

from configs.settings import ROOT
from pipelines.errors import ConfigurationError

KNOWN_PACKS: Final = ("antelopev2", "buffalo_l", "buffalo_m", "buffalo_s", "buffalo_sc")
LICENCE: Final = "InsightFace packs may be used for non-commercial research only"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def packs_folder(model_dir: str | None) -> Path:
    """The folder that holds one folder a pack; InsightFace's own where none is set."""
    if model_dir is None:
        return Path.home() / ".insightface" / "models"
    return ROOT / Path(model_dir).expanduser()


def is_there(pack: Path) -> bool:
    """Whether a folder holds models: a failed download of InsightFace leaves it empty."""
    return any(pack.glob("*.onnx"))


def pack_folder(name: str, model_dir: str | None) -> Path:
    """The folder of a pack, which may have to be downloaded.

    Args:
        name: Such as ``buffalo_l``.
        model_dir: Folder of packs, or None for InsightFace's own.

    Raises:
        ConfigurationError: The pack is not there, and InsightFace has none of this name.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} is not the name of an InsightFace pack")
    path = packs_folder(model_dir) / name
    if name not in KNOWN_PACKS and not is_there(path):
        raise ConfigurationError(
            f"there is no InsightFace pack {name!r} (known: {', '.join(KNOWN_PACKS)}); "
            f"{remedy(path)}"
        )
    return path


def remedy(path: Path) -> str:
    """What to do about a pack that cannot be had."""
    return f"put its .onnx files into {path} or set the model to sface. {LICENCE}."
