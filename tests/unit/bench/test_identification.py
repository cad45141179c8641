"""Tables and figures of drivers in galleries."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from configs.settings import GallerySettings
from tests.bench.det_curves import plot_det
from tests.bench.face_vectors import FaceVectors, unit
from tests.bench.identification import DRAWS, Identification, identify, tables, values
from tests.bench.open_set import Searches, Trial

SETTINGS = GallerySettings(thresholds=((10, 0.5), (1000, 0.6)), margin=0.1)


def searches(first: list[float], right: bool) -> Searches:
    similarities = np.array(first, np.float32)
    return Searches(similarities, similarities - 0.05, np.full(len(first), right))


@pytest.fixture
def measured() -> Identification:
    trial = Trial(
        100, "100 drivers", searches([0.9, 0.7, 0.5, 0.3], True), searches([0.6, 0.4], False), 1
    )
    return Identification((trial,), {"drivers": np.array([0.36, 0.41])}, SETTINGS, 3)


def test_the_tables_say_what_is_missed_at_which_threshold(measured: Identification) -> None:
    composition, at_fpir, configured, distractors = tables(measured)

    assert composition.rows == (("100", "100 drivers", "4", "2"),)
    assert at_fpir.rows[0] == ("100", "0.1%", "0.600", "0.00%", "50.00%", "[15.0, 85.0]")
    assert configured.rows == (
        ("100", "no margin", "0.550", "50.00%", "[9.5, 90.5]", "50.00%", "[15.0, 85.0]", "0.00%"),
        (
            "100",
            "margin 0.10",
            "0.550",
            "0.00%",
            "[0.0, 65.8]",
            "100.00%",
            "[51.0, 100.0]",
            "0.00%",
        ),
    )
    assert distractors.rows == (("drivers", "2", "10000.00", "5000.00", "0.00"),)
    assert composition.notes[1].endswith("Photos without a face, left out: 3.")


def test_the_values_are_json_and_name_what_the_templates_are(measured: Identification) -> None:
    told = json.loads(json.dumps(values(measured)))

    (gallery,) = told["galleries"]
    assert gallery["templates"] == "100 drivers"
    assert gallery["configured"]["fnir"]["hits"] == 4
    assert gallery["configured"]["without margin"]["fnir"]["hits"] == 2
    assert gallery["at fpir"]["0.01"]["threshold"] == pytest.approx(0.6, abs=1e-4)


def test_all_sizes_are_measured(tmp_path: Path) -> None:
    random = np.random.default_rng(1)

    def rows(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return unit(random.standard_normal((number, 16)).astype(np.float32))

    faces = FaceVectors(tuple(rows(4) for _ in range(8)), (rows(6), rows(6)), (rows(3), rows(3)), 0)

    result = identify(faces, SETTINGS, seed=1, sizes=(5, 120, 300))

    assert [trial.size for trial in result.trials] == [5, 8, 300]
    assert all(trial.draws == DRAWS for trial in result.trials)
    plot_det(result, tmp_path / "det.png")
    assert cv2.imread(str(tmp_path / "det.png")).std() > 1


def test_the_curve_of_a_perfect_service_can_be_drawn(tmp_path: Path) -> None:
    trial = Trial(100, "100 drivers", searches([0.9], True), searches([0.1], False), 1)

    plot_det(Identification((trial,), {}, SETTINGS, 0), tmp_path / "det.png")

    assert (tmp_path / "det.png").stat().st_size > 10_000
