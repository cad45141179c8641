"""The running cluster under its load, and what becomes of both when something is done to it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.bench.cluster.cluster import Cluster
from tests.bench.cluster.configuration import Document, replicas_of
from tests.bench.cluster.seconds import Second, seconds
from tests.bench.cluster.watching import Look, Watch
from tests.bench.faults.registrations import Kept, check_and_erase
from tests.bench.faults.traffic import Traffic
from tests.bench.faults.windows import Window, last_failure, window

CALM_S: Final = 8.0
_LEAST_S: Final = 20.0
_MOST_S: Final = 240.0
_WHOLE_WITHIN_S: Final = 230.0
_LOOK_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one phase showed.

    Attributes:
        window: Its requests, counted.
        whole_after_s: From the blow until the cluster was as it should be; None where it was not
            in time.
        kept: The registrations.
        course: Second by second, from the calm before it.
        placed: Replicas on each host when it was over, by the host's address.
        together: Deployments that had all their replicas on one host, before and after.
        facts: What else there is to say.
    """

    window: Window
    whole_after_s: float | None
    kept: Kept
    course: tuple[Second, ...]
    placed: Mapping[str, int]
    together: tuple[tuple[str, ...], tuple[str, ...]]
    facts: Mapping[str, str]


@dataclass
class Stage:
    """Everything that runs.

    Attributes:
        cluster: The hosts with Ray.
        watch: What they say, over time.
        traffic: The load, over time.
        http: A client of the service, with a key.
        document: What is deployed.
    """

    cluster: Cluster
    watch: Watch
    traffic: Traffic
    http: httpx.Client
    document: Document

    def whole(self, since: float) -> Look:
        """Wait until there are all replicas that the deployed file asks for.

        Raises:
            TimeoutError: Not in time.
        """
        wanted = replicas_of(self.document)
        return self.watch.wait_for(lambda look: look.is_whole(wanted), since, _WHOLE_WITHIN_S)

    def deploy(self, document: Document) -> None:
        """Deploy another file."""
        self.cluster.deploy(document)
        self.document = document

    def info(self) -> dict[str, Any]:
        """The service's ``/info``."""
        information: dict[str, Any] = self.http.get("/info").raise_for_status().json()
        return information

    def observe(
        self,
        name: str,
        act: Callable[[], Mapping[str, str]],
        is_done: Callable[[Look, Look], bool],
    ) -> Outcome:
        """Do something under load, and wait until it is over and nothing fails any more.

        Args:
            name: Of what is done.
            act: Does it; returns what is worth telling.
            is_done: Whether a look shows the end, of the last look before and this one, which has
                all wanted replicas.
        """
        before = time.monotonic()
        calm = self.whole(before)
        time.sleep(CALM_S)
        at = time.monotonic()
        facts = dict(act())
        wanted = replicas_of(self.document)
        try:
            over = self.watch.wait_for(
                lambda look: look.is_whole(wanted) and is_done(calm, look), at, _WHOLE_WITHIN_S
            ).at
            whole_after_s: float | None = over - at
        except TimeoutError as error:
            facts["not whole"] = str(error)[:500]
            over, whole_after_s = time.monotonic(), None
        while (
            time.monotonic()
            < max(at + _LEAST_S, over + CALM_S, last_failure(self.traffic.sent, at) + CALM_S)
            and time.monotonic() < at + _MOST_S
        ):
            time.sleep(_LOOK_S)
        until = time.monotonic()
        sent, looks = self.traffic.sent, self.watch.looks
        kept = check_and_erase(self.http, [one for one in sent if before <= one.due < until])
        last = looks[-1]
        return Outcome(
            window(name, sent, (at, until), before),
            whole_after_s,
            kept,
            tuple(seconds(sent, looks, at, (max(before, at - CALM_S), until))),
            {host.place.address: last.on(host.place.address) for host in self.cluster.hosts},
            (calm.together(), last.together()),
            facts,
        )
