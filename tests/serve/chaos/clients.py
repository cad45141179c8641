"""Clients that ask, wait, and ask again where that is safe."""

import math
import random
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol
from uuid import uuid4

import httpx

from tests.serve.chaos.crowd import Crowd, Person
from tests.serve.chaos.journal import Journal, Reply, now
from tests.serve.operations import AddFaces, Call, Look, Operation, Register, Search


class Reachable(Protocol):
    """A service that can be asked, wherever it is just now."""

    def client(self, timeout_s: float) -> httpx.Client:
        """A new client of the service."""
        ...


class Routes(Protocol):
    """How calls are sent.

    Attributes:
        calls: Kinds that there are routes for.
        keyed: Kinds whose routes take an idempotency key, so that they may be sent again.
        share: How often these routes are taken, next to others.
    """

    calls: frozenset[type[Call]]
    keyed: frozenset[type[Call]]
    share: int

    def fitted(self, call: Call) -> Call:
        """The call with only what these routes can be told."""
        ...

    def ask(self, http: httpx.Client, call: Call, photos: list[bytes], key: str) -> Reply:
        """Send one call with the person's photos."""
        ...


_TIMEOUT_S = 15.0
_PATIENCE_S = 40.0  # a registration without an answer is sent again for as long
_PAUSE_S = 0.7  # after a failure, as a caller would


class Client(threading.Thread):
    """One caller with connections of its own.

    Args:
        number: Names the caller and seeds its choices.
        service: May be restarted at other ports meanwhile.
        routes: How to ask.
        crowd: Says what to ask.
        journal: Where everything is written down.

    Attributes:
        stop: Ends the caller after the call under way.
    """

    def __init__(
        self,
        number: int,
        service: Reachable,
        routes: Sequence[Routes],
        crowd: Crowd,
        journal: Journal,
    ) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self.stop = threading.Event()
        self._number = number
        self._service = service
        self._crowd = crowd
        self._journal = journal
        self._routes = routes
        self._dice = random.Random(number)

    def run(self) -> None:
        while not self.stop.is_set():
            chosen = self._crowd.next_call(self._dice)
            if chosen is None:
                return
            self._do(*chosen)

    def _do(self, person: Person, call: Call) -> None:
        fitting = [one for one in self._routes if type(call) in one.calls]
        routes = self._dice.choices(fitting, [one.share for one in fitting])[0]
        call = routes.fitted(call)
        photos = person.photos(_photos_for(call))
        key = uuid4().hex
        first_at = sent_at = now()
        reply = self._send(routes, call, photos, key)
        while (
            type(call) in routes.keyed
            and reply.answer is None
            and now() < first_at + _PATIENCE_S
            and not self.stop.is_set()
        ):
            sent_at = now()
            reply = self._send(routes, call, photos, key)
        answered_at = now() if reply.answer else math.inf
        asked = Operation(person.person, call, sent_at, answered_at, reply.answer, self._number)
        if sent_at > first_at:
            self._journal.sent_again(answered=reply.answer is not None)
            if asked.changes_nothing:
                # An earlier sending may have done what the last one was refused.
                self._journal.ended(
                    replace(asked, invoked_at=first_at, answered_at=math.inf, answer=None)
                )
            else:
                asked = replace(asked, invoked_at=first_at)
        self._journal.ended(asked)
        if reply.seen is not None:
            driver_id, record = reply.seen
            look = Look(driver_id)
            self._journal.ended(
                Operation(person.person, look, sent_at, answered_at, record, self._number)
            )
            self._crowd.learn(person, look, record)
            self._crowd.learn_faces(person, driver_id, reply.faces)
        self._crowd.learn(person, call, reply.answer)

    def search(self, person: Person) -> None:
        """Ask once whose face it is, over the first of the routes."""
        reply, invoked_at = Reply(None, ""), now()
        while reply.answer is None and now() < invoked_at + _PATIENCE_S:
            reply = self._send(self._routes[0], Search(), person.photos(1), "")
        answered_at = now() if reply.answer else math.inf
        self._journal.ended(
            Operation(person.person, Search(), invoked_at, answered_at, reply.answer, self._number)
        )

    def _send(self, routes: Routes, call: Call, photos: list[bytes], key: str) -> Reply:
        while True:
            try:
                with self._service.client(timeout_s=_TIMEOUT_S) as http:
                    reply = routes.ask(http, call, photos, key)
            except httpx.TransportError as error:
                reply = Reply(None, type(error).__name__)
                unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            else:
                unsent = False
            self._journal.heard(call, reply)
            if reply.answer is None:
                self.stop.wait(_PAUSE_S)
            if not unsent or self.stop.is_set():
                return reply


def _photos_for(call: Call) -> int:
    if isinstance(call, Register | AddFaces):
        return call.faces
    return int(isinstance(call, Search))
