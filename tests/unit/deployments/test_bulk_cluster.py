"""Ray of a job, as far as it needs none."""

import os

import pytest
import ray

from deployments.bulk.cluster import Pool, cluster, own_output
from pipelines.errors import Unavailable


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
