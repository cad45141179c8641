"""Runs the service the way a user does, on free ports, and ends it by its process ids."""

import contextlib
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from deployments.run import ray_environment
from tests.serve.ray_folder import RayFolder

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "pipelines/training/sample_pictures/images/10022.jpg"
START_TIMEOUT_S = 300.0
APPLICATION = "gatehouse"

_PORTS = range(20_000, 30_000)  # above them Ray Serve gives ports to replicas of the ingress

# Two services of one machine need these apart. The fallback proxies, which HAProxy asks while no
# replica is up, would even share a port in silence: half the requests reach the other service.
_PORT_VARIABLES = (
    "RAY_SERVE_HAPROXY_STATS_PORT",
    "RAY_SERVE_HAPROXY_METRICS_PORT",
    "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT",
    "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT",
)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listened on a moment ago, all different.

    They lie below those that the system gives to whoever asks for any port, as Ray does all the
    time: nobody takes them by accident before the service does, or while it is restarted.
    """
    free: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("", port))
            free.append(port)
        if len(free) == count:
            return free
    raise OSError(f"no {count} ports of {_PORTS} are free")


class Service:
    """One ``serve run`` of the default configuration with its own ports, database and crops.

    Args:
        folder: Where database, crops, configuration and log lie; outlives the processes.
        args: Merged into ``args:`` section by section; lists replace what is there.
        env_vars: Merged into the controller's environment.
        deployments: Options of deployments by name, merged.
        sections: Whole sections of the file, added.
    """

    def __init__(
        self,
        folder: Path,
        *,
        args: Mapping[str, Any] | None = None,
        env_vars: Mapping[str, str] | None = None,
        deployments: Mapping[str, Mapping[str, Any]] | None = None,
        sections: Mapping[str, Any] | None = None,
    ) -> None:
        self._folder = folder
        self._args = args or {}
        self._env_vars = dict(env_vars or {})
        self._deployments = deployments or {}
        self._sections = sections or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._ray_folder: RayFolder | None = None
        self._ports: list[int] = []
        self.url = ""
        self.ready_after_s = 0.0

    @property
    def log(self) -> str:
        """What ``serve run`` printed so far."""
        return (self._folder / "serve.log").read_text(encoding="utf-8", errors="replace")

    @property
    def logs(self) -> Path:
        """The folder with a log of each replica."""
        assert self._ray_folder is not None
        return Path(self._ray_folder.path, "ray/session_latest/logs/serve")

    def start(self) -> None:
        """Starts and waits until every stage is ready; again on the same port after a kill."""
        self._ports = self._ports or free_ports(1 + len(_PORT_VARIABLES))
        self.url = f"http://127.0.0.1:{self._ports[0]}"
        config = self._folder / "config.yaml"
        config.write_text(yaml.safe_dump(self._configuration(*self._ports)))
        self._ray_folder = RayFolder()
        serve = Path(sys.executable).with_name("serve")
        started = time.monotonic()
        with (self._folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [serve, "run", "--address", "local", config],
                cwd=ROOT,
                env={**ray_environment(), **self._ray_folder.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_ready(started)

    def _configuration(self, port: int, *other_ports: int) -> dict[str, Any]:
        document: dict[str, Any] = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
        document["http_options"]["port"] = port
        environment = document["controller_options"]["runtime_env"]["env_vars"]
        environment.update(zip(_PORT_VARIABLES, map(str, other_ports), strict=True))
        environment.update(self._env_vars)
        application = document["applications"][0]
        args = application["args"]
        args["gallery"]["database_url"] = f"sqlite:///{self._folder}/gatehouse.db"
        args["storage"]["url"] = str(self._folder / "crops")
        for section, values in self._args.items():
            if isinstance(values, Mapping):
                args.setdefault(section, {}).update(values)
            else:
                args[section] = values
        options = {one["name"]: one for one in application["deployments"]}
        for name, changed in self._deployments.items():
            options[name] = {"name": name, **options.get(name, {}), **changed}
        application["deployments"] = list(options.values())
        return {**document, **self._sections}

    def _wait_until_ready(self, started: float) -> None:
        while time.monotonic() - started < START_TIMEOUT_S:
            assert self._process is not None
            assert self._process.poll() is None, f"serve run ended:\n{self.log[-4000:]}"
            if self._answers():
                self.ready_after_s = time.monotonic() - started
                return
            time.sleep(0.25)
        self.kill()
        raise TimeoutError(f"not ready in {START_TIMEOUT_S:g} s:\n{self.log[-4000:]}")

    def _answers(self) -> bool:
        """Whether a plate is read, a face is found and the gallery is searched."""
        try:
            with self.client() as http:
                return http.get("/readyz").status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False

    def client(self, timeout_s: float = 60) -> httpx.Client:
        """A client of the running service."""
        return httpx.Client(base_url=self.url, timeout=timeout_s, trust_env=False)

    def processes(self) -> list[psutil.Process]:
        """All processes of the service, ``serve run`` first."""
        if self._process is None or self._process.poll() is not None:
            return []
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def replicas(self, deployment: str) -> list[psutil.Process]:
        """The replica processes of one deployment."""
        return self._titled(f"ray::ServeReplica:{APPLICATION}:{deployment}")

    def controllers(self) -> list[psutil.Process]:
        """The process of the Serve controller."""
        return self._titled("ray::ServeController")

    def proxies(self) -> list[psutil.Process]:
        """The HAProxy processes that clients connect to."""
        return self._titled("haproxy")

    def proxy_managers(self) -> list[psutil.Process]:
        """The Ray actors that start HAProxy and keep its configuration."""
        return self._titled("ray::HAProxyManager")

    def _titled(self, title: str) -> list[psutil.Process]:
        return [one for one in self.processes() if title in " ".join(_command(one))]

    def kill(self) -> None:
        """Kills every process of the service at once (SIGKILL)."""
        killed: list[psutil.Process] = []
        # Stopped parents start no more children, so after this everything is known.
        while fresh := [one for one in self.processes() if one not in killed]:
            for one in fresh:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.suspend()
            killed += fresh
        for one in killed:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        psutil.wait_procs(killed, timeout=20)
        self._forget()

    def stop(self) -> None:
        """Ends the service as Ctrl-C does, and kills what is left."""
        if self._process is None:
            return
        processes = self.processes()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)
        _, alive = psutil.wait_procs(processes, timeout=10)
        for one in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(alive, timeout=10)
        self._forget()

    def _forget(self) -> None:
        self._process = None
        if self._ray_folder is not None:
            self._ray_folder.remove()


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
