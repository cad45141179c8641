"""/v1/webhooks: registered, told of events, looked after and removed."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.ingress.app import create_app
from deployments.metrics import INGRESS
from pipelines.events.records import Decision
from tests.contract.application import Client
from tests.contract.driver_calls import error_of
from tests.contract.guarded import guard
from tests.contract.test_event_routes import recorded
from tests.unit.events.passing import passing
from tests.unit.webhooks.receiver import Receiver, receiving

HOOKS = "/v1/webhooks"
URL = "https://fleet.example.com/hooks/1"
ALLOWED = {"allowed_urls": ["https://fleet.example.com/hooks/"]}


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client(webhooks=ALLOWED)


def registered(client: Client, **body: Any) -> dict[str, Any]:
    answer = client.post(HOOKS, json={"url": URL, **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def attempts(outcome: str) -> float:
    labels = {"outcome": outcome}
    return INGRESS.get_sample_value("gatehouse_webhook_attempts_total", labels) or 0


def test_a_webhook_is_registered_and_its_secret_shown_once(client: Client) -> None:
    made = registered(client, kinds=["gate_checked"], decisions=["deny", "ask"])
    webhook = made["webhook"]
    assert made["secret"].startswith("whsec_")
    assert webhook == {
        "id": 1,
        "created_at": webhook["created_at"],
        "url": URL,
        "kinds": ["gate_checked"],
        "decisions": ["deny", "ask"],
        "waiting": 0,
        "dead": 0,
    }
    listed = client.get(HOOKS)
    assert listed.json() == {"webhooks": [webhook]}
    assert made["secret"] not in listed.text
    assert registered(client)["secret"] != made["secret"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"url": "http://169.254.169.254/"}, "url: events are sent below the URLs of webhooks."),
        ({"url": "https://xn--a/hooks/"}, "url: events are sent below the URLs of webhooks."),
        ({"url": f"{URL}/../../x"}, "url: events are sent below the URLs of webhooks."),
        ({}, "url: "),
        ({"url": URL, "kinds": ["door_opened"]}, "kinds"),
        ({"url": URL, "secret": "mine"}, "secret: "),
    ],
    ids=str,
)
def test_refuses_what_it_cannot_register(
    client: Client, body: dict[str, Any], message: str
) -> None:
    status, code, said = error_of(client.post(HOOKS, json=body))
    assert (status, code) == (400, "invalid_request")
    assert said.startswith(message)
    assert client.get(HOOKS).json() == {"webhooks": []}


def test_none_is_registered_where_the_settings_allow_no_url(
    make_client: Callable[..., Client],
) -> None:
    refused = make_client().post(HOOKS, json={"url": URL})
    assert error_of(refused)[2] == (
        "url: events are sent below the URLs of webhooks.allowed_urls alone"
    )


def test_a_webhook_is_removed(client: Client) -> None:
    registered(client)
    assert client.request("DELETE", f"{HOOKS}/1").status_code == 204
    assert client.get(HOOKS).json() == {"webhooks": []}
    for method, path in (("DELETE", f"{HOOKS}/1"), ("GET", f"{HOOKS}/1/dead-letters")):
        assert error_of(client.request(method, path)) == (
            404,
            "webhook_not_found",
            "there is no webhook 1",
        )


def test_dead_letters_are_listed_in_pages_and_sent_again(
    make_client: Callable[..., Client],
) -> None:
    with receiving() as receiver:
        receiver.answers = [500]
        client = make_client(webhooks={"allowed_urls": [receiver.url], "attempts": 1})
        registered(client, url=receiver.url)
        given_up, delivered = attempts("given_up"), attempts("delivered")
        recorded(client, *(passing() for _ in range(3)))
        client.run(client.services.webhooks.sweep())
        assert attempts("given_up") == given_up + 3
        path = f"{HOOKS}/1/dead-letters"
        first = client.get(path, params={"limit": 2}).json()
        assert [letter["event_id"] for letter in first["dead_letters"]] == [1, 2]
        assert first["dead_letters"][0]["error"] == "the receiver answers 500"
        rest = client.get(path, params={"limit": 2, "cursor": first["next_cursor"]}).json()
        [last] = rest["dead_letters"]
        assert (last["event_id"], last["attempts"], rest["next_cursor"]) == (3, 1, None)
        receiver.answers = [204]
        assert client.post(f"{path}/{last['id']}/redeliver").status_code == 202
        client.run(client.services.webhooks.sweep())
        assert attempts("delivered") == delivered + 1
        assert client.get(HOOKS).json()["webhooks"][0]["dead"] == 2
        assert error_of(client.post(f"{path}/{last['id']}/redeliver")) == (
            404,
            "not_found",
            f"webhook 1 has no dead letter {last['id']}",
        )
        client.run(client.services.webhooks.close())


async def sent(receiver: Receiver) -> list[dict[str, Any]]:
    async with asyncio.timeout(20):
        while not receiver.got:
            await asyncio.sleep(0.01)
    return [json.loads(body) for _, _, body in receiver.got]


def test_an_event_is_told_while_the_application_runs(make_client: Callable[..., Client]) -> None:
    with receiving() as receiver:
        client = make_client(webhooks={"allowed_urls": [receiver.url], "poll_s": 0.05})
        registered(client, url=receiver.url, decisions=["deny"])

        async def live() -> list[dict[str, Any]]:
            app = create_app(client.services, client.settings)
            async with app.router.lifespan_context(app):
                await client.services.events.record(
                    passing(decision=Decision.ALLOW), passing(decision=Decision.DENY)
                )
                return await sent(receiver)

        assert client.run(live()) == [client.get("/v1/events/2").json()]


def test_only_an_administrator_looks_after_webhooks(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    guarded = guard(make_client, tmp_path)
    client = guarded.client
    for method, path in (
        ("POST", HOOKS),
        ("GET", HOOKS),
        ("DELETE", f"{HOOKS}/1"),
        ("GET", f"{HOOKS}/1/dead-letters"),
        ("POST", f"{HOOKS}/1/dead-letters/1/redeliver"),
    ):
        assert client.request(method, path, headers=guarded.enrol).status_code == 403
        assert client.request(method, path, headers=guarded.admin).status_code in {200, 404, 415}
    actions = [line["action"] for line in guarded.audit() if line["status"] == 403]
    assert actions == [
        "create_webhook",
        "look_after_webhooks",
        "remove_webhook",
        "look_after_webhooks",
        "look_after_webhooks",
    ]
