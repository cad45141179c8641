"""All contestants of a run, started one after another and ended together."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from tqdm import tqdm

from tests.bench.peer import PeerUnavailable, peers
from tests.bench.throughput import routes, servers
from tests.bench.throughput.cells import (
    BARE,
    BARE_ONE,
    DEFAULT,
    FAST_ALPR,
    OMNI,
    PLAIN,
    PRODUCTION,
    Cell,
)
from tests.bench.throughput.load import closed
from tests.bench.throughput.loops import Looping
from tests.bench.throughput.pictures import Scenes
from tests.bench.throughput.processes import between, cpu_of, memory_of
from tests.bench.throughput.served import Served
from tests.bench.throughput.slices import NotMeasurable, Slice
from tests.bench.workers import Contestant, Worker, WorkerFailed
from tests.serve.service import ROOT, Service

_PEER_ENVIRONMENT: Final = ROOT / ".venv-peer"
_SETTLE_S: Final = 5.0
_SCALED_WITHIN_S: Final = 60.0
_CLIENTS_TO_SCALE: Final = 16
_MODELS: Final = ("PlateDetector", "FaceEncoder")


class Measurable(Protocol):
    """What a cell is measured on."""

    def measure(self, cell: Cell, seconds: float) -> Slice: ...


@dataclass(slots=True)
class LineUp:
    """Contestants by name, and why others are not there.

    Attributes:
        start_s: Of the service's second start, to ready.
        idle: Bytes that it holds then, by group of processes.
        idle_cpu: Cores that it uses then.
        replicas: How many each service has of the models after load, by its name.
    """

    running: dict[str, Measurable] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    start_s: float | None = None
    idle: dict[str, int] = field(default_factory=dict)
    idle_cpu: float = 0.0
    replicas: dict[str, dict[str, int]] = field(default_factory=dict)


class Starter:
    """Starts contestants.

    Args:
        stack: Ends them.
        data: The folder of the development data.
        folder: For their files.
        scenes: The pictures.
    """

    def __init__(self, stack: ExitStack, data: Path, folder: Path, scenes: Scenes) -> None:
        self._stack = stack
        self._data = data
        self._folder = folder
        self._scenes = scenes
        self.line_up = LineUp()

    def start_all(self) -> LineUp:
        """Start all that can be had; the service first, whose gallery the others copy.

        Raises:
            TimeoutError: The service does not start.
        """
        cores = sorted(os.sched_getaffinity(0))
        default = self._service(DEFAULT, production=False)
        production = self._service(PRODUCTION, production=True)
        self.line_up.start_s = production.ready_after_s
        self._look_at_idle(production)
        names = self._enrol(production)
        services = {DEFAULT: default, PRODUCTION: production}
        for name, service in services.items():
            ids = names if service is production else self._enrol(service)
            port = int(service.url.rsplit(":", maxsplit=1)[1])
            served = Served(port, routes.OURS, service.processes, self._scenes, ids)
            self.line_up.running[name] = served
        database = self._folder / PRODUCTION / "gatehouse.db"
        settings = servers.settings_file(self._folder / "local", database)
        self._loop(BARE, [servers.bare(settings)] * len(cores), cores, names)
        self._loop(BARE_ONE, [servers.bare(settings)], cores[-1:], names)
        self._peer(cores[-1])
        self._server(PLAIN, lambda: servers.plain(settings, len(cores)), routes.PLAIN, names)
        home = self._folder / "omni"
        self._server(OMNI, lambda: servers.omni(self._data, home), routes.OMNI, {})
        self._scale(services)
        return self.line_up

    def _service(self, name: str, *, production: bool) -> Service:
        service = servers.service_in(self._folder / name, production=production)
        self._stack.callback(service.stop)
        service.start()
        return service

    def _look_at_idle(self, service: Service) -> None:
        time.sleep(_SETTLE_S)
        before, began = cpu_of(service.processes()), time.monotonic()
        time.sleep(_SETTLE_S)
        spent = between(before, cpu_of(service.processes()))
        self.line_up.idle_cpu = sum(spent.values()) / (time.monotonic() - began)
        self.line_up.idle = memory_of(service.processes())

    def _enrol(self, service: Service) -> dict[int, str]:
        """Enrol the drivers over HTTP; their ids.

        Raises:
            RuntimeError: One of them is refused.
        """
        ids = {}
        with service.client() as http:
            for name, photos in tqdm(self._scenes.enrolled.items(), desc="enrolling"):
                files = [("images", (photo.name, photo.read_bytes())) for photo in photos]
                answer = http.post("/api/face/register", files=files)
                if answer.status_code != 200:
                    raise RuntimeError(f"{name}: {answer.status_code} {answer.text}")
                ids[int(answer.json()["user_id"])] = name
        return ids

    def _loop(
        self, name: str, commands: list[Contestant], cores: list[int], drivers: dict[int, str]
    ) -> None:
        workers = [
            self._stack.enter_context(Worker(command, ROOT, core))
            for command, core in zip(commands, cores, strict=True)
        ]
        try:
            for worker in workers:
                worker.wait_until_ready()
        except WorkerFailed as error:
            self.line_up.left_out[name] = str(error)
        else:
            self.line_up.running[name] = Looping(workers, self._scenes, drivers)

    def _peer(self, core: int) -> None:
        try:
            first = peers(self._data, _PEER_ENVIRONMENT)[0]
        except PeerUnavailable as error:
            self.line_up.left_out[FAST_ALPR] = str(error)
        else:
            self._loop(FAST_ALPR, [first], [core], {})

    def _server(
        self,
        name: str,
        start: Callable[[], servers.Server],
        its_routes: routes.Routes,
        drivers: dict[int, str],
    ) -> None:
        try:
            server = start()
            self._stack.callback(server.stop)
            server.wait_until_ready()
        except NotMeasurable as error:
            self.line_up.left_out[name] = str(error)
        else:
            self.line_up.running[name] = Served(
                server.port, its_routes, server.processes, self._scenes, drivers
            )

    def _scale(self, services: dict[str, Service]) -> None:
        """Load both services until they have as many replicas of the models as they may have.

        Slices of seconds would be over before Serve adds any, and nobody would see what the
        service does under load that lasts.
        """
        until = time.monotonic() + _SCALED_WITHIN_S
        bar = tqdm(desc="waiting for the services to scale", unit="look")
        while time.monotonic() < until and not self._all_scaled(services):
            asyncio.run(self._load(services))
            bar.update()
        bar.close()

    async def _load(self, services: dict[str, Service]) -> None:
        loads = []
        for name in services:
            served = self.line_up.running[name]
            assert isinstance(served, Served)
            requests = served.requests("both", "720p")
            loads.append(closed(served.port, requests, _CLIENTS_TO_SCALE, _SETTLE_S))
        await asyncio.gather(*loads)

    def _all_scaled(self, services: dict[str, Service]) -> bool:
        for name, service in services.items():
            self.line_up.replicas[name] = {model: len(service.replicas(model)) for model in _MODELS}
        return all(
            self.line_up.replicas[name][model] >= servers.most_replicas(model)
            for name in services
            for model in _MODELS
        )
