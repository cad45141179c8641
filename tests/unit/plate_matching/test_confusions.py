"""Counts of the reader's confusions, made into probabilities."""

import json

import numpy as np

from pipelines.plate_alphabet import ALPHABET
from pipelines.plate_matching.confusions import TABLE, codes_of, confusions_of, shipped_confusions


def at(character: str) -> int:
    return ALPHABET.index(character)


def test_counts_become_probabilities() -> None:
    made = confusions_of({"0": {"0": 80, "O": 15, "": 5}, "O": {"O": 90, "0": 10}, "": {"I": 3}})
    np.testing.assert_allclose(made.frequency.sum(), 1.0, rtol=1e-4)
    np.testing.assert_allclose(made.instead.sum(axis=0), 1.0, rtol=1e-4)
    assert (np.diag(made.instead) == 0).all()
    assert made.instead[at("0"), at("O")] > 10 * made.instead[at("X"), at("O")] > 0
    assert 0.04 < made.left_out[at("0")] < 0.06
    assert made.left_out[at("O")] < 0.01
    assert made.made_up[at("I")] > made.made_up[at("0")]
    assert (made.frequency > 0).all()


def test_the_shipped_table_is_of_the_alphabet_and_says_where_it_is_from() -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert table["readings"] > 1000
    assert "python -m tests.bench.learn_confusions" in table["source"]
    for true, row in table["counts"].items():
        assert set(true) | set("".join(row)) <= set(ALPHABET)
        assert all(times > 0 for times in row.values())
    shipped = shipped_confusions()
    for true, read in ("0O", "1I"):
        assert shipped.instead[at(true), at(read)] > 0.2


def test_codes_are_places_in_the_alphabet() -> None:
    assert codes_of("A09").tolist() == [0, at("0"), len(ALPHABET) - 1]
