"""Builds the cluster, runs phases on it, and takes it down."""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Final

import httpx
from tqdm import tqdm

from deployments.serve_yaml import check
from tests.bench.cluster.cluster import STATE_PORT, Access, Cluster
from tests.bench.cluster.configuration import on_processors
from tests.bench.cluster.hosts import DISK, OUTSIDE, ROOM, Host, Place, lay_switch
from tests.bench.cluster.load import streams
from tests.bench.cluster.outside import (
    BALANCED_PORT,
    SERVICE_PORT,
    balancer,
    object_storage,
)
from tests.bench.cluster.phases import NEXT_RELEASE, PHASES
from tests.bench.cluster.stage import Outcome, Stage
from tests.bench.cluster.watching import Watch, health_urls
from tests.bench.faults.traffic import Traffic
from tests.postgresql import PostgresServer
from tests.serve.service import ROOT

SHIPPED: Final = ROOT / "configs/cluster_gpu.yaml"
RELEASE: Final = "/srv/release"
NEXT_VERSION: Final = "0.1.1"

_HOSTS: Final = 3
_READY_WITHIN_S: Final = 240.0
_LOOK_S: Final = 0.5


def run(folder: Path, phases: Sequence[str]) -> Iterator[tuple[str, Outcome]]:
    """Each phase with its outcome, as they end.

    Args:
        folder: An empty one that others may read, for disks and logs.
        phases: Names of them.

    Raises:
        TimeoutError: The application is not ready in time.
    """
    lay_switch(folder)
    for release in (RELEASE, NEXT_RELEASE):
        _release(Path(release))
    _rename(Path(NEXT_RELEASE), NEXT_VERSION)
    hosts = [Host(Place.of(number)) for number in range(1, _HOSTS + 1)]
    addresses = [host.place.address for host in hosts]
    document = on_processors(check(SHIPPED), PurePosixPath(DISK))
    (application,) = document["applications"]
    with ExitStack() as stack:
        access = Access.new(hosts)
        database = stack.enter_context(PostgresServer(OUTSIDE))
        storage = stack.enter_context(object_storage(application["args"]["storage"]["url"], ROOM))
        stack.enter_context(balancer(addresses, ROOM))
        variable = application["args"]["gallery"]["database_url_env"]
        url = database.create("gallery").replace("postgresql://", "postgresql+psycopg://")
        cluster = Cluster(hosts, access, {**storage.environment, variable: url}, RELEASE)
        for host in hosts:
            stack.callback(host.crash)
        cluster.start(cluster.head)
        with ThreadPoolExecutor() as threads:
            list(threads.map(cluster.start, cluster.workers))
        cluster.deploy(document)
        http = stack.enter_context(
            httpx.Client(
                base_url=f"http://127.0.0.1:{BALANCED_PORT}",
                headers={"authorization": f"Bearer {access.key}"},
                timeout=60,
                trust_env=False,
            )
        )
        watch = Watch(
            f"http://{cluster.head.place.address}:{STATE_PORT}/api/serve/applications/",
            access.token,
            health_urls(addresses, SERVICE_PORT),
        )
        watch.start()
        stack.callback(watch.stop)
        data = Path(os.environ["GATEHOUSE_DATA"]).resolve() / "data"
        traffic = Traffic(BALANCED_PORT, streams(data, access.key))
        stage = Stage(cluster, watch, traffic, http, document)
        stage.whole(0.0)
        _await_ready(http)
        traffic.start()
        stack.callback(traffic.stop)
        for name in tqdm(phases, desc="phases"):
            yield name, PHASES[name](stage)
        sys.stderr.write(f"{storage.count()} objects in {storage.url}\n")


def _release(folder: Path) -> None:
    for name in ("configs", "deployments", "pipelines"):
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=leave)


def _rename(release: Path, version: str) -> None:
    """Gives a release another version, which its ``/info`` then says."""
    file = release / "deployments/ingress/app.py"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    (place,) = [at for at, line in enumerate(lines) if line.startswith("VERSION = ")]
    lines[place] = f'VERSION = "{version}"\n'
    file.write_text("".join(lines), encoding="utf-8")


def _await_ready(http: httpx.Client) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until:
        if http.get("/readyz").status_code == HTTPStatus.OK:
            return
        time.sleep(_LOOK_S)
    raise TimeoutError(f"not ready in {_READY_WITHIN_S:g} s")
