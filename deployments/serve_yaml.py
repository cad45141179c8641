"""A strict check of a Serve YAML: Serve drops most unknown keys in silence, this refuses them.

Run: ``python -m deployments.serve_yaml FILE...``
"""

import sys
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from ray.runtime_env import RuntimeEnv
from ray.serve.schema import ServeDeploySchema

from configs.settings import BatchTuning, IngressTuning, Section, Settings
from pipelines.errors import ConfigurationError

IMPORT_PATH = "deployments.app:build"

TUNING: Mapping[str, type[Section]] = {
    "Ingress": IngressTuning,
    "PlateDetector": BatchTuning,
    "PlateReader": BatchTuning,
    "FaceEncoder": BatchTuning,
    "DriverIndex": BatchTuning,
}
"""Our deployments, and the model of each one's ``user_config``."""

# Free-form mappings for Serve; ours are checked by our own models.
_OPEN_KEYS = {"args", "user_config"}


def check(path: Path) -> dict[str, Any]:
    """Reads and checks a Serve YAML of this project.

    Returns:
        The parsed document.

    Raises:
        ConfigurationError: The file is no Serve YAML, or a key in it is unknown or out of bounds;
            the message names every such key.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not YAML: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: not a mapping")
    problems = list(_problems(document))
    if problems:
        raise ConfigurationError(f"{path}: " + "; ".join(problems), {"problems": problems})
    return document


def _problems(document: dict[str, Any]) -> Iterator[str]:
    yield from _unknown_keys(document, ServeDeploySchema, "")
    try:
        ServeDeploySchema.model_validate(document)
    except ValidationError as error:
        yield from _worded(error, "")
        return
    for application in document["applications"]:
        place = f"applications[{application['name']}]"
        yield from _unknown_runtime_env(application.get("runtime_env"), f"{place}.runtime_env")
        if application.get("import_path") != IMPORT_PATH:
            continue
        yield from _invalid(Settings, application.get("args") or {}, f"{place}.args")
        for deployment in application.get("deployments") or []:
            name = deployment["name"]
            where = f"{place}.deployments[{name}]"
            if name not in TUNING:
                yield f"{where}: unknown deployment, known are {', '.join(TUNING)}"
                continue
            yield from _invalid(
                TUNING[name], deployment.get("user_config") or {}, f"{where}.user_config"
            )
            options = deployment.get("ray_actor_options") or {}
            yield from _unknown_runtime_env(options.get("runtime_env"), f"{where}.runtime_env")


def _unknown_keys(value: object, model: type[BaseModel], place: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        return
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    for key, inner in value.items():
        where = f"{place}.{key}" if place else str(key)
        if key not in fields:
            yield f"{where}: unknown key"
        elif key not in _OPEN_KEYS:
            for nested in _models_in(fields[key].annotation):
                if isinstance(inner, list):
                    for number, item in enumerate(inner):
                        label = item.get("name", number) if isinstance(item, dict) else number
                        yield from _unknown_keys(item, nested, f"{where}[{label}]")
                else:
                    yield from _unknown_keys(inner, nested, where)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The pydantic models that an annotation such as ``Union[Dict, X, None]`` admits."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for inner in typing.get_args(annotation):
        yield from _models_in(inner)


def _unknown_runtime_env(value: object, place: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key in value.keys() - RuntimeEnv.known_fields:
            yield f"{place}.{key}: unknown key"


def _invalid(model: type[Section], value: object, place: str) -> Iterator[str]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        yield from _worded(error, place)


def _worded(error: ValidationError, place: str) -> Iterator[str]:
    for fault in error.errors():
        where = ".".join([place, *map(str, fault["loc"])]).strip(".")
        yield f"{where}: {fault['msg']}"


def main(paths: list[str]) -> int:
    """Checks files and says what is wrong; returns the exit status."""
    failed = False
    for path in paths:
        try:
            check(Path(path))
        except ConfigurationError as error:
            sys.stderr.write(f"{error}\n")
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
