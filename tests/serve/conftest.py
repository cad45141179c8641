"""Running services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.service import Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The default configuration with its real models, shared by the tests that leave it running."""
    running = Service(tmp_path_factory.mktemp("service"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[Service]:
    """A service that its test starts, kills and starts again."""
    service = Service(tmp_path)
    yield service
    service.stop()
