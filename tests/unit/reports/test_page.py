"""A report as a page."""

import io
import re
import subprocess
import sys
from base64 import b64decode
from dataclasses import replace

import pytest
from PIL import Image
from pydantic import TypeAdapter

from configs.settings import ROOT
from pipelines.events.figures import Figures, ReasonCount, SlotCount
from pipelines.events.records import Decision, EventKind
from pipelines.reports.page import page_of
from pipelines.reports.plots import PANELS
from tests.unit.events.passing import NOON
from tests.unit.reports.made_up import EMPTY, WEEK


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(WEEK)


def pictures(page: str) -> list[bytes]:
    """The pictures inside a page."""
    return [b64decode(one) for one in re.findall(r'src="data:image/png;base64,([^"]+)"', page)]


def test_the_page_says_sums_and_shares(page: str) -> None:
    assert "2026-11-22 00:00 to 2026-11-29 00:00 UTC, all cameras." in page
    told = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))
    assert told == {
        "gate checks": "2,000",
        "plates read alone": "4",
        "faces seen": "4",
        "plates seen": "2,004",
        "plates without a text": "3 (0.1 %)",
        "faces that are nobody&#x27;s": "75.0 %",
        "plates of no known vehicle": "25.0 %",
        "checks denied or asked": "25.0 %",
    }
    assert "<tr><td>vehicle allowed</td><td>1,500</td></tr>" in page


def test_the_page_has_every_plot_in_it_and_needs_nothing_else(page: str) -> None:
    assert [Image.open(io.BytesIO(one)).format for one in pictures(page)] == ["PNG"] * len(PANELS)
    assert all(f'alt="{panel.told.replace(chr(39), "&#x27;")}"' in page for panel in PANELS)
    assert not re.search(r'(?:src|href)="(?!data:)|<script|url\(|@import', page)


def test_an_empty_time_has_a_page_too() -> None:
    page = page_of(EMPTY)
    assert "No event of this time gave a reason." in page
    told = re.findall(r"<dd>([^<]+)</dd>", page)
    assert told == ["0"] * 4 + ["no plates", "no faces", "no gate check read one", "no checks"]
    assert len(pictures(page)) == len(PANELS)


def test_plates_that_no_gate_check_read_are_no_strangers_and_may_be_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.reports.page.PANELS", ())
    read = SlotCount(NOON, EventKind.PLATE_READ, None, 8, 8, 5, 2)  # of a watched camera
    unread = SlotCount(NOON, EventKind.GATE_CHECKED, Decision.ASK, 2, 2, 0, 2)
    page = page_of(replace(EMPTY, traffic=(read, unread)))
    told = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))
    counts = ("gate checks", "plates read alone", "plates seen")
    assert [told[name] for name in counts] == ["2", "8", "10"]
    assert told["plates without a text"] == "4 (40.0 %)"
    assert told["plates of no known vehicle"] == "no gate check read one"
    assert "compared" not in page


def test_no_name_is_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.reports.page.PANELS", ())
    named = replace(EMPTY, camera_id="<b>&", reasons=(ReasonCount("<i>", 1),))
    page = page_of(named)
    assert "camera &lt;b&gt;&amp;." in page
    assert "<td>&lt;i&gt;</td>" in page
    assert "<b>" not in page


@pytest.mark.parametrize(("kind", "begin"), [("html", b"<!doctype"), ("png", b"\x89PNG")])
def test_a_process_draws_what_it_is_given(kind: str, begin: bytes) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "pipelines.reports", kind]
    given = TypeAdapter(Figures).dump_json(EMPTY)
    done = subprocess.run(command, input=given, capture_output=True, check=True, cwd=ROOT)
    assert done.stdout.startswith(begin)
