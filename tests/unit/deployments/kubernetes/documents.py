"""Finding one's way in Kubernetes' objects."""

from collections.abc import Iterator, Mapping
from typing import Any

from configs.settings import ROOT, Settings

FILE = ROOT / "configs/kuberay.yaml"
Document = dict[str, Any]


def containers(pod: Document) -> list[Document]:
    """The containers of a pod template, those that run first included."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def ray(pod: Document) -> Document:
    """The container in which KubeRay starts Ray."""
    found: Document = pod["spec"]["containers"][0]  # KubeRay takes the first
    return found


def values(node: object, key: str) -> Iterator[Any]:
    """Every value of a key, at any depth."""
    if isinstance(node, Mapping):
        for name, inner in node.items():
            if name == key:
                yield inner
            yield from values(inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from values(inner, key)


def settings_of(serve: Document) -> Settings:
    """The settings of the one application of a Serve YAML."""
    (application,) = serve["applications"]
    return Settings.model_validate(application["args"])
