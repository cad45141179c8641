"""The application with fake engines, served by uvicorn in a thread of this process."""

import dataclasses
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from configs.settings import Settings
from deployments.ingress.app import create_app
from deployments.ingress.replicas import ThisProcess
from pipelines.engines.model_cards import ModelCard
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.index_status import IndexStatus
from tests.contract.application import build_services, images, photos_of
from tests.contract.engines import Engines
from tests.contract.local_books import Faults

_ENDS_WITHIN_S = 10.0


class _OneIndex(ThisProcess):
    """An application with one replica of the index."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    async def models(self) -> Sequence[ModelCard]:
        return (ModelCard("plate detection", "fake-detector", "AGPL-3.0-only", "431f596f" * 8),)

    async def indexes(self) -> Sequence[IndexStatus]:
        return (self._gallery.status(),)


class Served:
    """A served application.

    Args:
        url: Its address, without a trailing slash.
        faults: What its stages are asked to fail with.
    """

    def __init__(self, url: str, faults: Faults) -> None:
        self.url = url
        self.faults = faults

    def enrol(self, identity: int, name: str | None = None, **details: str) -> int:
        """Enrols a person by three photos; returns the driver's id."""
        told = details if name is None else {"name": name, **details}
        photos = images(*photos_of(identity, 3))
        answer = httpx.post(f"{self.url}/v1/drivers", data=told, files=photos)
        assert answer.status_code == 201, answer.text
        driver_id: int = answer.json()["driver"]["id"]
        return driver_id

    def driver(self, driver_id: int) -> httpx.Response:
        """What the API says of a driver."""
        return httpx.get(f"{self.url}/v1/drivers/{driver_id}")


@contextmanager
def serving(
    folder: Path, *, build: Callable[[Settings], Engines] = Engines.fake, **sections: dict[str, Any]
) -> Iterator[Served]:
    """Serves an empty gallery on a free port until the block ends.

    Args:
        folder: For its database and crops.
        build: Builds the engines.
        sections: Of the settings tree, added.
    """
    settings = Settings.model_validate(
        {
            "gallery": {"database_url": f"sqlite:///{folder}/gatehouse.db", "snapshots": None},
            "storage": {"url": str(folder / "crops")},
            "limits": {"ready_keep_s": 0},
            **sections,
        }
    )
    engines = build(settings)
    gallery = Gallery.open(settings.gallery, engines.encoder.model_id, engines.encoder.dimension)
    faults = Faults()
    services = build_services(settings, gallery, faults, engines)
    app = create_app(dataclasses.replace(services, replicas=_OneIndex(gallery)), settings)
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # Connections wait in the socket's queue until the server takes them.
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", faults)
        finally:
            server.should_exit = True
            thread.join(_ENDS_WITHIN_S)
            gallery.close()
    assert not thread.is_alive()
