"""A few of the mutated pictures that ``make fuzz`` makes by the ten thousand."""

from collections import Counter
from random import Random

import pytest

from tests.fuzz.cost import CPU_LIMIT_S, MEMORY_LIMIT_MIB, ON_LINUX, measured
from tests.fuzz.mutations import mutated
from tests.fuzz.picture_path import ANSWERED, PicturePath
from tests.fuzz.seeds import seeds

pytestmark = ON_LINUX

_SEEDS = list(seeds())
_PICTURES_A_TEST = 150


@pytest.fixture(scope="module")
def path() -> PicturePath:
    return PicturePath()


def test_every_seed_is_answered(path: PicturePath) -> None:
    assert Counter(map(path, _SEEDS)) == {ANSWERED: len(_SEEDS)}


@pytest.mark.parametrize("block", range(10))
def test_mutated_pictures_are_answered_or_refused_by_name(path: PicturePath, block: int) -> None:
    random = Random(block)
    outcomes: Counter[str] = Counter()
    with measured() as cost:
        for _ in range(_PICTURES_A_TEST):
            outcomes[path(mutated(random.choice(_SEEDS), random, _SEEDS))] += 1
    assert outcomes[ANSWERED] > 0
    assert outcomes["unreadable_picture"] > 0
    assert cost.cpu_s < CPU_LIMIT_S
    assert cost.memory_mib < MEMORY_LIMIT_MIB
