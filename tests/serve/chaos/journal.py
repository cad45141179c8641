"""What clients asked and were told, in one place."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.serve.operations import Answer, Call, Found, Operation, Record, Registered, Search

_REMEMBERED_SURPRISES = 50
_LOOKED_BACK = 50


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of one request.

    Attributes:
        answer: None where nothing says whether the call took effect.
        status: HTTP status, or the kind of the failure on the way.
        surprise: An answer that no route of ours should give.
        heard: What a failure says.
        seen: A driver that the answer shows as it was read after the call was done.
        faces: Ids of the faces that the call stored.
    """

    answer: Answer | None
    status: str
    surprise: str | None = None
    heard: str = ""
    seen: tuple[int, Record] | None = None
    faces: Sequence[int] = ()


@dataclass
class Journal:
    """Thread-safe record of a run.

    Attributes:
        operations: Calls that have ended, in that order.
        statuses: Requests by kind of call and status.
        surprises: Answers that no route of ours should give.
        failures: Status and message of the answers that were failures.
        repeated: Calls that were sent more than once under one key, by whether they got an answer.
    """

    operations: list[Operation] = field(default_factory=list)
    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    repeated: Counter[bool] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def heard(self, call: Call, reply: Reply) -> None:
        """Count one reply; a call that is sent again has several."""
        with self._lock:
            self.statuses[type(call).__name__, reply.status] += 1
            if reply.heard:
                self.failures[reply.status, reply.heard] += 1
            if reply.surprise is not None and len(self.surprises) < _REMEMBERED_SURPRISES:
                self.surprises.append(f"{call}: {reply.surprise}")

    def sent_again(self, *, answered: bool) -> None:
        """Count one call that was sent more than once."""
        with self._lock:
            self.repeated[answered] += 1

    def ended(self, operation: Operation) -> None:
        """Keep one call with its outcome."""
        with self._lock:
            self.operations.append(operation)

    def answered_since(self, moment: float) -> bool:
        """Whether a request that was sent after a moment has got an answer."""
        with self._lock:
            late = self.operations[-_LOOKED_BACK:]
        return any(one.answer and one.invoked_at > moment for one in late)

    def snapshot(self) -> list[Operation]:
        """Everything that has ended so far."""
        with self._lock:
            return list(self.operations)


def people_of(operations: list[Operation]) -> dict[int, int]:
    """Driver id -> the person whose driver it is, as far as answers tell."""
    people = {}
    for one in operations:
        if isinstance(one.answer, Registered):
            people[one.answer.driver_id] = one.person
        elif isinstance(one.answer, Found) and isinstance(one.call, Search):
            people.update(dict.fromkeys(one.answer.driver_ids, one.person))
    return people


def now() -> float:
    """The clock of all histories: monotonic seconds."""
    return time.monotonic()
