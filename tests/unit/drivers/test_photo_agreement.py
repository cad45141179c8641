import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.drivers.photo_agreement import Agreement, agreement
from pipelines.gallery.templates import mean_direction
from pipelines.types import Vector

LEAST = 0.5


def photo(person: int, take: int = 0, alike: float = 0.8) -> Vector:
    """A photo of a person; two takes have a cosine of ``alike``, two people one of 0."""
    vector = np.zeros(64, np.float32)
    vector[person] = np.sqrt(alike)
    vector[16 + (8 * person + take) % 48] = np.sqrt(1 - alike)
    return vector


def belongs(*photos: Vector) -> tuple[bool, ...]:
    found = agreement(photos, LEAST)
    assert found.decided == any(found.belongs)
    return found.belongs


@pytest.mark.parametrize("place", range(3))
def test_finds_the_wrong_one_of_three(place: int) -> None:
    photos = [photo(1, 0), photo(1, 1)]
    photos.insert(place, photo(2))

    assert belongs(*photos) == tuple(one != place for one in range(3))


def test_says_how_like_the_majority_each_photo_is() -> None:
    found = agreement([photo(1, 0), photo(1, 1), photo(2)], LEAST)

    assert found.likeness == pytest.approx((0.9**0.5, 0.9**0.5, 0.0), abs=1e-6)


def test_two_against_two_is_undecided() -> None:
    found = agreement([photo(1, 0), photo(2, 0), photo(1, 1), photo(2, 1)], LEAST)

    assert found == Agreement(found.likeness, (False,) * 4, decided=False)
    assert found.likeness == pytest.approx((0.8,) * 4)


def test_two_who_disagree_are_undecided() -> None:
    assert agreement([photo(1), photo(2)], LEAST) == Agreement((0.0, 0.0), (False, False), False)


def test_three_against_two_is_decided() -> None:
    photos = [photo(2, 0), photo(1, 0), photo(1, 1), photo(2, 1), photo(1, 2)]

    assert belongs(*photos) == (False, True, True, False, True)


def test_half_of_the_photos_is_no_majority() -> None:
    assert belongs(photo(1, 0), photo(1, 1), photo(2), photo(3)) == (False,) * 4


def test_a_picture_sent_twice_has_one_voice() -> None:
    assert belongs(photo(1), photo(1), photo(2)) == (False,) * 3
    assert belongs(photo(2), photo(2), photo(1, 0), photo(1, 1)) == (False, False, True, True)


def test_a_picture_sent_twice_agrees_with_another_of_the_person() -> None:
    assert belongs(photo(1, 0), photo(1, 0), photo(1, 1)) == (True,) * 3


@pytest.mark.parametrize("copies", [1, 3])
def test_a_single_picture_contradicts_nothing(copies: int) -> None:
    assert belongs(*[photo(1)] * copies) == (True,) * copies


def test_nothing_is_said_of_no_photo() -> None:
    assert agreement([], LEAST).belongs == ()


def test_a_face_like_one_photo_alone_does_not_join_the_others() -> None:
    group = [photo(1, take, alike=0.6) for take in range(3)]
    stray = mean_direction([group[0], 1.9 * photo(2)])
    stray /= np.linalg.norm(stray)

    assert max(float(stray @ one) for one in group) < LEAST
    assert belongs(*group, stray) == (True, True, True, False)


def test_an_unlike_photo_of_the_person_joins_through_the_mean() -> None:
    group = [photo(1, take, alike=0.6) for take in range(3)]
    hard = photo(1, 4, alike=0.4)

    assert max(float(hard @ one) for one in group) < LEAST
    assert belongs(*group, hard) == (True,) * 4


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=9))
def test_the_order_of_the_photos_does_not_matter(shown: list[tuple[int, int]]) -> None:
    photos = [photo(person, take) for person, take in shown]
    forwards, backwards = agreement(photos, LEAST), agreement(photos[::-1], LEAST)

    assert forwards.belongs == backwards.belongs[::-1]
    assert forwards.likeness == pytest.approx(backwards.likeness[::-1], abs=1e-5)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=9))
def test_whom_most_different_pictures_show_is_the_person(shown: list[tuple[int, int]]) -> None:
    pictures = set(shown)
    people = [person for person, _ in pictures]
    most = max(people, key=people.count)
    decided = 2 * people.count(most) > len(people)

    found = agreement([photo(person, take) for person, take in shown], LEAST)

    assert found.belongs == tuple(decided and person == most for person, _ in shown)


def test_the_mean_has_unit_length() -> None:
    assert np.linalg.norm(mean_direction([photo(1), photo(2)])) == pytest.approx(1.0)
    assert not mean_direction([np.zeros(4, np.float32)]).any()
