"""How a batch of pictures shares the stages with single ones."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.application import Client, images, plate_jpeg


def test_the_pictures_of_a_batch_take_turns(
    make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    read_picture = client.services.plates.read_picture
    at_once = 0
    most = 0

    async def watched(*given: Any) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        try:
            return await read_picture(*given)
        finally:
            at_once -= 1

    monkeypatch.setattr(client.services.plates, "read_picture", watched)
    answer = client.post("/v1/plates:readBatch", files=images(*[plate_jpeg("30M2943")] * 20))
    assert answer.status_code == 200, answer.text
    outcomes = answer.json()["pictures"]
    assert [one["result"]["plates"][0]["text"] for one in outcomes] == ["30M2943"] * 20
    assert most == 8
