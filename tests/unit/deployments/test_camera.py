"""The camera deployment, without Ray running."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from ray.serve._private.build_app import build_app
from ray.serve.handle import DeploymentHandle

from configs.section import ROOT
from configs.settings import EventSettings, Settings
from deployments.app import build
from deployments.camera import Camera
from deployments.camera_assembly import CameraEvents, camera_stages
from deployments.camera_metrics import camera_families
from deployments.exposition import Measurements, exposition
from deployments.metrics import INGRESS
from deployments.remote import Tunable
from deployments.serve_yaml import check
from pipelines.cameras.frames import CameraState, CameraStatus, SourceStatus, Tally
from pipelines.errors import ConfigurationError, GalleryUnavailable
from pipelines.events.records import EventKind, NewEvent
from pipelines.types import Plate
from tests.contract.application import plate_jpeg
from tests.unit.cameras.watching import Journal
from tests.unit.deployments import promql

TWO = {"cameras": [{"id": "gate-1", "url": "no/such.avi"}, {"id": "yard", "url": "rtsp://cam/1"}]}


def built(settings: dict[str, Any]) -> dict[str, Any]:
    whole = build_app(
        build(Settings.model_validate(settings)),
        name="gatehouse",
        make_deployment_handle=lambda deployment, app: DeploymentHandle(deployment.name, app),
    )
    return {deployment.name: deployment for deployment in whole.deployments}


def test_no_camera_is_no_deployment() -> None:
    named = built({})
    assert not [name for name in named if name.startswith("Camera")]
    assert named["Ingress"].init_kwargs == {"cameras": []}


def test_each_camera_is_a_deployment_with_one_replica() -> None:
    named = built({**TWO, "gallery": {"shards": 2}})
    camera = named["Camera-yard"]
    assert camera.num_replicas == 1
    _, camera_id, *handles = camera.init_args
    assert camera_id == "yard"
    stages = ["PlateDetector", "PlateReader", "FaceEncoder", "DriverIndex", "DriverIndex-1"]
    assert [handle.deployment_name for handle in handles] == stages
    cameras = named["Ingress"].init_kwargs["cameras"]
    assert [handle.deployment_name for handle in cameras] == ["Camera-gate-1", "Camera-yard"]


def test_a_serve_yaml_may_place_a_camera_and_no_other(tmp_path: Path) -> None:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    (application,) = document["applications"]
    application["args"] |= TWO
    options = {"name": "Camera-yard", "ray_actor_options": {"num_cpus": 1}}
    application["deployments"].append(options)
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(document))
    check(config)
    options["name"] = "Camera-roof"
    config.write_text(yaml.safe_dump(document))
    with pytest.raises(ConfigurationError, match=r"\[Camera-roof\]: unknown deployment"):
        check(config)


@pytest.mark.parametrize(
    "options",
    [
        {"num_replicas": 2},
        {"num_replicas": "auto"},
        {"autoscaling_config": {"max_replicas": 2}},
    ],
)
def test_a_camera_has_one_replica(tmp_path: Path, options: dict[str, Any]) -> None:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    (application,) = document["applications"]
    application["args"] |= TWO
    placed: dict[str, Any] = {"name": "Camera-yard", "num_replicas": 1}
    application["deployments"].append(placed)
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(document))
    check(config)
    del placed["num_replicas"]
    placed |= options
    config.write_text(yaml.safe_dump(document))
    with pytest.raises(ConfigurationError, match=r"\[Camera-yard\]: a camera has one replica, two"):
        check(config)


def test_the_guide_explains_every_metric_of_a_camera() -> None:
    guide = (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")
    moment = datetime.fromtimestamp(1_700_000_000, UTC)
    status = CameraStatus("gate-1", SourceStatus(last_frame_at=moment))
    for family in camera_families(status):
        labels = {name: None for sample in family.samples for name in sample.labels}
        assert f"| `{family.samples[0].name}` | {', '.join(labels)} |" in guide


class Handle:
    """A handle whose deployment finds nothing."""

    deployment_name = "PlateDetector"

    def __getattr__(self, name: str) -> "Handle":
        return self

    async def remote(self, *_: object) -> tuple[()]:
        return ()


def test_a_camera_that_is_away_is_healthy_and_says_why(tmp_path: Path) -> None:
    settings = Settings.model_validate({**TWO, "storage": {"url": str(tmp_path)}})
    handles: Any = [Handle()] * 4

    async def begin() -> CameraStatus:
        camera = Camera.__new__(Camera)
        await camera.__init__(settings, "gate-1", *handles)  # type: ignore[misc]  # as Serve does
        camera.reconfigure({"inference_timeout_s": 5})
        while (await camera.status()).source.state is CameraState.CONNECTING:
            await asyncio.sleep(0.005)
        await camera.check_health()
        status = await camera.status()
        assert (await camera.view()).picture is None
        await camera.__del__()  # as Serve does
        with pytest.raises(asyncio.CancelledError):
            await camera.check_health()
        return status

    status = asyncio.run(begin())
    assert (status.camera_id, status.source.state) == ("gate-1", CameraState.FAILED)
    assert status.source.reason == "there is no such file: see the camera's url"


def counted(metric: str, outcome: str) -> float:
    return INGRESS.get_sample_value(f"gatehouse_{metric}_total", {"outcome": outcome}) or 0.0


def test_the_empty_pictures_of_a_camera_are_not_counted_among_those_of_callers() -> None:
    settings = Settings.model_validate(TWO)
    handles: Any = [Handle()] * 4
    stages = camera_stages(settings, Tunable(), handles[:3], handles[3:])

    async def read() -> tuple[Plate, ...]:
        return await stages.read(plate_jpeg("A123BC"))

    before = counted("plate_pictures", "no_plate")
    assert asyncio.run(read()) == ()
    assert counted("plate_pictures", "no_plate") == before


def test_an_event_that_is_sent_again_is_not_counted_as_lost() -> None:
    journal = Journal()
    recorder = CameraEvents(journal, EventSettings())  # type: ignore[arg-type]  # no more is asked
    lost, stored = counted("events", "lost"), counted("events", "stored")
    event = NewEvent(EventKind.PLATE_READ, datetime.fromtimestamp(0, UTC))
    journal.failure = GalleryUnavailable("the store is away")
    assert asyncio.run(recorder.record(event)) is None
    journal.failure = None
    assert asyncio.run(recorder.record(event)) is not None
    assert (counted("events", "lost"), counted("events", "stored")) == (lost, stored + 1)


def test_every_query_about_cameras_finds_its_metrics_on_the_page() -> None:
    moment = datetime.fromtimestamp(1_700_000_000, UTC)
    status = CameraStatus("gate-1", SourceStatus(last_frame_at=moment))
    page = exposition({"Camera-gate-1": [Measurements("r1", camera_families(status))]}).decode()
    live: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            live.setdefault(sample.name, set()).update(sample.labels)
    queries = [*promql.dashboard_queries(), *promql.alerts().values()]
    asked = [one for query in queries for one in promql.asked(query)]
    of_cameras = [one for one in asked if one.name.startswith("gatehouse_camera_")]
    assert {one.name for one in of_cameras} == promql.CAMERAS.keys()
    for one in of_cameras:
        assert one.labels <= live[one.name] | {"job", "instance"}, one


def test_a_camera_s_metrics_are_on_the_page() -> None:
    source = SourceStatus(
        CameraState.WATCHING, None, 90, 12, 3, datetime.fromtimestamp(1_700_000_000, UTC), 2
    )
    status = CameraStatus("gate-1", source, Tally(1, 4, 5, 6, 7, 8))
    replica = Measurements("r1", camera_families(status))
    page = exposition({"Camera-gate-1": [replica]}).decode()
    samples = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
    mine = 'camera="gate-1",deployment="Camera-gate-1"'
    for name, label, value in [
        ("frames_total", 'kind="seen"', 90),
        ("frames_total", 'kind="sampled"', 12),
        ("frames_total", 'kind="dropped"', 3),
        ("frames_total", 'kind="failed"', 1),
        ("passages_total", 'outcome="plate"', 4),
        ("passages_total", 'outcome="face"', 5),
        ("passages_total", 'outcome="repeated"', 6),
        ("passages_total", 'outcome="unclear"', 7),
        ("passages_total", 'outcome="lost"', 8),
    ]:
        assert float(samples[f'gatehouse_camera_{name}{{{mine},{label},replica="r1"}}']) == value
    for state in CameraState:
        holds = float(samples[f'gatehouse_camera_state{{{mine},replica="r1",state="{state}"}}'])
        assert holds == (state is CameraState.WATCHING)
    assert float(samples[f'gatehouse_camera_reconnects_total{{{mine},replica="r1"}}']) == 2
    newest = f'gatehouse_camera_last_frame_timestamp_seconds{{{mine},replica="r1"}}'
    assert float(samples[newest]) == 1_700_000_000
