"""Signatures of deliveries."""

import base64

from pipelines.webhooks.signing import new_secret, signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_signs_the_example_of_standard_webhooks() -> None:
    message_id, timestamp = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    assert signed(SECRET, message_id, timestamp, b'{"test": 2432232314}') == {
        "webhook-id": message_id,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_another_body_time_event_or_secret_is_another_signature() -> None:
    told = [
        signed(SECRET, "12", 1, b"{}"),
        signed(SECRET, "13", 1, b"{}"),
        signed(SECRET, "12", 2, b"{}"),
        signed(SECRET, "12", 1, b"[]"),
        signed(new_secret(), "12", 1, b"{}"),
    ]
    assert len({one["webhook-signature"] for one in told}) == 5


def test_a_secret_is_random_and_long() -> None:
    secrets = {new_secret() for _ in range(20)}
    assert len(secrets) == 20
    for one in secrets:
        assert one.startswith("whsec_")
        assert len(base64.b64decode(one.removeprefix("whsec_"))) == 32
