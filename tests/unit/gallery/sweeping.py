"""A gallery and a crop store to sweep."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from configs.settings import RetentionSettings
from pipelines.drivers.retention import Retention, Swept
from pipelines.errors import NotFound
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.store import GalleryStore
from pipelines.storage.crop_names import new_path, token_owner
from pipelines.storage.crops import CropStore
from tests.unit.conftest import Enrol, Person

LONG_AGO = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
NEVER = RetentionSettings()

_JPEG = b"\xff\xd8\xff\xe0 crop"


class Service:
    """A gallery and a crop store; counts and breaks the calls that a sweep makes to them."""

    def __init__(self, store: GalleryStore, crops: CropStore, enrol: Enrol, person: Person) -> None:
        self.store = store
        self.crops = crops
        self.directory = self
        self.calls: list[str] = []
        self.broken: dict[str, BaseException] = {}
        self._enrol = enrol
        self._person = person

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.store if name == "withdraw" else self.store.directory, name)

        async def call(*args: Any, **named: Any) -> Any:
            self.calls.append(name)
            if name in self.broken:
                raise self.broken[name]
            return await asyncio.to_thread(real, *args, **named)

        return call

    def sweep(self, settings: RetentionSettings = NEVER) -> Swept:
        return asyncio.run(Retention(self, self.crops, settings).sweep())

    def register(self, person: int, details: DriverDetails | None = None) -> tuple[int, str]:
        """Enrol a driver as the service does when nothing goes wrong; id and path of the crop."""
        token = uuid4().hex
        path = self.save(token_owner(token))
        face = self._enrol(self._person(person), path)
        driver_id = self.store.register([face], None, token, details or DriverDetails())
        asyncio.run(self.crops.release(token_owner(token), [path]))
        return driver_id, path

    def save(self, owner: str | None, moment: datetime | None = None, kind: Any = "faces") -> str:
        path = new_path(kind)
        if moment is not None:
            path = path.replace(path.rpartition("/")[2][:15], f"{moment:%Y%m%d_%H%M%S}")
        asyncio.run(self.crops.write(path, _JPEG, owner))
        return path

    def has(self, path: str) -> bool:
        try:
            return asyncio.run(self.crops.load(path)) == _JPEG
        except NotFound:
            return False

    def open_registration(self, person: int, *, commit: bool) -> tuple[str, str]:
        """Crops saved long ago by a process that died, before or after the commit."""
        token = uuid4().hex
        path = self.save(token_owner(token), LONG_AGO)
        if commit:
            self.store.register([self._enrol(self._person(person), path)], None, token)
        return token, path
