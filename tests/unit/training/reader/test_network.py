"""The plate reader's network and its classes."""

import pytest
import torch

from pipelines.training.reader.network import (
    CHARACTERS,
    COLUMNS,
    ROWS,
    PlateReaderNetwork,
    encode,
    read_greedily,
)


def steps(*classes: int) -> torch.Tensor:
    """Log-probabilities which are 0.9 for one class in each step."""
    count = 1 + len(CHARACTERS)
    probabilities = torch.full((1, len(classes), count), 0.1 / (count - 1))
    for index, one in enumerate(classes):
        probabilities[0, index, one] = 0.9
    return probabilities.log()


def test_answers_probabilities_of_eighty_steps() -> None:
    network = PlateReaderNetwork(("unknown", "DE", "US-CA")).eval()

    with torch.inference_mode():
        characters, regions = network(torch.zeros(2, 3, 64, 160))

    assert characters.shape == (2, ROWS * COLUMNS, 37)
    assert regions.shape == (2, 3)
    torch.testing.assert_close(characters.exp().sum(dim=2), torch.ones(2, 80))


def test_is_small() -> None:
    weights = sum(weight.numel() for weight in PlateReaderNetwork(["unknown"] * 90).parameters())

    assert weights * 4 < 10_000_000


def test_encodes_texts_after_the_blank() -> None:
    assert encode("0AZ") == [1, 11, 36]


def test_refuses_a_character_that_plates_do_not_have() -> None:
    with pytest.raises(ValueError, match="substring not found"):
        encode("Ä")


def test_repeated_steps_are_one_character_unless_a_blank_parts_them() -> None:
    a, b = encode("AB")

    ((text, probability),) = read_greedily(steps(0, a, a, 0, a, b, 0))

    assert text == "AAB"
    assert probability == pytest.approx(0.9**7, rel=1e-4)
