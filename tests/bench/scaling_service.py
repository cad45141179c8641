"""The service of the scaling bench: nodes, one deployed configuration, and what runs in them."""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Self

import httpx
import psutil

from configs.settings import ROOT
from tests.bench.scaling_configuration import APPLICATION, DEPLOYMENTS, LOCAL_PORTS, document
from tests.serve.ray_folder import RayFolder
from tests.serve.service import free_ports

START_TIMEOUT_S: Final = 240.0
_END_TIMEOUT_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.5
_COMPLAINT_CHARACTERS: Final = 2_000


class ServiceFailed(Exception):
    """The service did not come up, or not to what it was asked; says how far it came."""


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica as the controller knows it."""

    deployment: str
    state: str
    pid: int | None
    node: str


class ScaledService:
    """The application on Ray nodes of its own, controlled by the REST interface of Serve.

    Args:
        folder: Of database, crops and log.
        simulated_ms: What a picture takes each fake engine.
        cpus: How many each node says it has; decides how many replicas fit on it.
    """

    def __init__(self, folder: Path, simulated_ms: float, cpus: int) -> None:
        self._folder = folder
        self._simulated_ms = simulated_ms
        self._cpus = cpus
        self._ray_folder = RayFolder()
        *self._ports, dashboard = free_ports(2 + len(LOCAL_PORTS))
        # Its own token, or whoever reaches a port of the cluster could run code in it.
        token = secrets.token_hex(16)
        self._api = httpx.Client(
            base_url=f"http://127.0.0.1:{dashboard}",
            headers={"authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        )
        self._log = (folder / "nodes.log").open("ab")
        self._nodes = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.scaling_nodes", str(dashboard), str(cpus)],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                **self._ray_folder.environment,
                "RAY_AUTH_MODE": "token",
                "RAY_AUTH_TOKEN": token,
                "RAY_USAGE_STATS_ENABLED": "0",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        self._family: dict[int, psutil.Process] = {}

    def __enter__(self) -> Self:
        try:
            self._await_node()
        except ServiceFailed:
            self.end()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    @property
    def port(self) -> int:
        """Where clients connect."""
        return self._ports[0]

    def add_node(self) -> None:
        """Adds a node, which has room for as many replicas as the others.

        Raises:
            ServiceFailed: It does not come.
        """
        assert self._nodes.stdin is not None
        self._nodes.stdin.write("node\n")
        self._nodes.stdin.flush()
        self._await_node()

    def deploy(self, deployments: Mapping[str, Mapping[str, Any]]) -> None:
        """Deploys, or changes the number of replicas, and waits until they all run.

        Raises:
            ServiceFailed: They do not in the time given.
        """
        whole = document(self._folder, tuple(self._ports), self._simulated_ms, deployments)
        answer = self._api.put("/api/serve/applications/", json=whole, timeout=120)
        if answer.status_code != HTTPStatus.OK:
            raise ServiceFailed(f"not deployed: {answer.text[-800:]}")
        wanted = {name: options.get("num_replicas", 1) for name, options in deployments.items()}
        self._wait_for(lambda: self._runs(wanted), f"replicas {wanted}")
        self._wait_for(self._answers, "an answer of /readyz")

    def replicas(self) -> list[Replica]:
        """All replicas, in whatever state."""
        with contextlib.suppress(httpx.TransportError):
            answer = self._api.get("/api/serve/applications/")
            if answer.status_code == HTTPStatus.OK:
                return _replicas(answer.json())
        return []

    def counts(self) -> Counter[str]:
        """Running replicas by deployment."""
        return Counter(one.deployment for one in self.replicas() if one.state == "RUNNING")

    def placed(self, deployment: str) -> tuple[int, ...]:
        """Running replicas of a deployment on each node, the fullest first."""
        its = [one for one in self.replicas() if one.deployment == deployment]
        return tuple(
            sorted(Counter(one.node for one in its if one.state == "RUNNING").values())[::-1]
        )

    def cpu_seconds(self) -> dict[str, float]:
        """CPU that each part has used so far; a deployment is a part, and so is the bench."""
        parts = {one.pid: one.deployment for one in self.replicas() if one.pid is not None}
        used: defaultdict[str, float] = defaultdict(float)
        for process in [*self._processes(), psutil.Process()]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                part = parts.get(process.pid) or part_of(process.pid, process.cmdline())
                used[part] += times.user + times.system
        return dict(used)

    def memory_bytes(self) -> int:
        """Memory of the service that it shares with nobody else."""
        total = 0
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += process.memory_full_info().uss
        return total

    def end(self) -> None:
        """Ends the nodes, and by their ids what is left of them."""
        self._processes()
        self._api.close()
        if self._nodes.stdin is not None:
            with contextlib.suppress(OSError):
                self._nodes.stdin.close()
        try:
            self._nodes.wait(timeout=_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._nodes.kill()
            self._nodes.wait()
        psutil.wait_procs(self._family.values(), timeout=5)
        self._log.close()
        self._ray_folder.remove()

    def _processes(self) -> list[psutil.Process]:
        """The nodes' processes with all that these have started and that still runs."""
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._nodes.pid)
            for process in [parent, *parent.children(recursive=True)]:
                self._family[process.pid] = process
        return [process for process in self._family.values() if process.is_running()]

    def _await_node(self) -> None:
        assert self._nodes.stdout is not None
        if not self._nodes.stdout.readline():
            raise self._ended()

    def _ended(self) -> ServiceFailed:
        log = (self._folder / "nodes.log").read_text("utf-8", errors="replace")
        return ServiceFailed(f"the nodes ended: {log[-_COMPLAINT_CHARACTERS:]}")

    def _runs(self, wanted: Mapping[str, int]) -> bool:
        found = self.replicas()
        running = Counter(one.deployment for one in found if one.state == "RUNNING")
        return len(found) == sum(wanted.values()) and dict(running) == dict(wanted)

    def _answers(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.port}/readyz"
            return httpx.get(url, timeout=30, trust_env=False).status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False

    def _wait_for(self, condition: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + START_TIMEOUT_S
        while not condition():
            if self._nodes.poll() is not None:
                raise self._ended()
            if time.monotonic() > until:
                raise ServiceFailed(
                    f"no {what} in {START_TIMEOUT_S:.0f} s, there are {dict(self.counts())}"
                )
            time.sleep(_LOOK_EVERY_S)


def part_of(pid: int, command: list[str]) -> str:
    """To which part of the service a process belongs that is no replica."""
    line = " ".join(command)
    if pid == os.getpid():
        return "load and sampling"
    if command and Path(command[0]).name == "haproxy":
        return "HAProxy"
    if "ServeController" in line:
        return "Serve controller"
    return "Ray"


def _replicas(details: Mapping[str, Any]) -> list[Replica]:
    application = details["applications"].get(APPLICATION, {})
    deployments = application.get("deployments", {})
    return [
        Replica(name, replica["state"], replica.get("pid"), replica.get("node_id") or "")
        for name in DEPLOYMENTS
        for replica in deployments.get(name, {}).get("replicas", ())
    ]
