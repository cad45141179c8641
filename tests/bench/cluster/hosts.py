"""Hosts made of namespaces: each has its own network, processes, name, memory files and disk.

All of it lies in the namespaces of the process that makes them, and is gone when that ends.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOM: Final = Path("/srv")
"""Where the hosts' disks and what they share appear, in the namespaces of the bench alone."""

DISK: Final = ROOM / "gatehouse"
"""A host's own disk, as the host sees it."""

OUTSIDE: Final = "10.77.0.1"
"""Address of whoever is none of the hosts: callers, the database, the object storage."""

_BRIDGE: Final = "gh-switch"
_PREFIX_BITS: Final = 24
_BOOTS_WITHIN_S: Final = 15.0
_LOOK_S: Final = 0.02

# Bash reaps whatever its host's processes leave behind, as a first process has to.
_INIT: Final = f"""
set -e
hostname "$1"
mount --make-rprivate /
mkdir -p /tmp/ray {DISK}
mount --bind "{ROOM}/hosts/$1" {DISK}
rm -rf {DISK}/ray; mkdir {DISK}/ray
mount --bind {DISK}/ray /tmp/ray
mount -t tmpfs -o size=512m tmpfs /dev/shm
ip link set lo up
ulimit -n "$(ulimit -Hn)"
echo up
while :; do sleep 600; done
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a host is.

    Attributes:
        name: Of the host.
        address: IPv4.
        mac: Stays over a crash, so that no neighbour sends to the former one.
    """

    name: str
    address: str
    mac: str

    @classmethod
    def of(cls, number: int) -> "Place":
        """The place of the host of a number from 1 to 200."""
        return cls(f"host-{number}", f"10.77.0.{10 + number}", f"02:00:0a:4d:00:{10 + number:02x}")


def lay_switch(disks: Path) -> None:
    """Makes the switch between hosts and the outside; needs namespaces of its own.

    Args:
        disks: A folder for the hosts' disks, which appears at ``ROOM``.

    Raises:
        subprocess.CalledProcessError: It is not allowed, or there is a switch already.
    """
    for command in (
        ["mount", "--make-rprivate", "/"],
        ["mount", "--bind", str(disks), str(ROOM)],
        ["ip", "link", "set", "lo", "up"],
        ["ip", "link", "add", _BRIDGE, "type", "bridge"],
        ["ip", "addr", "add", f"{OUTSIDE}/{_PREFIX_BITS}", "dev", _BRIDGE],
        ["ip", "link", "set", _BRIDGE, "up"],
    ):
        subprocess.run(command, check=True, capture_output=True)


class Host:
    """One host: off until it is booted, and again after a crash; its disk stays.

    Args:
        place: Where it is.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.disk = ROOM / "hosts" / place.name
        self._port = f"gh-{place.name}"
        self._first: subprocess.Popen[bytes] | None = None
        self._init = 0

    def boot(self) -> None:
        """Turns it on and connects it to the switch.

        Raises:
            TimeoutError: Its first process does not come up.
            subprocess.CalledProcessError: It cannot be connected.
        """
        self.disk.mkdir(parents=True, exist_ok=True)
        name = self.place.name
        own = ("--net", "--mount", "--pid", "--uts", "--ipc", "--mount-proc")
        with (self.disk / "console.log").open("ab") as console:
            self._first = subprocess.Popen(
                ["unshare", *own, "--fork", "--kill-child", "bash", "-c", _INIT, "-", name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=console,
            )
        assert self._first.stdout is not None
        if self._first.stdout.readline() != b"up\n":
            self.crash()
            raise TimeoutError(f"{self.place.name} does not come up")
        self._init = _only_child(self._first.pid)
        self._connect()

    def _connect(self) -> None:
        port = self._port
        inside = ["nsenter", "--target", str(self._init), "--net"]
        peer = ["peer", "name", "eth0", "address", self.place.mac, "netns", str(self._init)]
        for command in (
            ["ip", "link", "add", port, "type", "veth", *peer],
            ["ip", "link", "set", port, "master", _BRIDGE, "up"],
            [*inside, "ip", "addr", "add", f"{self.place.address}/{_PREFIX_BITS}", "dev", "eth0"],
            [*inside, "ip", "link", "set", "eth0", "up"],
            [*inside, "ip", "route", "add", "default", "via", OUTSIDE],
        ):
            subprocess.run(command, check=True, capture_output=True)

    def unplug(self) -> None:
        """Pulls its cable: it goes on, and nobody hears of it, not even that it is gone."""
        subprocess.run(["ip", "link", "set", self._port, "down"], check=True, capture_output=True)

    def crash(self) -> None:
        """Ends every process of it at once (SIGKILL), and with them its memory and network."""
        if self._first is None:
            return
        if self._init:
            os.kill(self._init, signal.SIGKILL)  # gone only when all others of the host are
        else:
            self._first.kill()
        self._first.wait()
        assert self._first.stdout is not None
        self._first.stdout.close()
        self._first, self._init = None, 0
        # The kernel would remove its cable some time later, and a new boot needs the name.
        subprocess.run(["ip", "link", "delete", self._port], check=False, capture_output=True)

    def run(
        self, command: list[str], environment: Mapping[str, str], timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command on it, in ``/``, with this environment alone.

        Raises:
            subprocess.CalledProcessError: The command failed.
            subprocess.TimeoutExpired: It took longer.
        """
        enter = ["nsenter", "--target", str(self._init), "--net", "--mount", "--pid", "--uts"]
        # Through files: what a command leaves running would hold a pipe open.
        with (self.disk / "commands.log").open("a+", encoding="utf-8") as log:
            began = log.tell()
            done = subprocess.run(
                [*enter, "--ipc", *command],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=dict(environment),
                timeout=timeout_s,
            )
            log.seek(began)
            said = log.read()
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, command, said)
        return subprocess.CompletedProcess(command, 0, said)


def _only_child(pid: int) -> int:
    until = time.monotonic() + _BOOTS_WITHIN_S
    while time.monotonic() < until:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if len(children) == 1:
            return int(children[0])
        time.sleep(_LOOK_S)
    raise TimeoutError(f"{pid} has no child")
