"""Training on a handful of drawn plates, and going on after a cut."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch

from pipelines.training.reader.batches import Batch, allowed, batch_of, plain_batches
from pipelines.training.reader.export import export_reader, write_description
from pipelines.training.reader.loop import Schedule, score, train, trained_network
from pipelines.training.reader.network import PlateReaderNetwork
from pipelines.training.reader.samples import Packer, Samples, box_corners

REGIONS = ("unknown", "DE", "US-CA", "US-TX")
WIDTHS = (32, 32, 32, 32, 32)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other are slow on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def drawn(texts: list[str]) -> Samples:
    packer = Packer()
    for text in texts:
        picture = np.full((64, 160, 3), 230, np.uint8)
        cv2.putText(picture, text, (8, 48), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (0, 0, 0), 3)
        packer.add(picture, text, "DE", box_corners(0, 0, 160, 64), boxed=True)
    return packer.samples()


def test_learns_and_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    torch.manual_seed(0)
    samples = drawn(["A1", "7K"])

    def endless() -> Iterator[Batch]:
        while True:
            yield from plain_batches(samples, REGIONS)

    def run(steps: int) -> None:
        schedule = Schedule(steps, rate=5e-3, warmup=3, checkpoint_every=8)
        train(PlateReaderNetwork(REGIONS, WIDTHS), endless(), {"seen": samples}, schedule, tmp_path)

    run(8)
    run(16)

    notes = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [note["step"] for note in notes] == [8, 16]
    assert notes[1]["loss"] < notes[0]["loss"] / 2
    assert trained_network(tmp_path / "last.pt").regions == REGIONS


def test_scores_exact_and_folded_readings() -> None:
    class Silent(torch.nn.Module):
        def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            steps = torch.zeros(len(crops), 80, 37)
            steps[:, 40, 25] = 9.0
            return steps.log_softmax(2), torch.zeros(len(crops), 4)

    found = score(Silent(), drawn(["O", "0", "X"]))

    assert (found.plates, found.exact) == (3, 1 / 3)
    assert found.folded == 2 / 3


def test_a_country_allows_its_states_and_an_unknown_one_all() -> None:
    masks = allowed(["DE", "US", "", "XX", "US-TX"], REGIONS)

    assert masks.tolist() == [
        [False, True, False, False],
        [False, False, True, True],
        [True] * 4,
        [True] * 4,
        [False, False, False, True],
    ]


def test_batches_are_rgb_with_classes_in_a_row() -> None:
    views = np.zeros((2, 64, 160, 3), np.uint8)
    views[..., 2] = 200

    batch = batch_of(views, ["0A", "Z"], allowed(["", ""], REGIONS))

    assert batch.crops.shape == (2, 3, 64, 160)
    assert batch.crops[0, :, 0, 0].tolist() == [200, 0, 0]
    assert batch.targets.tolist() == [1, 11, 36]
    assert batch.lengths.tolist() == [2, 1]


def test_the_exported_file_answers_as_the_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = PlateReaderNetwork(REGIONS, WIDTHS).eval()
    export_reader(network, tmp_path / "reader.onnx")
    crops = np.random.default_rng(0).integers(0, 255, (3, 64, 160, 3)).astype(np.uint8)

    session = onnxruntime.InferenceSession(tmp_path / "reader.onnx")
    characters, regions = session.run(None, {"crops": crops})
    with torch.inference_mode():
        expected, logits = network(torch.from_numpy(crops).permute(0, 3, 1, 2).float())

    np.testing.assert_allclose(characters, expected.numpy(), atol=2e-3)
    np.testing.assert_allclose(regions, torch.softmax(logits, 1).numpy(), atol=1e-3)
    properties = session.get_modelmeta().custom_metadata_map
    assert properties["regions"] == "unknown,DE,US-CA,US-TX"
    assert properties["rows"] == "2"


def test_the_description_keeps_a_calibration_of_the_same_weights_only(tmp_path: Path) -> None:
    weights = tmp_path / "reader.onnx"
    export_reader(PlateReaderNetwork(REGIONS, WIDTHS).eval(), weights)
    description = weights.with_suffix(".json")
    write_description(weights, "2026-01-01")
    fitted = json.loads(description.read_text()) | {"calibration": {"slope": 2.0}, "old": 1}

    description.write_text(json.dumps(fitted))
    write_description(weights, "2026-01-02")
    kept = json.loads(description.read_text())
    description.write_text(json.dumps(fitted | {"sha256": "of others"}))
    write_description(weights, "2026-01-02")

    assert kept["calibration"] == {"slope": 2.0}
    assert kept["trained"] == "2026-01-02"
    assert kept["bytes"] == weights.stat().st_size
    assert "old" not in kept
    assert "calibration" not in json.loads(description.read_text())
