"""One run: load, kills, recovery, and a look at everything that is left."""

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from deployments.shard_options import shard_name
from tests.serve.chaos import aftermath
from tests.serve.chaos.clients import Client, Routes
from tests.serve.chaos.crowd import Crowd
from tests.serve.chaos.databases import BUSY_TIMEOUT_S, KINDS, Database
from tests.serve.chaos.driver_routes import CANDIDATES, DriverRoutes
from tests.serve.chaos.journal import Journal, now
from tests.serve.chaos.kills import Kill, Killer, blows_to, kill_the_proxy
from tests.serve.chaos.legacy_routes import LegacyRoutes
from tests.serve.chaos.people import distinct_people
from tests.serve.chaos.report import Report
from tests.serve.service import Service

ERASES_WITHIN_S = 4.0
"""``gallery.snapshot_erases_within_s`` of the service under test."""

SWEEP_S = 2.0
"""``retention.sweep_s`` of the service under test."""

_READY_WITHIN_S = 150.0
_CLIENTS_END_WITHIN_S = 90.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes:
        database: A name in ``KINDS``.
        writes: Calls that change something.
        seed: Of people, choices and the order of kills; the timing is never the same.
        pause_s: Least and most time from the first answer after a kill to the next one.
        limit_s: Longest time of the load.
        proxy: Whether to kill the proxy, once.
        everything: Whether to kill every process at once, near the end.
        shards: Index deployments that share the drivers, each of two replicas.
    """

    database: str
    writes: int
    seed: int = 1
    clients: int = 8
    pause_s: tuple[float, float] = (1.5, 4.0)
    limit_s: float = 270.0
    proxy: bool = True
    everything: bool = True
    shards: int = 1


def run(plan: Plan, folder: Path) -> Report:
    """Run the plan with its files in a folder.

    Raises:
        TimeoutError: The service does not start, or does not recover.
    """
    with KINDS[plan.database](folder) as database:
        service = _service(folder, database, plan.shards)
        try:
            service.start()
            return _Run(plan, folder, database, service).report()
        finally:
            service.kill()


def _service(folder: Path, database: Database, shards: int) -> Service:
    args: Mapping[str, Mapping[str, Any]] = {
        "plate_detector": {"engine": "fake"},
        "plate_reader": {"engine": "fake"},
        "face_encoder": {"engine": "fake"},
        "gallery": {
            "database_url": database.url,
            "busy_timeout_s": BUSY_TIMEOUT_S,
            "top_k": CANDIDATES,
            "shards": shards,
            "snapshots": str(folder / "snapshots"),
            "snapshot_every": 20,
            "snapshot_erases_within_s": ERASES_WITHIN_S,
        },
        "retention": {"sweep_s": SWEEP_S},
    }
    two: Mapping[str, Any] = {"autoscaling_config": None, "num_replicas": 2}
    tuning = {"inference_timeout_s": 10, "retry_after_s": 1}
    deployments = {
        **{shard_name(shard): two for shard in range(shards)},
        "FaceEncoder": two,
        "Ingress": {**two, "user_config": tuning},
        "PlateDetector": {"autoscaling_config": None, "num_replicas": 1},
        "PlateReader": {"autoscaling_config": None, "num_replicas": 1},
    }
    return Service(folder, args=args, deployments=deployments)


class _Run:
    def __init__(self, plan: Plan, folder: Path, database: Database, service: Service) -> None:
        self._plan = plan
        self._folder = folder
        self._database = database
        self._service = service
        self._routes: list[Routes] = [DriverRoutes(), LegacyRoutes()]
        calls = frozenset[Any]().union(*(one.calls for one in self._routes))
        self._crowd = Crowd(distinct_people(plan.seed), calls, plan.writes)
        self._journal = Journal()
        self._kills: list[Kill] = []
        self._began_at = now()

    def report(self) -> Report:
        """Do everything."""
        clients = [
            Client(
                100 * self._plan.seed + n, self._service, self._routes, self._crowd, self._journal
            )
            for n in range(self._plan.clients)
        ]
        for client in clients:
            client.start()
        self._kill_until(self._plan.writes // 10 if self._plan.everything else 0)
        if self._plan.everything:
            self._kills.append(Kill("everything", now(), len(self._service.processes())))
            self._service.kill()
            self._service.start()
            self._kill_until(0)
        for client in clients:
            client.stop.set()
        for client in clients:
            client.join(_CLIENTS_END_WITHIN_S)
        took_s = now() - self._began_at
        self._await_ready()
        self._search_everybody()
        time.sleep(ERASES_WITHIN_S + 2 * SWEEP_S)  # what is promised for later is due after it
        left = aftermath.look(self._database.url, self._folder, self._journal)
        return Report(
            title=f"{self._plan.database}, {self._plan.writes} writes, seed {self._plan.seed}, "
            f"shards {self._plan.shards}: {took_s:.0f} s of load",
            took_s=took_s,
            operations=self._journal.snapshot(),
            statuses=self._journal.statuses,
            failures=self._journal.failures,
            kills=self._kills,
            facts=left.facts,
            violations=left.violations,
        )

    def _kill_until(self, writes_left: int) -> None:
        """Kill things until no more than so many writes are left, or the time is over."""
        blows = blows_to(self._service, self._database.disturbances, self._plan.shards)
        killer = Killer(blows, self._journal.answered_since, self._plan.pause_s, self._plan.seed)
        killer.start()
        half = self._plan.writes // 2
        proxy_due_at = half if self._plan.proxy and half > writes_left > 0 else -1
        while self._crowd.writes_left > writes_left:
            if now() > self._began_at + self._plan.limit_s:
                break
            if self._crowd.writes_left <= proxy_due_at:
                killer.due.append(("proxy", partial(kill_the_proxy, self._service)))
                proxy_due_at = -1
            time.sleep(0.2)
        killer.stop.set()
        killer.join()
        self._kills += killer.kills

    def _await_ready(self) -> None:
        deadline = now() + _READY_WITHIN_S
        while now() < deadline:
            with suppress(httpx.TransportError), self._service.client(timeout_s=10) as http:
                if http.get("/readyz").is_success:
                    return
            time.sleep(0.5)
        raise TimeoutError(f"not ready {_READY_WITHIN_S:g} s after the last kill")

    def _search_everybody(self) -> None:
        """Ask for every person twice, so that both replicas of the index are asked."""
        last = Client(-1, self._service, self._routes, self._crowd, self._journal)
        people = random.Random(self._plan.seed).sample(
            [*self._crowd.everybody] * 2, 2 * len(self._crowd.everybody)
        )
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(last.search, people))
