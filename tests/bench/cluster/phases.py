"""What is done to the cluster, one after the other."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from tests.bench.cluster.configuration import with_indexes, with_reader, with_release
from tests.bench.cluster.hosts import Host
from tests.bench.cluster.stage import Outcome, Stage
from tests.bench.cluster.watching import Look

NEXT_RELEASE: Final = "/srv/release-next"
MORE_INDEXES: Final = 3
"""As many as there are hosts: from then on a lost host is one too few."""


_AWAY_S: Final = 10.0
_ASKED: Final = 10

Phase = Callable[[Stage], Outcome]


def model_update(stage: Stage) -> Outcome:
    """Another model that reads plates, by ``serve deploy``."""

    def act() -> Mapping[str, str]:
        stage.deploy(with_reader(stage.document, "plates"))
        return {}

    def told(stage: Stage) -> str:
        return str(stage.info()["settings"]["plate_reader"]["engine"])

    return _with_answers(stage, stage.observe("rolling update of a model", act, _all_new), told)


def code_update(stage: Stage) -> Outcome:
    """The next release, which lies in another folder of each host, by ``serve deploy``."""

    def act() -> Mapping[str, str]:
        stage.deploy(with_release(stage.document, NEXT_RELEASE))
        return {}

    def told(stage: Stage) -> str:
        return str(stage.info()["version"])

    return _with_answers(stage, stage.observe("rolling update of the code", act, _all_new), told)


def index_scale_out(stage: Stage) -> Outcome:
    """More replicas of the gallery's index, and of nothing else."""
    untouched: list[bool] = []

    def act() -> Mapping[str, str]:
        stage.deploy(with_indexes(stage.document, MORE_INDEXES))
        return {}

    def is_done(before: Look, now: Look) -> bool:
        untouched.append(before.ids() <= now.ids())
        return True

    outcome = stage.observe(f"index alone to {MORE_INDEXES} replicas", act, is_done)
    all_there = "all former replicas went on" if all(untouched) else "former replicas ended"
    return _with_facts(outcome, {"others": all_there})


def node_loss(stage: Stage) -> Outcome:
    """Everything of a worker's host is killed at once; its neighbours are told (RST)."""
    return _lose(stage, "kill -9 of all of one host", Host.crash)


def node_silence(stage: Stage) -> Outcome:
    """A worker's host vanishes without a word, as one that loses its power."""

    def vanish(host: Host) -> None:
        host.unplug()
        host.crash()

    return _lose(stage, "one host without power", vanish)


def head_restart(stage: Stage) -> Outcome:
    """Everything of the head's host is killed; ten seconds later it starts again."""
    head = stage.cluster.head
    held = stage.watch.looks[-1].on(head.place.address)

    def act() -> Mapping[str, str]:
        head.crash()
        time.sleep(_AWAY_S)
        began = time.monotonic()
        stage.cluster.start(head)
        return {
            "replicas on the head": str(held),
            "ray start took": f"{time.monotonic() - began:.0f} s",
        }

    def is_done(_: Look, now: Look) -> bool:
        return head.place.address in now.answering

    return stage.observe("kill -9 of the head, back after 10 s", act, is_done)


PHASES: Final[Mapping[str, Phase]] = {
    "model-update": model_update,
    "code-update": code_update,
    "node-loss": node_loss,
    "node-silence": node_silence,
    "index-scale-out": index_scale_out,
    "head-restart": head_restart,
}


def _all_new(before: Look, now: Look) -> bool:
    return not before.ids() & now.ids()


def _lose(stage: Stage, name: str, strike: Callable[[Host], None]) -> Outcome:
    last = stage.watch.looks[-1]
    victim = max(stage.cluster.workers, key=lambda host: last.on(host.place.address))

    def act() -> Mapping[str, str]:
        strike(victim)
        return {"replicas on the host": str(last.on(victim.place.address))}

    def is_done(_: Look, now: Look) -> bool:
        return now.on(victim.place.address) == 0

    outcome = stage.observe(name, act, is_done)
    stage.cluster.start(victim)
    return outcome


def _with_answers(stage: Stage, outcome: Outcome, told: Callable[[Stage], str]) -> Outcome:
    """Whether one new answer comes from everywhere: the balancer takes the hosts in turn."""
    answers = {told(stage) for _ in range(_ASKED)}
    return _with_facts(outcome, {"/info says": ", ".join(sorted(answers))})


def _with_facts(outcome: Outcome, more: Mapping[str, str]) -> Outcome:
    return replace(outcome, facts={**outcome.facts, **more})
