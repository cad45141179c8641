"""Two who remove the last two faces of a driver: one of them stays."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

from configs.settings import GallerySettings
from pipelines.errors import LastFace
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import DIMENSION, MODEL, Enrol, Person

ROUNDS = 5


def test_of_two_who_remove_the_last_two_faces_one_is_refused(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    start = Barrier(2)

    def remove(from_store: GalleryStore, driver_id: int, face_id: int) -> bool:
        start.wait(30)
        try:
            from_store.directory.remove_face(driver_id, face_id)
        except LastFace:
            return False
        return True

    with closing(GalleryStore.open(settings, MODEL, DIMENSION)) as other:
        for _ in range(ROUNDS):
            driver_id = store.register([enrol(person(1))] * 2)
            ids = [face.face_id for face in store.directory.faces(driver_id)]
            with ThreadPoolExecutor(2) as pool:
                done = list(pool.map(remove, (store, other), (driver_id,) * 2, ids))
            assert sorted(done) == [False, True]
            assert store.directory.get(driver_id).face_count == 1
