"""The error tree."""

import pickle
import re

import pytest

from pipelines import errors
from pipelines.errors import GatehouseError


def tree(root: type[GatehouseError]) -> list[type[GatehouseError]]:
    return [root, *(found for child in root.__subclasses__() for found in tree(child))]


ALL = tree(GatehouseError)


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_survives_pickling_with_its_message_and_facts(cls: type[GatehouseError]) -> None:
    error = pickle.loads(pickle.dumps(cls("the reason", {"limit": 3})))
    assert type(error) is cls
    assert (str(error), error.message, error.extra) == ("the reason", "the reason", {"limit": 3})


def test_codes_are_unique() -> None:
    codes = [cls.code for cls in ALL]
    assert len(codes) == len(set(codes))


def test_the_drawing_at_the_top_names_every_error_with_status_and_code() -> None:
    drawn = re.findall(r"^[│├└─ ]*(\w+) +(\d{3}) (\w+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == sorted((cls.__name__, str(cls.status), cls.code) for cls in ALL)
