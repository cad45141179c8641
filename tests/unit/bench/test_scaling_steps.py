"""Phases of the stepped load, and replies counted second by second."""

from pathlib import Path

from configs.settings import FaceEncoderSettings, PlateDetectorSettings
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.gallery.store import GalleryStore
from pipelines.imaging import decode
from tests.bench.scaling_configuration import DEPLOYMENTS
from tests.bench.scaling_gallery import fill_with_names
from tests.bench.scaling_load import Reply
from tests.bench.scaling_points import driver_route, plate_route
from tests.bench.scaling_service import part_of
from tests.bench.scaling_steps import SCALED, Second, index_target, phases, seconds


def test_each_kind_of_request_is_high_by_itself_and_low_follows() -> None:
    planned = phases(30.0, 20.0)
    assert [phase.name for phase in planned[1::2]] == [
        "plates high",
        "drivers high",
        "index high",
        "plates and drivers high",
    ]
    assert {phase.name for phase in planned[::2]} == {"low"}
    for phase in planned[1:6:2]:
        raised = {name for name, per_s in phase.per_s.items() if per_s > planned[0].per_s[name]}
        assert raised == {phase.name.removesuffix(" high")}


def test_every_deployment_scales_by_itself() -> None:
    assert set(SCALED) == set(DEPLOYMENTS)
    assert all(options["autoscaling_config"]["max_replicas"] > 1 for options in SCALED.values())


def test_requests_count_when_due_and_answers_when_they_end() -> None:
    replies = [
        Reply("plates", 100.1, 100.4, 200),
        Reply("plates", 100.9, 101.9, 200),
        Reply("plates", 101.5, 101.6, 503),
        Reply("drivers", 101.0, 101.2, 200),
    ]
    counted = seconds(replies, began=100.0)
    drivers = [one for one in counted if one.target == "drivers"]
    plates = [one for one in counted if one.target == "plates"]
    assert [(one.offered, one.answered, one.failed) for one in plates] == [(2, 1, 0), (1, 1, 1)]
    assert [one.p50_ms is None for one in plates] == [False, True]
    assert drivers[0] == Second(0, "drivers", 0, 0, 0, None)
    assert (drivers[1].offered, drivers[1].answered) == (1, 1)


def test_the_plate_picture_shows_a_plate_and_the_driver_picture_a_face() -> None:
    plates, drivers = plate_route().target.body, driver_route().target.body
    assert plates is not None
    assert drivers is not None
    detector = FakePlateDetector(PlateDetectorSettings(engine="fake"))
    encoder = FakeFaceEncoder(FaceEncoderSettings(engine="fake"))
    assert len(detector.detect([decode(plates, max_pixels=10**6)])[0]) == 1
    assert len(encoder.encode([decode(drivers, max_pixels=10**6)])[0]) == 1


def test_the_search_of_the_index_phase_reads_all_names_and_finds_none(tmp_path: Path) -> None:
    settings = fill_with_names(tmp_path, 25)
    model = FakeFaceEncoder(FaceEncoderSettings(engine="fake"))
    store = GalleryStore.open(settings, model.model_id, model.dimension)
    assert len(store.directory.page(0, 100, "DRIVER number 2", None).drivers) == 7
    query = index_target().path.partition("query=")[2]
    assert store.directory.page(0, 100, query, None).drivers == ()
    store.close()


def test_processes_are_told_apart_by_their_titles() -> None:
    assert part_of(1, ["haproxy", "-f", "haproxy.cfg"]) == "HAProxy"
    assert part_of(1, ["ray::ServeController"]) == "Serve controller"
    assert part_of(1, ["/ray/core/src/ray/raylet/raylet"]) == "Ray"
    assert part_of(1, []) == "Ray"
