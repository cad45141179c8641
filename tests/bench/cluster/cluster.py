"""Ray and the application on the hosts, started as the operations guide has it."""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.bench.cluster.configuration import python_path
from tests.bench.cluster.hosts import DISK, ROOM, Host

STATE_PORT: Final = 8265
"""Of the head: Serve's state over HTTP."""

_HEAD_PORT: Final = 6379
_PROCESSORS: Final = "8"
_COMMAND_TIMEOUT_S: Final = 120.0
_BIN: Final = Path(sys.executable).parent

# Memory of three hosts has to fit into that of one: no spare workers, small object stores.
_SMALL: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
}
_OBJECT_STORE: Final = str(80 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Access:
    """What it takes to be let in.

    Attributes:
        token: Ray's, of every port of its own.
        key: An API key of the service.
    """

    token: str
    key: str

    @classmethod
    def new(cls, hosts: Sequence[Host]) -> "Access":
        """Makes a token, and a key whose file goes to every host's disk."""
        file = ROOM / "keys.yaml"
        made = subprocess.run(
            [
                *(sys.executable, "-m", "deployments.keys", "--file", str(file)),
                *("new", "--name", "bench", "--scopes", "admin"),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        for host in hosts:
            host.disk.mkdir(parents=True, exist_ok=True)
            copied = host.disk / file.name
            copied.write_bytes(file.read_bytes())
            copied.chmod(0o600)
        return cls(secrets.token_hex(32), made.stdout.split()[0])


class Cluster:
    """The hosts with Ray on them; the first one is the head.

    Args:
        hosts: All of them, off.
        access: Their token and key.
        environment: What replicas need to know: the database, the object storage.
        release: Folder with the code.
    """

    def __init__(
        self, hosts: Sequence[Host], access: Access, environment: Mapping[str, str], release: str
    ) -> None:
        self.head, *self.workers = hosts
        self.access = access
        self._environment = {
            **_SMALL,
            **environment,
            "HOME": str(DISK),
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "PATH": f"{_BIN}:{os.environ['PATH']}",
            "PYTHONPATH": python_path(release),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": access.token,
        }

    @property
    def hosts(self) -> list[Host]:
        """All of them."""
        return [self.head, *self.workers]

    def start(self, host: Host) -> None:
        """Boots a host and starts Ray there; the head's after a crash goes on where it was.

        Raises:
            subprocess.CalledProcessError: Ray does not start.
        """
        host.boot()
        address = host.place.address
        command = [
            *("ray", "start", "--node-ip-address", address, "--num-cpus", _PROCESSORS),
            *("--object-store-memory", _OBJECT_STORE),
        ]
        if host is self.head:
            command += ["--head", "--port", str(_HEAD_PORT), "--dashboard-host", address]
            kept = {"RAY_gcs_storage": "rocksdb", "RAY_gcs_storage_path": str(DISK / "head")}
            (host.disk / "head").mkdir(exist_ok=True)
        else:
            command += ["--address", f"{self.head.place.address}:{_HEAD_PORT}"]
            kept = {"RAY_gcs_rpc_server_reconnect_timeout_s": "600"}
        host.run(command, {**self._environment, **kept}, _COMMAND_TIMEOUT_S)

    def deploy(self, document: Mapping[str, Any]) -> None:
        """``serve deploy`` of a file, on the head.

        Raises:
            subprocess.CalledProcessError: It was refused.
        """
        file = self.head.disk / "application.yaml"
        file.write_text(yaml.safe_dump(dict(document)), encoding="utf-8")
        address = f"http://{self.head.place.address}:{STATE_PORT}"
        command = ["serve", "deploy", "--address", address, str(DISK / file.name)]
        self.head.run(command, self._environment, _COMMAND_TIMEOUT_S)
