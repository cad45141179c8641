"""Reading the plates of a folder."""

import asyncio
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.bulk.planning import Plan, planned
from pipelines.bulk.plate_files import ReadPlates
from pipelines.bulk.source import Item
from pipelines.errors import ConfigurationError, GatehouseError, Unavailable, UpstreamFailure
from pipelines.storage.object_store import ObjectStore
from tests.unit.bulk import recipes
from tests.unit.bulk.pictures import FAKES, folder_of_each_kind


def rows_of(job: ReadPlates, items: list[Item] | None = None) -> list[dict[str, Any]]:
    found = asyncio.run(job.found()).items if items is None else items
    rows = recipes.rows_of(job.worker(), found)
    pa.Table.from_pylist(rows, schema=job.schema)
    return rows


@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_every_file_has_one_outcome(tmp_path: Path, batch_size: int) -> None:
    source = str(folder_of_each_kind(tmp_path))
    job = ReadPlates(source, FAKES, batch_size, all_files=True)
    rows = {row["path"]: row for row in rows_of(pickle.loads(pickle.dumps(job)))}
    assert {path: row["outcome"] for path, row in rows.items()} == {
        "gate/two.jpg": "read",
        "gate/none.jpg": "no_plate",
        "broken.jpg": "failed",
        "notes.txt": "failed",
    }
    first, second = rows["gate/two.jpg"]["plates"]
    assert {first["text"], second["text"]} == {"30M2943", "A123BC77"}
    assert first["country"] == "VN" or second["country"] == "VN"
    assert first["box"]["x1"] == pytest.approx(40, abs=2)
    assert first["confidence"] == pytest.approx(0.99)
    assert rows["broken.jpg"]["error_code"] == "unreadable_picture"
    assert rows["notes.txt"]["error_code"] == "unsupported_picture"
    assert rows["notes.txt"]["error_message"] == "only PNG and JPEG pictures are accepted"


def test_other_files_than_pictures_are_left_out(tmp_path: Path) -> None:
    job = ReadPlates(str(folder_of_each_kind(tmp_path)), FAKES)
    assert asyncio.run(job.found()).skipped == {".txt": 1}
    assert {row["path"] for row in rows_of(job)} == {"gate/two.jpg", "gate/none.jpg", "broken.jpg"}


def test_a_file_that_has_gone_or_is_too_large_is_told_of(tmp_path: Path) -> None:
    limits = FAKES.pictures.model_copy(update={"max_bytes": 1024})
    settings = FAKES.model_copy(update={"pictures": limits})
    job = ReadPlates(str(folder_of_each_kind(tmp_path)), settings)
    gone: Item = {"path": "gone.jpg", "size": 1, "mark": "1"}
    large: Item = {"path": "gate/two.jpg", "size": 1, "mark": "1"}
    first, second = rows_of(job, [gone, large])
    assert (first["outcome"], first["error_code"]) == ("failed", "not_found")
    assert (second["outcome"], second["error_code"]) == ("failed", "too_large")


def test_a_file_whose_name_is_no_text_fails_by_itself(tmp_path: Path) -> None:
    source = folder_of_each_kind(tmp_path)
    (source / os.fsdecode(b"caf\xe9.jpg")).write_bytes((source / "gate/two.jpg").read_bytes())
    job = ReadPlates(str(source), FAKES)
    plan = planned(asyncio.run(job.found()).items, [], job.identity, 16)
    assert plan is not None
    (part,) = Plan.of_table(plan.table()).parts
    rows = {row["path"]: row for row in rows_of(job, [*part.items])}
    assert rows["caf\\udce9.jpg"]["error_message"] == "the name is not UTF-8: rename the file"
    assert (len(rows), rows["gate/two.jpg"]["outcome"]) == (4, "read")


def test_a_source_that_is_no_longer_there_is_no_outcome_of_its_files(tmp_path: Path) -> None:
    source = folder_of_each_kind(tmp_path / "pictures")
    job = ReadPlates(str(source), FAKES)
    items = asyncio.run(job.found()).items
    shutil.rmtree(source)
    source.mkdir()  # as where a share is mounted
    with pytest.raises(Unavailable) as ended:
        rows_of(job, items)
    assert str(ended.value) == (f"{source} is empty now and was not before: see that it is there")


@pytest.mark.parametrize(
    ("failure", "raised", "why"),
    [
        (
            *(Unavailable("the store is away"), UpstreamFailure),
            "the picture source failed 3 times, last with Unavailable",
        ),
        (
            *(ConfigurationError("the store refuses access"), ConfigurationError),
            "the store refuses access",
        ),
    ],
)
def test_a_file_that_the_source_does_not_give_is_named_and_has_no_outcome(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: GatehouseError,
    raised: type[GatehouseError],
    why: str,
) -> None:
    async def fails(*_: object) -> bytes:
        raise failure

    source = folder_of_each_kind(tmp_path)
    job = ReadPlates(str(source), FAKES, batch_size=1)
    items = asyncio.run(job.found()).items
    monkeypatch.setattr(ObjectStore, "read", fails)
    with pytest.raises(raised) as ended:
        rows_of(job, items)
    assert str(ended.value) == f"{items[0]['path']} of {source}: {why}"


def test_two_equal_files_have_equal_outcomes(tmp_path: Path) -> None:
    folder = folder_of_each_kind(tmp_path)
    (folder / "again.jpg").write_bytes((folder / "gate/two.jpg").read_bytes())
    rows = {row["path"]: row["plates"] for row in rows_of(ReadPlates(str(folder), FAKES))}
    assert rows["again.jpg"] == rows["gate/two.jpg"] != []


def test_the_record_names_settings_and_models() -> None:
    record = ReadPlates("s3://bucket/gate", FAKES).record()
    assert record["job"] == "read-plates"
    assert record["source"] == "s3://bucket/gate"
    assert record["plate_reader.doubt_below"] == "0.9"
    assert record["limits.max_pixels"] == "50000000"
    real = ReadPlates("a", FAKES.model_validate({})).record()
    assert len(real["model plate_detector"]) == len(real["model plate_reader"]) == 64
