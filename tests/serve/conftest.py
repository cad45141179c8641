"""Running services."""

from collections.abc import Iterator

import pytest

from tests.serve.service import Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The default configuration with its real models, shared by the tests that leave it running."""
    running = Service(tmp_path_factory.mktemp("service"))
    running.start()
    yield running
    running.stop()
