import numpy as np
import pytest
from sqlalchemy import create_engine, literal, select, union_all
from sqlalchemy.engine import Row

from pipelines.errors import ConfigurationError
from pipelines.gallery.templates import TemplateSums


def rows(*stored: tuple[int, bytes]) -> list[Row[int, bytes]]:
    query = union_all(*(select(literal(driver), literal(vector)) for driver, vector in stored))
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        found: list[Row[int, bytes]] = list(connection.execute(query))
    engine.dispose()
    return found


def vector(*values: float) -> bytes:
    return np.array(values, dtype="<f4").tobytes()


def test_no_rows_give_no_templates() -> None:
    sums = TemplateSums("m", 2)
    sums.add([])
    driver_ids, templates = sums.finish()
    assert driver_ids.shape == (0,)
    assert templates.shape == (0, 2)


def test_a_template_is_the_mean_at_unit_length_across_chunks() -> None:
    sums = TemplateSums("m", 2)
    sums.add(rows((5, vector(1, 0)), (6, vector(0, 1))))
    sums.add(rows((5, vector(0, 1))))
    driver_ids, templates = sums.finish()
    assert driver_ids.tolist() == [5, 6]
    np.testing.assert_allclose(templates, [[0.5**0.5, 0.5**0.5], [0, 1]], atol=1e-6)


def test_templates_come_in_the_order_of_the_drivers_whatever_the_order_of_the_rows() -> None:
    sums = TemplateSums("m", 2)
    stored = {driver: vector(driver, 1) for driver in (300, 7, 150, 9)}
    sums.add(rows(*stored.items()))
    driver_ids, templates = sums.finish()
    assert driver_ids.tolist() == [7, 9, 150, 300]
    expected = np.array([[driver, 1] for driver in driver_ids.tolist()], np.float32)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(templates, expected, atol=1e-6)


def test_takes_more_drivers_than_it_has_room_for() -> None:
    sums = TemplateSums("m", 2)
    for start in range(0, 1000, 100):
        sums.add(rows(*((driver, vector(driver, 1)) for driver in range(start, start + 100))))
    driver_ids, templates = sums.finish()
    assert driver_ids.tolist() == list(range(1000))
    assert templates[0].tolist() == [0.0, 1.0]
    np.testing.assert_allclose(templates[:, 0] / templates[:, 1], np.arange(1000), rtol=1e-5)


def test_opposite_vectors_give_a_template_like_nobody() -> None:
    sums = TemplateSums("m", 2)
    sums.add(rows((1, vector(1, 0)), (1, vector(-1, 0))))
    assert sums.finish()[1].tolist() == [[0.0, 0.0]]


def test_a_vector_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="not of length 2"):
        TemplateSums("m", 2).add(rows((1, vector(1, 0)), (2, vector(1, 0, 0))))
