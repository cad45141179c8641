"""Ray of a job, as far as it needs none."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest
import ray
from ray.data import DataContext
from ray.data._internal.block_batching.util import iter_threaded
from ray.data._internal.execution.metadata_fetcher import make_metadata_fetcher
from ray.data._internal.execution.streaming_executor import StreamingExecutor

from deployments.bulk.cluster import _USERS, Pool, cluster, own_output
from pipelines.errors import Unavailable


@pytest.fixture
def sigterm() -> Iterator[None]:
    """Puts back the handler that Ray's start replaces."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("sigterm")
def test_ray_ends_after_all_threads_that_call_it(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait, args=(30,), name="StreamingExecutor-dataset_1")
    alive: list[bool] = []
    monkeypatch.setattr(ray, "init", lambda **_: None)
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 1.0})
    monkeypatch.setattr(ray, "shutdown", lambda: alive.append(thread.is_alive()))
    with pytest.raises(KeyboardInterrupt), cluster(Pool()):
        thread.start()
        threading.Timer(0.2, over.set).start()
        raise KeyboardInterrupt
    assert alive == [False]


def test_the_threads_of_ray_data_have_the_names_that_are_waited_for() -> None:
    names = [
        *iter_threaded(iter([1]), lambda its: (threading.current_thread().name for _ in its)),
        StreamingExecutor(DataContext.get_current(), "dataset_1").name,
        make_metadata_fetcher()._thread.name,
    ]
    assert len(names) == 3
    assert [name for name in names if not name.startswith(_USERS)] == []


def test_ray_that_does_not_start_ends_the_job_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(**_: object) -> None:
        raise Exception("The current node timed out during startup.\nSee the logs")

    monkeypatch.setattr(ray, "init", fails)
    with pytest.raises(Unavailable) as ended, cluster(Pool()):
        pass
    assert str(ended.value) == (
        "Ray cannot be started or reached: The current node timed out during startup."
    )


def test_output_is_kept_from_whoever_is_not_given_it(capfd: pytest.CaptureFixture[str]) -> None:
    with own_output() as screen:
        os.write(2, b"a library in C\n")
        os.system("echo a process; echo a process >&2")
        os.write(1, b"a library in C\n")
        screen.write("ours\n")
    os.write(1, b"as before\n")
    os.write(2, b"as before\n")
    assert capfd.readouterr() == ("as before\n", "ours\nas before\n")
