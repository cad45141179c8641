"""A service that is killed piece by piece, and then whole, keeps what it promised."""

from pathlib import Path

import pytest

from tests.serve.chaos.run import Plan, run
from tests.serve.operations import Absent, Done, Erase, Found, Registered

PLAN = Plan("sqlite", writes=70, seed=7, clients=4, pause_s=(1.0, 3.0), limit_s=60.0, proxy=False)


@pytest.mark.serve
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_keeps_every_promise_while_it_is_killed(tmp_path: Path) -> None:
    report = run(PLAN, tmp_path)
    assert not report.violations, report.text()
    # What the promises were held against.
    answers = [one.answer for one in report.operations]
    erased = [one for one in report.operations if isinstance(one.call, Erase)]
    assert sum(isinstance(one, Registered) for one in answers) >= 10, report.text()
    assert sum(isinstance(one.answer, Done) for one in erased) >= 1, report.text()
    assert sum(isinstance(one, Found) for one in answers) >= 30, report.text()
    assert sum(isinstance(one, Absent) for one in answers) >= 1, report.text()
    assert sum(kill.hit > 0 for kill in report.kills) >= 2, report.text()
    assert report.kills[-1].at <= max(one.invoked_at for one in report.operations)
    assert "everything" in {kill.kind for kill in report.kills}
