"""The calls that the face routes of the source services have: no key, no erasure."""

from dataclasses import replace

import httpx

from tests.serve.chaos.driver_routes import json_of
from tests.serve.chaos.journal import Reply
from tests.serve.operations import Absent, AddFaces, Call, Done, Named, Register, Registered, Search


class LegacyRoutes:
    """Sends calls to /api/face/register and /api/face/recognize."""

    calls: frozenset[type[Call]] = frozenset({Register, AddFaces, Search})
    keyed: frozenset[type[Call]] = frozenset()
    share = 1

    def fitted(self, call: Call) -> Call:
        """The call without a name, which these routes do not take; they take everybody."""
        return replace(call, name=None, twin=True) if isinstance(call, Register) else call

    def ask(
        self,
        http: httpx.Client,
        call: Call,
        photos: list[bytes],
        key: str,  # noqa: ARG002  # these routes know no idempotency key
    ) -> Reply:
        """Send one call; ``photos`` are the person's."""
        if isinstance(call, Search):
            answer = http.post("/api/face/recognize", files={"image": photos[0]})
        else:
            driver = {"user_id": str(call.driver_id)} if isinstance(call, AddFaces) else {}
            files = [("images", (f"{n}.jpg", one)) for n, one in enumerate(photos)]
            answer = http.post("/api/face/register", files=files, data=driver)
        return _reply(call, answer)


def _reply(call: Call, answer: httpx.Response) -> Reply:
    status = str(answer.status_code)
    body = json_of(answer)
    if body is None:
        return Reply(None, f"{status} of Serve", heard=answer.text[:300])
    error = body.get("error")
    if answer.status_code >= 500:
        return Reply(None, f"{status} legacy", heard=str(error))
    if isinstance(call, Search) and (answer.status_code == 200 or error == "user not found"):
        return Reply(Named(body.get("user_id")), status)
    if answer.status_code == 200:
        driver_id = int(body["user_id"])
        return Reply(Registered(driver_id) if isinstance(call, Register) else Done(), status)
    if isinstance(call, AddFaces) and error == "user not found":
        return Reply(Absent(), status)
    return Reply(None, status, surprise=answer.text[:300])
