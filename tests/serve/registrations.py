"""What a service says of people who were registered."""

from tests.serve.service import Service


def recognized_as(service: Service, photo: bytes) -> int | None:
    """The user_id that a photo is recognised as, or None."""
    with service.client() as http:
        answer = http.post("/api/face/recognize", files={"image": photo})
    return int(answer.json()["user_id"]) if answer.status_code == 200 else None
