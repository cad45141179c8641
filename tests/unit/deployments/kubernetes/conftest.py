"""What configs/kuberay.yaml has, for the tests of this folder."""

import pytest
import yaml

from deployments.serve_yaml import check

from .documents import FILE, Document


@pytest.fixture(scope="package")
def objects() -> list[Document]:
    """Every object of the file."""
    return list(yaml.safe_load_all(FILE.read_text(encoding="utf-8")))


@pytest.fixture(scope="package")
def service(objects: list[Document]) -> Document:
    """The RayService."""
    (found,) = [one for one in objects if one["kind"] == "RayService"]
    return found


@pytest.fixture(scope="package")
def pods(service: Document) -> dict[str, Document]:
    """The pod templates of Ray, by their group."""
    cluster = service["spec"]["rayClusterConfig"]
    workers = {group["groupName"]: group["template"] for group in cluster["workerGroupSpecs"]}
    return {"head": cluster["headGroupSpec"]["template"], **workers}


@pytest.fixture(scope="package")
def serve() -> Document:
    """What the RayService has for Serve, checked strictly."""
    return check(FILE)
