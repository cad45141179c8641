"""A client that is generated from the API document enrols, reads and checks."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.contract.application import Client, face_jpeg, photos_of, plate_jpeg

NAME = "generated_gatehouse_client"
PLATE = "30M2943"


@pytest.fixture
def generated(client: Client, tmp_path: Path) -> Iterator[str]:
    """The name of the generated package, which can be imported."""
    document, settings = tmp_path / "openapi.json", tmp_path / "generator.json"
    document.write_text(client.get("/openapi.json").text)
    settings.write_text(json.dumps({"post_hooks": []}))
    options = [f"--path={document}", f"--config={settings}", f"--output-path={tmp_path / NAME}"]
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--meta=none", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "ERROR" not in made.stdout + made.stderr
    sys.path.insert(0, str(tmp_path))
    yield NAME
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def part(package: str, name: str) -> ModuleType:
    return importlib.import_module(f"{package}.{name}")


def test_a_generated_client_enrols_reads_and_checks(client: Client, generated: str) -> None:
    types, models = part(generated, "types"), part(generated, "models")
    caller = part(generated, "client").Client(base_url="http://gatehouse")
    transport = httpx.ASGITransport(client.app)
    caller.set_async_httpx_client(
        httpx.AsyncClient(transport=transport, base_url="http://gatehouse")
    )

    def call(path: str, **arguments: Any) -> Any:
        asked = part(generated, f"api.{path}").asyncio_detailed(client=caller, **arguments)
        answer = client.run(asked)
        assert answer.status_code < 300, answer.content
        return answer.parsed

    def file(picture: bytes, name: str = "photo.jpg") -> Any:
        return types.File(payload=BytesIO(picture), file_name=name, mime_type="image/jpeg")

    photos = models.CreateDriverV1DriversPostFilesBody(
        images=[file(photo) for photo in photos_of(7, 3)], name="Ann"
    )
    driver = call("drivers.create_driver_v1_drivers_post", body=photos).driver
    assert (driver.name, driver.face_count) == ("Ann", 3)
    vehicle = call(
        "vehicles.create_vehicle_v1_vehicles_post",
        body=models.NewVehicle(plate=PLATE, country="VN", driver_ids=[driver.id]),
    )
    assert (vehicle.formatted, vehicle.driver_ids) == ("30M-2943", [driver.id])
    read = call(
        "recognition.read_plates_v1_plates_read_post",
        body=models.ReadPlatesV1PlatesReadPostFilesBody(image=file(plate_jpeg(PLATE))),
        limit=1,
        camera_id="gate-1",
    )
    assert ([plate.text for plate in read.plates], read.camera_id) == ([PLATE], "gate-1")
    check = call(
        "gate.check_gate_v1_gate_check_post",
        body=models.CheckGateV1GateCheckPostFilesBody(
            vehicle=file(plate_jpeg(PLATE)), driver=file(face_jpeg(7, 222))
        ),
    )
    assert check.decision == "allow"
    assert [reason.code for reason in check.reasons] == ["vehicle_allowed", "driver_allowed"]
    assert (check.vehicle.id, check.face.driver.name) == (vehicle.id, "Ann")
