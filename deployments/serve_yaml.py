"""A strict check of a Serve YAML: Serve drops most unknown keys in silence, this refuses them.

Of a file for KubeRay the ``serveConfigV2`` of its RayService is checked.

Run: ``python -m deployments.serve_yaml FILE...``
"""

import functools
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from ray.runtime_env import RuntimeEnv
from ray.serve._private import constants
from ray.serve.config import ProxyLocation
from ray.serve.schema import HTTPOptionsSchema, ServeDeploySchema

from configs.settings import BatchTuning, IngressTuning, Section, Settings
from deployments.bind_address import unguarded
from deployments.camera_options import camera_name
from deployments.shard_options import shard_name
from pipelines.errors import ConfigurationError, InvalidRequest
from pipelines.plate_text import known_region

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
        document = _serve_document(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not YAML: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: not a mapping")
    problems = list(_problems(document))
    if problems:
        raise ConfigurationError(f"{path}: " + "; ".join(problems), {"problems": problems})
    return document


def _serve_document(text: str) -> object:
    """The Serve YAML in a file: the file itself, or what a RayService in it has."""
    # The loader is PyYAML's safe one.
    parts = list(yaml.load_all(text, _UniqueKeyLoader))  # nosec B506
    services = [one for one in parts if isinstance(one, dict) and one.get("kind") == "RayService"]
    if len(services) == 1 and isinstance(services[0].get("spec"), dict):
        config = services[0]["spec"].get("serveConfigV2")
        return yaml.load(str(config), _UniqueKeyLoader)  # nosec B506
    return parts[0] if len(parts) == 1 else None


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping; YAML's loaders keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def _problems(document: dict[str, Any]) -> Iterator[str]:
    yield from _unknown_keys(document, ServeDeploySchema, "")
    try:
        ServeDeploySchema.model_validate(document)
    except ValidationError as error:
        yield from _worded(error, "")
        return
    controller = (document.get("controller_options") or {}).get("runtime_env")
    yield from _unknown_runtime_env(controller, "controller_options.runtime_env")
    for application in document["applications"]:
        place = f"applications[{application.get('name', 'default')}]"
        yield from _unknown_runtime_env(application.get("runtime_env"), f"{place}.runtime_env")
        if application["import_path"] != IMPORT_PATH:
            yield f"{place}.import_path: must be {IMPORT_PATH}"
        args = application.get("args") or {}
        yield from _invalid_args(args, bound_host(document), f"{place}.args")
        gallery = args.get("gallery") or {}
        known = _known_deployments(gallery.get("shards", 1), args.get("cameras"))
        yield from _invalid_deployments(application.get("deployments") or [], known, place)


def bound_host(document: Mapping[str, Any]) -> str | None:
    """The address that Serve binds by a Serve YAML; None where it serves no HTTP."""
    if document.get("proxy_location") == ProxyLocation.Disabled:
        return None
    # Serve's own default is every address of the machine.
    options = HTTPOptionsSchema.model_validate(document.get("http_options") or {})
    host: str = options.host
    return host


def _invalid_args(args: dict[str, Any], host: str | None, place: str) -> Iterator[str]:
    try:
        settings = Settings.model_validate(args)
    except ValidationError as error:
        yield from _worded(error, place)
        return
    reason = unguarded(host, settings.access)
    if reason is not None:
        yield reason
    try:
        known_region(settings.plate_text.region)
    except InvalidRequest as error:
        yield f"{place}.plate_text.region: {error}"


def _known_deployments(shards: object, cameras: object) -> Mapping[str, type[Section]]:
    """Our deployments with further shards and cameras, which the YAML need not name."""
    further = range(1, shards) if isinstance(shards, int) else ()
    listed = cameras if isinstance(cameras, list) else []
    named = [one.get("id") for one in listed if isinstance(one, dict)]
    return {
        **TUNING,
        **{shard_name(shard): TUNING["DriverIndex"] for shard in further},
        **{camera_name(str(camera)): IngressTuning for camera in named},
    }


def _invalid_deployments(
    deployments: list[dict[str, Any]], known: Mapping[str, type[Section]], place: str
) -> Iterator[str]:
    names = [deployment["name"] for deployment in deployments]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{place}.deployments[{name}]: stands twice"
    for deployment in deployments:
        name = deployment["name"]
        where = f"{place}.deployments[{name}]"
        if name not in known:
            yield f"{where}: unknown deployment, known are {', '.join(known)}"
            continue
        if name.startswith(camera_name("")) and not _has_one_replica(deployment):
            yield f"{where}: a camera has one replica, two would see everything twice"
        user_config = deployment.get("user_config") or {}
        yield from _invalid(known[name], user_config, f"{where}.user_config")
        if user_config.get("max_batch_size", 1) > deployment.get("max_ongoing_requests", 1):
            yield f"{where}.max_ongoing_requests: below user_config.max_batch_size"
        options = deployment.get("ray_actor_options") or {}
        yield from _unknown_runtime_env(options.get("runtime_env"), f"{where}.runtime_env")


def _has_one_replica(deployment: Mapping[str, Any]) -> bool:
    scaled = deployment.get("autoscaling_config") is not None
    return not scaled and deployment.get("num_replicas", 1) in (None, 1)


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
        for name in value.get("env_vars") or {}:
            if name.startswith("RAY_SERVE_") and name not in _serve_variables():
                yield f"{place}.env_vars.{name}: Serve reads no such variable"


@functools.cache
def _serve_variables() -> frozenset[str]:
    """The environment variables that this version of Serve reads."""
    source = Path(constants.__file__).read_text(encoding="utf-8")
    return frozenset(re.findall(r'"(RAY_SERVE_[A-Z0-9_]+)"', source))


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
