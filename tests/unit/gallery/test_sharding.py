from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipelines.gallery.driver_records import DriverDetails, DriverRecord
from pipelines.gallery.sharding import behind, joined
from pipelines.types import DriverMatch, GallerySearch


def answer(since: int, sequence: int, *matches: tuple[int, float], size: int = 10) -> GallerySearch:
    return GallerySearch(tuple(DriverMatch(*one) for one in matches), size, sequence, since)


def test_the_best_of_all_shards_come_first_and_the_smaller_id_of_two_equals() -> None:
    found = joined(
        [answer(2, 5, (9, 0.8), (6, 0.7), (3, 0.1)), answer(4, 4, (4, 0.9), (2, 0.7), size=3)], 4
    )
    assert [match.driver_id for match in found.matches] == [4, 9, 2, 6]
    assert (found.gallery_size, found.sequence, found.unchanged_since) == (13, 4, 4)


@pytest.mark.parametrize(
    ("stretches", "late"),
    [
        ([(0, 0)], []),
        ([(3, 9), (9, 9)], []),
        ([(3, 9), (0, 3)], []),
        ([(4, 9), (0, 3)], [1]),
        ([(0, 3), (5, 5), (4, 4)], [0, 2]),
    ],
)
def test_answers_without_a_common_moment_are_asked_for_again(
    stretches: list[tuple[int, int]], late: list[int]
) -> None:
    assert behind([answer(*one) for one in stretches]) == late


def test_only_the_answer_of_a_single_shard_knows_the_nearest_driver() -> None:
    now = datetime.now(UTC)
    record = DriverRecord(9, DriverDetails(), 1, now, now, 3)
    alone = replace(answer(2, 5, (9, 0.8)), nearest=record)
    assert joined([alone], 4) == alone
    assert joined([alone, answer(4, 4, (4, 0.9))], 4).nearest is None
