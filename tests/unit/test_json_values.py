"""Bounds of JSON texts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.json_values import most_values

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def _count(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_count, value.values()))
    return 1 + sum(map(_count, value)) if isinstance(value, list) else 1


@given(JSON)
def test_no_text_has_more_values_than_its_bound(value: object) -> None:
    assert _count(value) <= most_values(json.dumps(value).encode())


@pytest.mark.parametrize(("text", "most"), [(b"", 1), (b"[1, 2]", 3), (b'{"a": "x,y"}', 3)])
def test_the_bound_is_that_of_commas_and_brackets(text: bytes, most: int) -> None:
    assert most_values(text) == most
