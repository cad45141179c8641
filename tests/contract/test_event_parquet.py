"""/v1/events:export?format=parquet: events as a typed table."""

import io
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from deployments.ingress.v1 import event_export, event_parquet
from deployments.ingress.v1.event_export import COLUMNS
from pipelines.errors import GalleryUnavailable
from pipelines.events.records import Decision, EventKind, NewEvent, SeenPlate
from tests.contract.application import Client
from tests.contract.driver_calls import created, error_of
from tests.contract.test_event_routes import recorded
from tests.unit.events.passing import NOON, passing, plate

EXPORT = "/v1/events:export"


def exported(client: Client, **query: Any) -> parquet.ParquetFile:
    answer = client.get(EXPORT, params={"format": "parquet", **query})
    assert answer.status_code == 200, answer.text
    return parquet.ParquetFile(io.BytesIO(answer.content))


def as_listed(row: dict[str, Any]) -> dict[str, Any]:
    """A row as ``GET /v1/events`` has it, but for whether there is a picture."""
    seen = None
    if row["plate_text"] is not None:
        named = {"text": "text", "raw_text": "raw_text", "country": "country"}
        seen = {name: row[f"plate_{column}"] for name, column in named.items()}
        seen["confidence"] = round(row["plate_confidence"], 4)
    rounded = {
        name: row[name] if row[name] is None else round(row[name], 4)
        for name in ("similarity", "threshold")
    }
    moments = {name: row[name] for name in ("at", "received_at")}
    rest = {name: row[name] for name in COLUMNS if not name.startswith("plate_")}
    return {**rest, **moments, **rounded, "plate": seen}


def test_the_table_has_what_the_list_has(client: Client) -> None:
    driver_id = created(client, 7)
    recorded(
        client,
        passing(
            camera_id="cổng 1",
            plate=SeenPlate("3OA12345", "30A12345", "VN", 0.97126),
            vehicle_id=3,
            driver_id=driver_id,
            similarity=-0.25,
            threshold=0.46,
            decision=Decision.ALLOW,
            reasons=("vehicle_allowed", "driver_linked"),
            request_id="5f0c",
        ),
        NewEvent(EventKind.PLATE_READ, NOON),
        passing(3, plate=plate("=1+1"), camera_id="@gate"),
    )
    listed = client.get("/v1/events").json()["events"]
    for event in listed:
        del event["has_crop"]
        event |= {name: datetime.fromisoformat(event[name]) for name in ("at", "received_at")}
    rows = exported(client).read().to_pylist()
    assert [as_listed(row) for row in rows] == listed
    assert rows[0]["plate_text"] == "=1+1"


def test_columns_have_types(client: Client) -> None:
    schema = exported(client).schema_arrow
    assert schema.names == list(COLUMNS)
    kinds: dict[str, list[str]] = {str(kind): [] for kind in schema.types}
    for field in schema:
        kinds[str(field.type)].append(field.name)
    assert kinds == {
        "int64": ["id", "vehicle_id", "driver_id"],
        "string": [
            *("kind", "camera_id", "decision", "plate_text", "plate_raw_text", "plate_country"),
            "request_id",
        ],
        "timestamp[us, tz=UTC]": ["at", "received_at"],
        "list<element: string>": ["reasons"],
        "double": ["plate_confidence", "similarity", "threshold"],
    }
    assert [field.name for field in schema if not field.nullable] == [
        *("id", "kind", "at", "received_at", "reasons")
    ]


def test_the_file_says_what_it_is(client: Client) -> None:
    answer = client.get(EXPORT, params={"format": "parquet"})
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="gatehouse-events-')
    assert disposition.endswith('Z.parquet"')
    assert parquet.read_table(io.BytesIO(answer.content)).num_rows == 0


def test_a_large_file_has_groups_of_rows_that_fit_together(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_export, "_AT_ONCE", 2)
    monkeypatch.setattr(event_parquet, "_ROWS_OF_A_GROUP", 4)
    recorded(client, *(passing(minutes) for minutes in range(9)))
    file = exported(client)
    groups = [file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)]
    assert groups == [4, 4, 1]
    assert file.read(["id"]).column("id").to_pylist() == list(range(9, 0, -1))


def test_writes_the_events_that_are_wanted(client: Client) -> None:
    recorded(client, passing(1), passing(2, kind=EventKind.PLATE_READ))
    table = exported(client, kind="plate_read").read()
    assert table.column("id").to_pylist() == [2]
    assert table.column("at").to_pylist() == [datetime(2026, 11, 22, 12, 2, tzinfo=UTC)]


def test_a_file_that_was_cut_off_is_refused_by_readers(client: Client) -> None:
    recorded(client, passing(1))
    whole = client.get(EXPORT, params={"format": "parquet"}).content
    with pytest.raises(pa.ArrowInvalid):
        parquet.read_table(io.BytesIO(whole[:-1]))


def test_a_journal_that_is_away_is_told_before_the_file_begins(client: Client) -> None:
    client.faults.page = GalleryUnavailable("the driver gallery cannot be reached, try again")
    answer = client.get(EXPORT, params={"format": "parquet"})
    assert error_of(answer)[:2] == (503, "gallery_unavailable")
