"""What a start lacks is told before it."""

from pathlib import Path
from typing import Any

import pytest

from deployments.start_checks import missing


def _missing(**args: Any) -> list[str]:
    return list(missing({"applications": [{"args": args}]}))


def test_the_default_configuration_lacks_nothing(tmp_path: Path) -> None:
    assert _missing(gallery={"database_url": f"sqlite:///{tmp_path}/gatehouse.db"}) == []
    assert list(missing({"applications": [{}]})) == []


@pytest.mark.parametrize(
    ("section", "values", "said"),
    [
        ("gallery", {"database_url": "mysql://x/y"}, "mysql"),
        ("gallery", {"database_url_env": "GATEHOUSE_NOWHERE"}, "GATEHOUSE_NOWHERE holds no"),
        ("access", {"keys_file": "/nowhere/keys.yaml"}, "/nowhere/keys.yaml"),
        ("plate_detector", {"weights": "plate_detektor"}, "unknown weights 'plate_detektor'"),
        ("plate_reader", {"weights": "small"}, "unknown weights 'small'"),
        ("face_encoder", {"model": "sfase"}, "there is no InsightFace pack 'sfase'"),
    ],
)
def test_names_what_is_not_there(section: str, values: dict[str, str], said: str) -> None:
    (only,) = _missing(**{section: values})
    assert said in only


def test_names_everything_at_once() -> None:
    found = _missing(
        gallery={"database_url_env": "GATEHOUSE_NOWHERE"}, face_encoder={"model": "sfase"}
    )
    assert len(found) == 2


def test_fakes_need_no_weights() -> None:
    fake = {"engine": "fake"}
    assert _missing(plate_detector=fake, plate_reader=fake, face_encoder=fake) == []
