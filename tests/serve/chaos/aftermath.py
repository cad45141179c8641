"""What is left after a run, held against what clients were told."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.serve.chaos.files import crops, seen_in_file
from tests.serve.chaos.journal import Journal, now, people_of
from tests.serve.chaos.ledger import contradictions
from tests.serve.chaos.people import SAME_PERSON, embedding
from tests.serve.chaos.rows import Rows, gaps, read_rows
from tests.serve.histories import check
from tests.serve.operations import Absent, Found, Look, Operation, Register, Registered


@dataclass(frozen=True, slots=True)
class Left:
    """Counts of what is left, and what is wrong with it by kind."""

    facts: dict[str, int | float]
    violations: dict[str, list[str]]


def look(database_url: str, folder: Path, journal: Journal) -> Left:
    """Look at rows, log, crops and snapshots, and check the whole history.

    The service must be idle, and everything that it may do later must be done.
    """
    rows = read_rows(database_url)
    people = people_of(journal.snapshot())
    for driver_id, person in people.items():
        at = now()
        answer = rows.drivers.get(driver_id) or Absent()
        journal.ended(Operation(person, Look(driver_id), at, at, answer, client=-2))
    history = journal.snapshot()
    enrolled = {people[driver_id] for driver_id in rows.drivers if driver_id in people}
    erased = {one.person for one in history} - enrolled
    facts: dict[str, int | float] = _counts(history, rows)
    facts["calls sent again under one key, answered"] = journal.repeated[True]
    facts["calls sent again under one key, given up"] = journal.repeated[False]
    violations: dict[str, list[str]] = defaultdict(list)
    for finding in check(history):
        violations[finding.violation].append(str(finding))
    violations["an answer that no route should give"] = journal.surprises
    violations["rows of nobody"] = _strange_rows(rows, people)
    violations["the log against the answers"] = [
        *gaps(rows.log),
        *contradictions(history, rows.log, people),
    ]
    _look_at_crops(folder / "crops", rows, {one.person for one in history}, facts, violations)
    _look_at_snapshots(folder / "snapshots", enrolled, erased, facts, violations)
    return Left(facts, {kind: found for kind, found in violations.items() if found})


def _counts(history: Iterable[Operation], rows: Rows) -> dict[str, int | float]:
    operations = list(history)
    return {
        "people asked about": len({one.person for one in operations}),
        "registrations acknowledged": sum(isinstance(o.answer, Registered) for o in operations),
        "registrations without an answer": sum(
            isinstance(o.call, Register) and o.answer is None for o in operations
        ),
        "drivers left": len(rows.drivers),
        "faces left": sum(record.faces for record in rows.drivers.values()),
        "lines in the change log": len(rows.log),
        "searches with a sequence": sum(isinstance(o.answer, Found) for o in operations),
    }


def _strange_rows(rows: Rows, people: Mapping[int, int]) -> list[str]:
    wrong = [f"{count} {kind}" for kind, count in rows.strays.items() if count]
    wrong += [f"driver {one}, whom no search found" for one in rows.drivers if one not in people]
    for driver_id, vectors in rows.vectors.items():
        if driver_id in people:
            cosines = vectors @ embedding(people[driver_id])
            if (cosines < SAME_PERSON).any():
                wrong.append(f"driver {driver_id} has a face of somebody else")
    return wrong


def _look_at_crops(
    folder: Path,
    rows: Rows,
    people: set[int],
    facts: dict[str, int | float],
    violations: dict[str, list[str]],
) -> None:
    """Every crop must be a row's, a living driver's, or one of a registration under way."""
    named = {key.rpartition("/")[2] for key in rows.crop_keys}
    kinds: Counter[str] = Counter()
    for crop in crops(folder, people):
        living = any(
            int(owner.rpartition("/")[2]) in rows.drivers
            for owner in crop.owners
            if owner.startswith("driver/")
        )
        waiting = any(owner.startswith("token/") for owner in crop.owners)
        kind = (
            "crops of enrolled faces"
            if crop.name in named
            else "crops of recognised drivers"
            if living
            else "crops of unfinished registrations, due later"
            if waiting
            else ""
        )
        if kind:
            kinds[kind] += 1
        else:
            violations["a crop of nobody who is enrolled"].append(str(crop))
        named.discard(crop.name)
    facts.update(sorted(kinds.items()))
    violations["an enrolled face without its crop"] += sorted(filter(None, named))


def _look_at_snapshots(
    folder: Path,
    enrolled: set[int],
    erased: set[int],
    facts: dict[str, int | float],
    violations: dict[str, list[str]],
) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    everybody = [*sorted(enrolled), *sorted(erased)]
    faces = np.stack([embedding(person) for person in everybody])
    seen: set[int] = set()
    for path in files:
        here = [everybody[n] for n in np.flatnonzero(seen_in_file(path, faces))]
        seen |= set(here)
        violations["an erased person in a snapshot"] += [
            f"person {person} in {path.name}" for person in here if person in erased
        ]
    facts["snapshot files"] = len(files)
    facts["enrolled people found in them"] = len(seen & enrolled)
    facts["erased people"] = len(erased)
