"""What is told of a folder of drivers."""

from typing import Any

from pipelines.bulk.enrolment import Outcome
from pipelines.bulk.enrolment_summary import enrolment_summary

TAKEN: Outcome = {
    "name": "Ann",
    "outcome": "enrolled",
    "driver_id": 1,
    "photos": [{"name": "a.jpg", "outcome": "rejected", "reason": "too_small"}],
    "error": None,
}


def failure(name: str, code: str, *photos: dict[str, Any], **details: Any) -> Outcome:
    error = {"status": 422, "code": code, "message": "no", "details": details}
    outcome = {"name": name, "outcome": "failed", "driver_id": None}
    return {**outcome, "photos": list(photos), "error": error}


def test_counts_outcomes_and_names_who_failed_and_by_which_photos() -> None:
    photos = (
        {"name": "a.jpg", "outcome": "usable"},
        {"name": "b.jpg", "outcome": "rejected", "reason": "no_face"},
    )
    few = failure("Eve", "not_enough_faces", *photos, usable=1, needed=3)
    twin = failure("Bob", "already_enrolled", driver_id=7, similarity=0.83)
    assert enrolment_summary([TAKEN, TAKEN, few, twin], {".txt": 1}, 2, 3.25) == (
        "4 drivers: 2 enrolled, 2 failed\n"
        "skipped: 1 (1 .txt); --all-files takes all but hidden ones\n"
        "failed: 1 already_enrolled, 1 not_enough_faces\n"
        "photos rejected: 1 no_face, 2 too_small\n"
        "  Bob: already_enrolled (driver_id 7, similarity 0.83)\n"
        "  Eve: not_enough_faces (usable 1, needed 3, b.jpg: no_face)\n"
        "this run: 2 drivers in 3.2 s\n"
    )


def test_names_no_more_than_a_screenful() -> None:
    said = enrolment_summary([failure(f"{n:03}", "no") for n in range(50)], {}, 50, 1.0)
    assert said.count("\n  0") == 20
    assert "  019: no\n  and 30 more, whom the outcomes' file names\n" in said


def test_outcomes_from_before_without_details_are_told_too() -> None:
    old = failure("Bob", "already_enrolled")
    del old["error"]["details"]
    assert "  Bob: already_enrolled\n" in enrolment_summary([old], {}, 0, 1.0)
