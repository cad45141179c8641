"""What Ray leaves is cleared away with all that runs in it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.serve.ray_folder import RayFolder

_WRITES_UNTIL_IT_ENDS = """
import itertools, os, subprocess, sys, tempfile
if sys.argv[1] == "parent":
    subprocess.Popen([sys.executable, __file__, "child"], start_new_session=True)
    sys.exit()
print(os.getpid(), flush=True)
for turn in itertools.count():
    with open(os.path.join(tempfile.gettempdir(), str(turn % 100)), "w") as file:
        file.write("more")
"""


def test_a_process_whose_parent_has_ended_is_ended_before_the_folder_goes(tmp_path: Path) -> None:
    script = tmp_path / "writes.py"
    script.write_text(_WRITES_UNTIL_IT_ENDS)
    folder = RayFolder()
    environment = {**os.environ, **folder.environment}
    with subprocess.Popen(
        [sys.executable, script, "parent"], env=environment, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.wait(30)
        assert [one.pid for one in folder.processes()] == [child]

        folder.remove()

    assert not Path(folder.path).exists()
    assert list(folder.processes()) == []


def test_processes_of_others_are_left_alone() -> None:
    folder = RayFolder()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        folder.remove()
        assert other.poll() is None
