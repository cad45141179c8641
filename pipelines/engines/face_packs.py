"""InsightFace's own model packs: finding, downloading and loading them.

Every pack is licensed for non-commercial research only.
"""

import contextlib
import logging
import shutil
import tempfile
import zipfile
from io import StringIO
from pathlib import Path

from pipelines.engines import onnx_runtime
from pipelines.engines.face_pack_folder import LICENCE, is_there, pack_folder, remedy
from pipelines.engines.insightface_models import SCRFD, ArcFaceONNX, FaceAnalysis, download
from pipelines.errors import ConfigurationError

logger = logging.getLogger(__name__)


def load_pack(name: str, model_dir: str | None, device: str) -> tuple[SCRFD, ArcFaceONNX]:
    """Load the detector and the recogniser of a pack, downloading the pack where it is missing.

    Args:
        name: Such as ``buffalo_l``.
        model_dir: Folder of packs, or None for InsightFace's own.
        device: ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        ConfigurationError: The name is unknown, the download failed, or the folder lacks a model.
    """
    path = pack_folder(name, model_dir)
    if not is_there(path):
        _download(name, path)
    logger.warning("Loading %s: %s.", path, LICENCE)
    try:
        analysis = FaceAnalysis(
            name=str(path),
            allowed_modules=["detection", "recognition"],
            providers=onnx_runtime.providers_for(device),
            sess_options=onnx_runtime.session_options(),
        )
        return analysis.models["detection"], analysis.models["recognition"]
    except onnx_runtime.load_failures(AssertionError, KeyError) as error:
        raise ConfigurationError(
            f"{path} holds no detector or no recogniser that InsightFace understands"
        ) from error


def _download(name: str, path: Path) -> None:
    """Let InsightFace download a pack into a folder of its own, then move it into place."""
    logger.warning("Downloading the InsightFace pack %s to %s: %s.", name, path, LICENCE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{name}.") as scratch:
            # It reports its progress on the console.
            with contextlib.redirect_stdout(StringIO()), contextlib.redirect_stderr(StringIO()):
                unpacked = Path(download("", name, root=scratch))
            models = next(unpacked.rglob("*.onnx"), None)
            if models is None:
                raise zipfile.BadZipFile("no model in the archive")
            shutil.rmtree(path, ignore_errors=True)
            models.parent.rename(path)
    except (OSError, RuntimeError, zipfile.BadZipFile) as error:
        if is_there(path):
            return  # Another replica was faster.
        raise ConfigurationError(
            f"the InsightFace pack {name} could not be downloaded ({type(error).__name__}); "
            f"{remedy(path)}"
        ) from error
