"""The indexes that our gallery is compared with."""

import time
from pathlib import Path

import numpy as np
import pytest

from tests.bench.contender import ContenderFailed
from tests.bench.face_cloud import FaceCloud, Floats, template_of, write_templates
from tests.bench.peer_indexes import ExactFaiss, Pgvector, copy_rows

DRIVERS = 2_000


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bench") / "templates"
    write_templates(FaceCloud(3), DRIVERS, file)
    return file


@pytest.fixture(scope="module")
def probes() -> Floats:
    """One of every tenth driver."""
    every = template_of(next(FaceCloud(3).faces(DRIVERS)))[::10]
    return FaceCloud(3).probes(every, np.random.default_rng(0))


def found(index: ExactFaiss | Pgvector, probes: Floats) -> float:
    rows = [index.nearest(probe[np.newaxis]) for probe in probes]
    return float((np.array(rows) == np.arange(0, DRIVERS, 10)).mean())


def test_exact_faiss_finds_every_driver(templates: Path, probes: Floats) -> None:
    index = ExactFaiss()
    index.build(templates, time.monotonic() + 60)
    assert found(index, probes) == 1.0
    assert (index.setting(), index.efforts(), index.stored_bytes()) == ("exact", (), None)


def test_pgvector_finds_more_drivers_the_harder_it_looks(
    templates: Path, probes: Floats, postgresql_url: str
) -> None:
    index = Pgvector(postgresql_url)
    index.build(templates, time.monotonic() + 60)
    shares = []
    for effort in (index.efforts()[0], index.efforts()[-1]):
        index.set_effort(effort)
        shares.append(found(index, probes))
    assert shares[0] <= shares[1]
    assert shares[1] >= 0.99
    assert index.stored_bytes() > DRIVERS * 4 * probes.shape[1]
    assert index.setting().endswith(", HNSW, m 32, ef_construction 128, ef_search 1000")
    plan = index._connection.execute(
        "EXPLAIN SELECT id FROM templates ORDER BY face <#> (SELECT face FROM templates LIMIT 1) "
        "LIMIT 1"
    ).fetchall()
    assert "templates_face_idx" in str(plan)


def test_pgvector_says_that_its_time_was_over(templates: Path, postgresql_url: str) -> None:
    index = Pgvector(postgresql_url)
    with pytest.raises(ContenderFailed, match=r"^not built in time$"):
        index.build(templates, time.monotonic())


def test_rows_are_copied_as_postgresql_reads_them() -> None:
    row = copy_rows(258, np.full((1, 128), 1.0, np.float32))
    assert row[:14] == bytes([0, 2, 0, 0, 0, 4, 0, 0, 1, 2, 0, 0, 2, 4])
    assert row[14:22] == bytes([0, 128, 0, 0, 0x3F, 0x80, 0, 0])
    assert len(row) == 18 + 4 * 128
