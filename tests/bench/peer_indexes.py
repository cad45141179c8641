"""What our gallery is compared with: exact FAISS, usearch, and pgvector in PostgreSQL."""

import importlib
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from tqdm import tqdm

from tests.bench.contender import BUILD_THREADS, ContenderFailed
from tests.bench.face_cloud import DIMENSION, Floats, read_templates

USEARCH = ("usearch==2.26.6",)
NEIGHBOURS = 32
BUILD_EFFORT = 128
"""Links of a node and candidates at its insertion, of both. With the usual 16 links pgvector finds
98.7 % of the nearest among 100,000 such vectors, however hard it looks."""

_EFFORTS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1000)
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("id_bytes", ">i4"),
        ("id", ">i4"),
        ("vector_bytes", ">i4"),
        ("dimension", ">i2"),
        ("unused", ">i2"),
        ("vector", ">f4", DIMENSION),
    ]
)
_COPY_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = b"\xff\xff"


class ExactFaiss:
    """FAISS IndexFlatIP: compares all."""

    def __init__(self) -> None:
        faiss.omp_set_num_threads(1)
        self._index = faiss.IndexFlatIP(DIMENSION)

    def build(self, templates: Path, until: float) -> None:  # noqa: ARG002 - it takes seconds
        """Copy all templates into the index."""
        for rows in read_templates(templates):
            self._index.add(rows)

    def efforts(self) -> tuple[int, ...]:
        """None: it is exact."""
        return ()

    def set_effort(self, effort: int) -> None:
        """Never called."""

    def nearest(self, probe: Floats) -> int:
        """The nearest row."""
        _, rows = self._index.search(probe, 1)
        return int(rows[0, 0])

    def setting(self) -> str:
        """Nothing is set."""
        return "exact"

    def stored_bytes(self) -> int | None:
        """All its memory is the process's."""
        return None


class Usearch:
    """usearch's HNSW over 32-bit floats.

    Args:
        packages: Folder that usearch is installed in; our own packages go before.
    """

    def __init__(self, packages: Path) -> None:
        sys.path.append(str(packages))
        module: Any = importlib.import_module("usearch.index")
        self._index = module.Index(
            ndim=DIMENSION,
            metric="ip",
            dtype="f32",
            connectivity=NEIGHBOURS,
            expansion_add=BUILD_EFFORT,
        )

    def build(self, templates: Path, until: float) -> None:
        """Insert all templates with two threads."""
        first = 0
        with tqdm(desc="usearch: inserting", unit="", leave=False) as bar:
            for rows in read_templates(templates):
                if time.monotonic() > until:
                    raise ContenderFailed(f"not built in time: {first:,} rows inserted")
                keys = np.arange(first, first + len(rows), dtype=np.uint64)
                self._index.add(keys, rows, threads=BUILD_THREADS)
                first += len(rows)
                bar.update(len(rows))

    def efforts(self) -> tuple[int, ...]:
        """Candidates at a search."""
        return _EFFORTS

    def set_effort(self, effort: int) -> None:
        """Set ``expansion_search``."""
        self._index.expansion_search = effort

    def nearest(self, probe: Floats) -> int:
        """The nearest row that it finds; -1 for none."""
        keys = self._index.search(probe[0], 1, threads=1).keys
        return int(keys[0]) if len(keys) else -1

    def setting(self) -> str:
        """What it was built and is searched with."""
        return (
            f"HNSW, M {NEIGHBOURS}, efConstruction {BUILD_EFFORT}, "
            f"ef {self._index.expansion_search}"
        )

    def stored_bytes(self) -> None:
        """All its memory is the process's."""


@dataclass(frozen=True, slots=True, eq=False)
class _Vector:
    values: Floats


class _VectorDumper(Dumper):
    """Sends a vector as pgvector stores it, without a detour through text."""

    format = Format.BINARY

    def dump(self, obj: _Vector) -> bytes:
        values = obj.values.astype(">f4")
        return struct.pack(">hh", len(values), 0) + values.tobytes()


class Pgvector:
    """pgvector's HNSW in a PostgreSQL of its own, asked over one connection.

    Args:
        url: An empty database.
    """

    def __init__(self, url: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)
        self._connection.adapters.register_dumper(_Vector, _VectorDumper)
        self._effort = 0
        self._version = ""

    def build(self, templates: Path, until: float) -> None:
        """Copy all templates into a table, then index it with two processes."""
        ask = self._connection.execute
        ask("CREATE EXTENSION vector")
        ask(f"CREATE TABLE templates (id int PRIMARY KEY, face vector({DIMENSION}) NOT NULL)")
        ask("ALTER TABLE templates ALTER COLUMN face SET STORAGE PLAIN")
        self._copy(templates)
        ask("SET maintenance_work_mem = '1536MB'")
        ask(f"SET max_parallel_maintenance_workers = {BUILD_THREADS - 1}")
        left_ms = max(1, int(1000 * (until - time.monotonic())))
        ask(f"SET statement_timeout = {left_ms}")
        try:
            ask(
                "CREATE INDEX ON templates USING hnsw (face vector_ip_ops) "
                f"WITH (m = {NEIGHBOURS}, ef_construction = {BUILD_EFFORT})"
            )
        except psycopg.errors.QueryCanceled:
            raise ContenderFailed("not built in time") from None
        ask("SET statement_timeout = 0")
        ask("VACUUM ANALYZE templates")
        for setting in ("jit = off", "max_parallel_workers_per_gather = 0", "enable_seqscan = off"):
            ask(f"SET {setting}")
        found = ask("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
        self._version = found[0] if found else ""

    def efforts(self) -> tuple[int, ...]:
        """Candidates at a search; pgvector takes 1,000 at most."""
        return _EFFORTS

    def set_effort(self, effort: int) -> None:
        """Set ``hnsw.ef_search``."""
        self._effort = effort
        self._connection.execute(f"SET hnsw.ef_search = {effort}")

    def nearest(self, probe: Floats) -> int:
        """The nearest row that it finds; -1 for none."""
        found = self._connection.execute(
            "SELECT id FROM templates ORDER BY face <#> %b::vector LIMIT 1",
            [_Vector(probe[0])],
            prepare=True,
        ).fetchone()
        return int(found[0]) if found else -1

    def setting(self) -> str:
        """What it was built and is searched with."""
        return (
            f"{self._version}, HNSW, m {NEIGHBOURS}, ef_construction {BUILD_EFFORT}, "
            f"ef_search {self._effort}"
        )

    def stored_bytes(self) -> int:
        """Pages of the table and its indexes, all of which the server keeps in memory."""
        found = self._connection.execute("SELECT pg_total_relation_size('templates')").fetchone()
        return int(found[0]) if found else 0

    def _copy(self, templates: Path) -> None:
        first = 0
        with (
            self._connection.cursor() as cursor,
            cursor.copy("COPY templates FROM STDIN (FORMAT binary)") as copy,
        ):
            copy.write(_COPY_START)
            for rows in read_templates(templates):
                copy.write(copy_rows(first, rows))
                first += len(rows)
            copy.write(_COPY_END)


def copy_rows(first: int, vectors: Floats) -> bytes:
    """Rows as PostgreSQL's binary COPY wants them: numbered from ``first``, pgvector's vectors."""
    rows = np.zeros(len(vectors), _ROW)
    rows["fields"] = 2
    rows["id_bytes"] = 4
    rows["id"] = np.arange(first, first + len(vectors))
    rows["vector_bytes"] = 4 + 4 * DIMENSION
    rows["dimension"] = DIMENSION
    rows["vector"] = vectors
    return rows.tobytes()
