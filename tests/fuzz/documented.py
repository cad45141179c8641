"""A client that holds every answer against the API's document."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from configs.settings import Settings
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.gallery.gallery import Gallery
from tests.contract.application import Client

_CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class DocumentedClient:
    """Sends requests to the application.

    Args:
        client: Of the application, whose document says which answers may come.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._schema = schemathesis.openapi.from_dict(client.app.openapi())

    def send(self, method: str, path: str, /, **options: Any) -> httpx.Response:
        """Send a request.

        Args:
            method: GET, POST, ...
            path: As the document has it, with the names of its parameters in braces.
            options: What httpx takes; ``ids`` are the values of the path's parameters.

        Returns:
            The answer.

        Raises:
            schemathesis.errors.CheckFailed: It is a failure of ours, or not in the document.
        """
        ids: dict[str, int] = options.pop("ids", {})
        # Sent as one piece, since the checks look at what was sent, forms too.
        made = httpx.Request(method, f"http://gatehouse{path.format(**ids)}", **options)
        content, headers = made.read(), dict(made.headers)
        answer = self._client.request(method, str(made.url), content=content, headers=headers)
        case = self._schema[path][method].Case(path_parameters=ids)
        case.validate_response(answer, checks=_CHECKS)
        return answer

    def settle(self) -> None:
        """Wait until the crops of every registration so far are seen to, and those to be removed
        are removed."""
        self._client.settle()
        self._client.sweep()


@contextmanager
def documented_application(folder: Path) -> Iterator[DocumentedClient]:
    """An application with engines that only look, and an empty gallery in a folder."""
    stores = {
        "gallery": {"database_url": f"sqlite:///{folder}/gatehouse.db", "snapshots": None},
        "storage": {"url": str(folder / "crops")},
    }
    settings = Settings.model_validate(stores)
    encoder = FakeFaceEncoder(settings.face_encoder)
    gallery = Gallery.open(settings.gallery, encoder.model_id, encoder.dimension)
    client = Client(settings, gallery)
    yield DocumentedClient(client)
    client.close()
    gallery.close()
