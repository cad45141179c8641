"""Hosts that are namespaces, of which only root may make some."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from configs.settings import ROOT
from tests.bench.cluster.hosts import Place

_OWN = ("--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")

_SCENE = """
import sys
from pathlib import Path
from tests.bench.cluster.hosts import Host, Place, lay_switch

def say(host, script):
    return host.run(["bash", "-c", script], {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, 10.0).stdout

def note(text):
    sys.stdout.write(text.strip().replace("\\n", " ") + "\\n")

lay_switch(Path(sys.argv[1]))
one, two = (Host(Place.of(number)) for number in (1, 2))
one.boot()
two.boot()
note(say(one, "hostname; echo kept > /srv/gatehouse/file; echo gone > /dev/shm/file"))
say(one, "tail -f /dev/null &")
TAILS = "cat /proc/[0-9]*/comm | grep -cx tail || true"
note(say(one, TAILS))
note(say(two, "hostname; cd /srv/gatehouse && ls file /dev/shm/file 2> /dev/null || echo nothing"))
serve = "import socket; s = socket.create_server(('', 7000)); s.accept()[0].sendall(b'hello')"
for _ in range(2):
    say(two, f'{sys.executable} -c "{serve}" & '
        'until grep -q ":1B58 " /proc/net/tcp; do sleep 0.01; done')
    note(say(one, "exec 3<> /dev/tcp/10.77.0.12/7000 && cat <&3"))
    two.crash()
    two.boot()
one.crash()
one.boot()
note(say(one, f"cat /srv/gatehouse/file; ls /dev/shm; {TAILS}"))
"""


def _is_allowed() -> bool:
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    return subprocess.run(["unshare", *_OWN, "true"], check=False).returncode == 0


def test_places_differ_in_everything() -> None:
    one, two = Place.of(1), Place.of(2)
    assert one == Place("host-1", "10.77.0.11", "02:00:0a:4d:00:0b")
    assert two == Place("host-2", "10.77.0.12", "02:00:0a:4d:00:0c")


@pytest.fixture(scope="module")
def told(tmp_path_factory: Any) -> list[str]:
    if not _is_allowed():
        pytest.skip("namespaces may not be made here: run it as root on Linux")
    folder: Path = tmp_path_factory.mktemp("hosts")
    done = subprocess.run(
        ["unshare", *_OWN, sys.executable, "-c", _SCENE, str(folder)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_hosts_share_neither_name_nor_disk_nor_memory(told: list[str]) -> None:
    assert (told[0], told[2]) == ("host-1", "host-2 nothing")


def test_hosts_reach_each_other_after_a_crash_as_before(told: list[str]) -> None:
    assert told[3:5] == ["hello", "hello"]


def test_a_crash_leaves_the_disk_and_nothing_else(told: list[str]) -> None:
    assert (told[1], told[5]) == ("1", "kept 0")
