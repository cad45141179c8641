"""Decoding of CTC frames over plate characters."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.engines.ctc import PlateClasses, decode, log_probabilities
from pipelines.plate_alphabet import ALPHABET


def _frames(*frames: dict[str, float]) -> NDArray[np.float32]:
    """Return frames of the named characters' probabilities; the rest is blank."""
    out = np.zeros((len(frames), 1 + len(ALPHABET)), np.float32)
    for row, frame in zip(out, frames, strict=True):
        for character, probability in frame.items():
            row[1 + ALPHABET.index(character)] = probability
        row[0] = 1 - sum(frame.values())
    return out


def test_classes_of_one_character_are_summed_and_all_others_are_blank() -> None:
    classes = PlateClasses(["blank", "A", "á", "А", "-", "1", "口"])  # noqa: RUF001
    folded = classes(np.array([[0.1, 0.2, 0.1, 0.1, 0.2, 0.05, 0.25]], np.float32))
    expected = _frames({"A": 0.4, "1": 0.05})
    assert folded == pytest.approx(expected, abs=1e-6)


def test_refuses_a_recogniser_without_plate_characters() -> None:
    with pytest.raises(ValueError, match=r"^the recogniser's classes hold no letter or digit"):
        PlateClasses(["blank", "口", "-"])


def test_repeated_frames_are_one_character_and_a_blank_between_makes_two() -> None:
    assert decode(_frames({"A": 1}, {"A": 1}, {"1": 1}), 1)[0].text == "A1"
    assert decode(_frames({"A": 1}, {}, {"A": 1}), 1)[0].text == "AA"


def test_probabilities_are_those_of_all_alignments() -> None:
    texts = decode(_frames({"A": 0.6}, {"A": 0.6}), 3)
    probabilities = {text.text: text.probability for text in texts}
    assert probabilities == pytest.approx({"A": 0.84, "": 0.16}, abs=1e-6)


def test_alternatives_come_by_falling_probability_with_their_characters_confidences() -> None:
    best, second = decode(_frames({"B": 0.7, "8": 0.3}, {}, {"1": 0.9}), 2)
    assert (best.text, second.text) == ("B1", "81")
    assert best.probability == pytest.approx(0.63)
    assert best.char_confidences == pytest.approx((0.7, 0.9))
    assert second.char_confidences == pytest.approx((0.3, 0.9))


def test_nothing_but_blank_is_an_empty_text() -> None:
    (text,) = decode(_frames({}, {}), 5)
    assert (text.text, text.probability, text.char_confidences) == ("", 1.0, ())


def test_every_text_has_one_confidence_a_character() -> None:
    noise = np.random.default_rng(3).dirichlet(np.full(37, 0.05), 60).astype(np.float32)
    texts = decode(noise, 10)
    assert len(texts) == 10
    assert all(len(text.text) == len(text.char_confidences) for text in texts)
    assert sum(text.probability for text in texts) <= 1


def test_says_in_which_frame_each_character_is_likeliest() -> None:
    (best,) = decode(_frames({}, {"A": 0.8}, {"A": 0.9}, {"A": 0.7}, {}, {"1": 1}), 1)
    assert (best.text, best.places) == ("A1", (2, 5))


def test_given_texts_are_as_likely_as_all_their_alignments() -> None:
    frames = _frames({"A": 0.6}, {"A": 0.6})
    # AA needs a blank between and does not fit two frames; B never appears.
    likely = np.exp(log_probabilities(frames, ["A", "", "AA", "B"]))
    assert likely == pytest.approx([0.84, 0.16, 0.0, 0.0], abs=1e-6)


def test_given_texts_are_as_likely_as_the_search_says() -> None:
    noise = np.random.default_rng(5).dirichlet(np.full(37, 0.02), 12).astype(np.float32)
    texts = decode(noise, 3)
    likely = np.exp(log_probabilities(noise, [text.text for text in texts]))
    assert likely == pytest.approx([text.probability for text in texts], rel=0.05)


def test_no_texts_have_no_probabilities() -> None:
    assert log_probabilities(_frames({"A": 1}), []).shape == (0,)
