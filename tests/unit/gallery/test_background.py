import threading

import pytest

from pipelines.gallery.background import Upkeep


def test_works_again_and_again_until_it_is_stopped() -> None:
    thrice = threading.Event()
    calls: list[str] = []

    def work() -> None:
        calls.append(threading.current_thread().name)
        if len(calls) == 3:
            thrice.set()

    upkeep = Upkeep(work, 0.001)
    upkeep.start()
    assert thrice.wait(10)
    upkeep.stop()
    done = len(calls)
    assert set(calls) == {"gallery-upkeep"}
    assert not upkeep.failed
    assert len(calls) == done


def test_stopping_ends_the_pause() -> None:
    worked = threading.Event()
    upkeep = Upkeep(worked.set, 3600)
    upkeep.start()
    assert worked.wait(10)
    upkeep.stop()
    assert not upkeep._thread.is_alive()


def test_may_be_stopped_without_having_begun() -> None:
    upkeep = Upkeep(lambda: None, 1)
    upkeep.stop()
    assert not upkeep.failed


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_says_that_its_work_failed() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    upkeep = Upkeep(broken, 0.001)
    upkeep.start()
    upkeep._thread.join(10)
    assert upkeep.failed
