"""What requests leave in the memory of the ingress: nothing."""

import gc
import tracemalloc
from itertools import count

from tests.contract.application import Client, face_jpeg, plate_jpeg
from tests.contract.driver_calls import DRIVERS, IDENTIFY

_WARM_UP = 10
_ROUNDS = 30
_REQUESTS_A_ROUND = 6
_MOST_BYTES_A_REQUEST = 30
"""Below what the shortest text takes."""

_OURS = [tracemalloc.Filter(True, f"*/{room}/*") for room in ("deployments", "pipelines")]


def _round(client: Client, number: int) -> None:
    face, jpeg = face_jpeg(7), "image/jpeg"
    asked = (
        ("POST", IDENTIFY, face, jpeg),
        ("POST", "/readPlateNumber", plate_jpeg("30M2943"), jpeg),
        ("POST", IDENTIFY, b"no picture %d" % number, jpeg),
        ("GET", f"{DRIVERS}/{number}", b"", jpeg),
        ("PATCH", f"{DRIVERS}/{number}", b'{"name": "%d"}' % number, "application/json"),
        ("GET", f"/nothing/{number}", b"", jpeg),
    )
    for place, (method, path, content, kind) in enumerate(asked):
        headers = {"x-request-id": f"camera-{number}-{place}", "content-type": kind}
        client.request(method, path, content=content, headers=headers)


def test_requests_leave_nothing_behind(client: Client) -> None:
    numbers = count(1000)  # ids that no request had before
    for _ in range(_WARM_UP):
        _round(client, next(numbers))
    tracemalloc.start()
    try:
        _round(client, next(numbers))
        gc.collect()
        before = tracemalloc.take_snapshot().filter_traces(_OURS)
        for _ in range(_ROUNDS):
            _round(client, next(numbers))
        gc.collect()
        after = tracemalloc.take_snapshot().filter_traces(_OURS)
    finally:
        tracemalloc.stop()
    grown = after.compare_to(before, "lineno")
    most = sum(one.size_diff for one in grown)
    assert most < _MOST_BYTES_A_REQUEST * _REQUESTS_A_ROUND * _ROUNDS, grown[:5]
