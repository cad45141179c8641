"""PaddleOCR models, those that the rapidocr wheel carries and any other, as PaddleX loads them.

PaddleX computes them on ONNX Runtime; ``paddle_runner`` may put another runtime in its place.
"""

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import yaml

from configs.settings import ROOT
from pipelines.engines import onnx_runtime
from pipelines.engines.paddle_import import import_paddleocr
from pipelines.engines.weights import sha256
from pipelines.errors import ConfigurationError

_PREPARED: Final = ROOT / "var" / "models"

# Read when paddlex is imported: no look-up of model hosts, and downloads inside the checkout.
_ENVIRONMENT: Final = {
    "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK": "True",
    "PADDLE_PDX_CACHE_HOME": str(ROOT / "var" / "paddlex"),
}

LICENCE: Final = "Apache-2.0"
"""Of the carried models' weights."""

# What PaddleX raises for a folder that it does not understand and for devices.
_LOAD_ERRORS: Final = (
    OSError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ImportError,
    yaml.YAMLError,
)


@dataclass(frozen=True, slots=True)
class CarriedModel:
    """A model whose weights are a file of the rapidocr wheel (Apache-2.0).

    Attributes:
        name: As PaddleOCR names it.
        file: In ``rapidocr/models``.
        config: The rest of PaddleX's ``inference.yml``, as in PaddleOCR's own export.
    """

    name: str
    file: str
    config: Mapping[str, Any]


RECOGNISER: Final = CarriedModel(
    "PP-OCRv6_small_rec",
    "PP-OCRv6_rec_small.onnx",
    {
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
                {"KeepKeys": None},
            ]
        },
        "PostProcess": {"name": "CTCLabelDecode"},
    },
)

LINE_FINDER: Final = CarriedModel(
    "PP-OCRv6_small_det",
    "PP-OCRv6_det_small.onnx",
    {
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"DetResizeForTest": None},
                {"NormalizeImage": {"mean": [0.5] * 3, "std": [0.5] * 3, "scale": "1./255."}},
                {"ToCHWImage": None},
                {"KeepKeys": None},
            ]
        },
        "PostProcess": {
            "name": "DBPostProcess",
            "thresh": 0.2,
            "box_thresh": 0.3,
            "max_candidates": 100,
            "unclip_ratio": 1.6,
        },
    },
)


def prepare(model: CarriedModel, folder: Path = _PREPARED) -> Path:
    """Return a folder with ``inference.onnx`` and ``inference.yml`` for a carried model.

    It is made once and shared by processes that start at the same time.

    Raises:
        ConfigurationError: The rapidocr wheel is missing or carries no such weights, or the folder
            cannot be written.
    """
    weights = carried_path(model)
    stamp = f"{sha256(weights)}:{model}"
    target = folder / f"{model.name}-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    if _is_ready(target):
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{model.name}-", dir=folder))
        try:
            shutil.copyfile(weights, draft / "inference.onnx")
            (draft / "inference.yml").write_text(_config(model, weights), encoding="utf-8")
            draft.rename(target)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)
            if not _is_ready(target):
                raise
    except OSError as error:
        raise ConfigurationError(f"cannot prepare {model.name} in {folder}: {error}") from error
    return target


def load(kind: str, name: str, model_dir: Path | None, device: str, **options: Any) -> Any:
    """Return PaddleOCR's ``TextRecognition`` or ``TextDetection`` on ONNX Runtime.

    Args:
        kind: The class in ``paddleocr``.
        name: The model; PaddleOCR downloads its ONNX package when ``model_dir`` is None.
        model_dir: A folder with ``inference.onnx`` and ``inference.yml``.
        device: ``cpu``, ``gpu:0``, ...
        options: Further arguments of the class.

    Raises:
        ConfigurationError: The model is unknown, cannot be downloaded or does not load.
    """
    if model_dir is not None and not (model_dir / "inference.yml").is_file():
        raise ConfigurationError(
            f"{model_dir} holds no PaddleOCR model: inference.onnx and inference.yml are needed"
        )
    for key, value in _ENVIRONMENT.items():
        os.environ.setdefault(key, value)
    paddleocr = import_paddleocr()
    known = import_module("paddlex.modules.text_recognition.model_list").MODELS
    logging.getLogger("paddlex").setLevel(logging.WARNING)
    if model_dir is None and name not in known:
        raise ConfigurationError(
            f"PaddleOCR has no recognition model {name!r}; it has {', '.join(sorted(known))}"
        )
    named = onnx_runtime.load_failures(*_LOAD_ERRORS)
    try:
        return getattr(paddleocr, kind)(
            model_name=name,
            model_dir=None if model_dir is None else str(model_dir),
            engine="onnxruntime",
            engine_config={"intra_op_num_threads": onnx_runtime.threads()},
            device=device,
            **options,
        )
    except Exception as error:
        # PaddleX raises Exception itself when no model host answers; what is neither that nor a
        # failure of loading passes.
        if type(error) is not Exception and not isinstance(error, named):
            raise
        source = "downloaded and loaded" if model_dir is None else f"loaded from {model_dir}"
        raise ConfigurationError(
            f"the PaddleOCR model {name!r} could not be {source} on device {device!r}: "
            f"{str(error) or type(error).__name__}"
        ) from error


def _is_ready(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ("inference.onnx", "inference.yml"))


def carried_path(model: CarriedModel) -> Path:
    """Locate the weights of a carried model.

    Raises:
        ConfigurationError: The rapidocr wheel is missing or carries no such weights.
    """
    package = find_spec("rapidocr")
    if package is None or package.origin is None:
        raise ConfigurationError(f"{model.name} needs the rapidocr package, which carries it")
    weights = Path(package.origin).parent / "models" / model.file
    if not weights.is_file():
        raise ConfigurationError(f"the installed rapidocr package carries no {model.file}")
    return weights


def _config(model: CarriedModel, weights: Path) -> str:
    config: dict[str, Any] = {"Global": {"model_name": model.name}, **model.config}
    if config["PostProcess"]["name"] == "CTCLabelDecode":
        import onnxruntime  # noqa: PLC0415 - only when a folder is prepared

        session = onnxruntime.InferenceSession(str(weights), providers=["CPUExecutionProvider"])
        characters = session.get_modelmeta().custom_metadata_map["character"].split("\n")
        # One string instead of a list of 18,708: it loads in 20 ms instead of 1.3 s.
        config["PostProcess"] = {**config["PostProcess"], "character_dict": "".join(characters)}
    return str(yaml.safe_dump(config, allow_unicode=True))
