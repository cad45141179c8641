"""Starts what is measured, each on free ports of 127.0.0.1, and ends it by its process ids."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import yaml

from tests.bench.our_worker import args_of
from tests.bench.peer import DETECTOR, READERS, PeerUnavailable, install
from tests.bench.throughput.plain_app import SETTINGS_VARIABLE
from tests.bench.throughput.routes import OMNI_DETECTOR, OMNI_READER
from tests.bench.throughput.slices import NotMeasurable
from tests.bench.workers import Contestant
from tests.serve.service import ROOT, Service, free_ports

CONFIG: Final = ROOT / "serve_config.yaml"
OMNI_PACKAGES: Final = ("omni-lpr==0.3.5", "fast-plate-ocr==1.1.0", "open-image-models==0.6.0")
OMNI_ENVIRONMENT: Final = ROOT / ".venv-omni"

# What Serve does when nobody asks for more.
_DEFAULT_MODE: Final = {"RAY_SERVE_ENABLE_HA_PROXY": "0", "RAY_SERVE_THROUGHPUT_OPTIMIZED": "0"}
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_START_WITHIN_S: Final = 180.0
_END_WITHIN_S: Final = 10.0


def service_in(folder: Path, *, production: bool) -> Service:
    """The service as it is shipped, or with Serve's default proxy and calls; not started yet."""
    folder.mkdir()
    return Service(
        folder,
        args={"gallery": {"snapshots": str(folder / "snapshots")}},
        env_vars=None if production else _DEFAULT_MODE,
    )


def most_replicas(deployment: str) -> int:
    """How many replicas of a deployment the shipped configuration allows."""
    document = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for one in document["applications"][0]["deployments"]:
        if one["name"] == deployment:
            scaling = one.get("autoscaling_config") or {}
            return int(scaling.get("max_replicas", one.get("num_replicas", 1)))
    return 1


def settings_file(folder: Path, database: Path) -> Path:
    """Writes the shipped settings for pipelines in other processes, with a copy of a gallery.

    Args:
        folder: For the file and the gallery.
        database: SQLite file of a running service.
    """
    folder.mkdir()
    with (
        closing(sqlite3.connect(database)) as theirs,
        closing(sqlite3.connect(folder / "gatehouse.db")) as copy,
    ):
        theirs.backup(copy)
    args: dict[str, Any] = args_of(CONFIG)
    args.setdefault("gallery", {}).update(
        database_url=f"sqlite:///{folder}/gatehouse.db", snapshots=str(folder / "snapshots")
    )
    args.setdefault("storage", {})["url"] = str(folder / "crops")
    path = folder / "settings.json"
    path.write_text(json.dumps(args), encoding="utf-8")
    return path


def bare(settings: Path) -> Contestant:
    """The project's pipelines in a loop."""
    module = "tests.bench.throughput.bare_worker"
    return Contestant("bare", (sys.executable, "-m", module, str(settings)))


class Server:
    """A server in processes of its own.

    Args:
        command: What starts it; ``{port}`` is replaced.
        environment: Added to this process's.
        ready: The path that answers 200 when it is ready.
        log: Where it writes.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], ready: str, log: Path
    ) -> None:
        (self.port,) = free_ports(1)
        self._ready = ready
        self._log = log
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [part.replace("{port}", str(self.port)) for part in command],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Waits for its first answer.

        Raises:
            NotMeasurable: It ended, or takes too long.
        """
        until = time.monotonic() + _START_WITHIN_S
        url = f"http://127.0.0.1:{self.port}{self._ready}"
        while time.monotonic() < until:
            if self._process.poll() is not None:
                said = self._log.read_text(encoding="utf-8", errors="replace").strip()
                raise NotMeasurable(f"it ended: {(said.splitlines() or ['no word'])[-1]}")
            with suppress(httpx.TransportError):
                if httpx.get(url, trust_env=False, timeout=5).status_code == 200:
                    return
            time.sleep(0.2)
        raise NotMeasurable(f"not ready in {_START_WITHIN_S:g} s")

    def processes(self) -> list[psutil.Process]:
        """Its processes, the first one first."""
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._process.pid)
            return [parent, *parent.children(recursive=True)]
        return []

    def stop(self) -> None:
        """Ends it."""
        known = self.processes()
        for one in known:
            with suppress(psutil.NoSuchProcess):
                one.terminate()
        _, alive = psutil.wait_procs(known, timeout=_END_WITHIN_S)
        for one in alive:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self._process.wait()


def plain(settings: Path, processes: int) -> Server:
    """The pipelines behind plain FastAPI, see ``plain_app``."""
    return Server(
        [
            *(sys.executable, "-m", "uvicorn", "tests.bench.throughput.plain_app:create_app"),
            *("--factory", "--host", "127.0.0.1", "--port", "{port}"),
            *("--workers", str(processes), "--no-access-log"),
        ],
        {**_ONE_THREAD, SETTINGS_VARIABLE: str(settings)},
        "/healthz",
        settings.with_name("plain.log"),
    )


def omni(data: Path, folder: Path) -> Server:
    """omni-lpr with its models from ``peers/fast-alpr``, with a home folder of its own.

    Raises:
        NotMeasurable: Its models are missing, or it cannot be installed.
    """
    models = data / "peers/fast-alpr"
    reader = READERS["fast-alpr v1"]
    cached = {
        f"open-image-models/{OMNI_DETECTOR}": [DETECTOR],
        f"fast-plate-ocr/{OMNI_READER}": [f"{reader}.onnx", f"{reader}_plate_config.yaml"],
    }
    for place, files in cached.items():
        (folder / ".cache" / place).mkdir(parents=True)
        for file in files:
            if not (models / file).is_file():
                raise NotMeasurable(f"{models} lacks {file}")
            shutil.copy(models / file, folder / ".cache" / place / file)
    try:
        python = install(OMNI_ENVIRONMENT, OMNI_PACKAGES)
    except PeerUnavailable as error:
        raise NotMeasurable(str(error)) from error
    return Server(
        [
            *(str(python.with_name("omni-lpr")), "--host", "127.0.0.1", "--port", "{port}"),
            *("--default-detector-model", OMNI_DETECTOR, "--default-ocr-model", OMNI_READER),
        ],
        {"HOME": str(folder)},
        "/api/health",
        folder / "omni.log",
    )
