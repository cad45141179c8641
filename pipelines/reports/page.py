"""A report as one HTML file that needs nothing else."""

from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Final

from pipelines.events.figures import Figures
from pipelines.reports import wording
from pipelines.reports.plots import PANELS, Panel, png_of

_STYLE: Final = """
body { margin: 0 auto; max-width: 66rem; padding: 1.5rem; background: #fff; color: #22272b;
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 2rem 0 0.5rem; }
.soft { color: #505963; margin: 0.2rem 0 1.2rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.8rem;
  margin: 0; }
dl div { border: 1px solid #d5dade; border-radius: 6px; padding: 0.6rem 0.8rem; }
dt { color: #505963; font-size: 0.87rem; }
dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
figure { margin: 1.4rem 0 0; break-inside: avoid; overflow-x: auto; }
img { display: block; width: 100%; height: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: 0.3rem 1.5rem 0.3rem 0; border-top: 1px solid #d5dade; }
th + th, td + td { white-space: nowrap; padding-right: 0; }
td + td { text-align: right; font-variant-numeric: tabular-nums; }
@media screen and (max-width: 52rem) {
  body { padding: 1rem; }
  img { width: 52rem; }
}
"""


def page_of(figures: Figures) -> str:
    """The page: sums, the plots as PNG pictures inside, and the reasons as a table."""
    told = escape(wording.period(figures))
    pictures = "\n".join(_picture(panel, figures) for panel in PANELS)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Gatehouse, {told}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{_STYLE}</style>
</head>
<body>
<h1>What the cameras saw</h1>
<p class="soft">{told}. Days begin at midnight UTC; the first and the last may
not be whole.</p>
<dl>{_pairs(_sums(figures))}</dl>
{pictures}
<h2>Reasons</h2>
{_table(figures)}
</body>
</html>
"""


def _sums(figures: Figures) -> list[tuple[str, str]]:
    slots = figures.strangers()
    counts = [
        (called, sum(one.count for one in figures.traffic if one.kind is kind))
        for kind, called in wording.KINDS.items()
    ]
    unreadable = sum(one.unreadable_plates for one in slots)
    shares = [
        (
            wording.UNKNOWN_FACES,
            sum(one.unknown_faces for one in slots),
            sum(one.faces for one in slots),
            "no faces",
        ),
        (
            wording.UNKNOWN_VEHICLES,
            sum(one.unmatched_plates for one in slots),
            sum(one.plates for one in slots),
            wording.NONE_CHECKED,
        ),
        (
            wording.STOPPED,
            sum(one.stopped for one in slots),
            sum(one.checks for one in slots),
            "no checks",
        ),
    ]
    seen = sum(one.seen_plates for one in slots)
    of_seen = wording.share(unreadable, seen, "")
    return [
        *((called, f"{count:,}") for called, count in counts),
        (wording.SEEN_PLATES, f"{seen:,}"),
        (wording.UNREADABLE, f"{unreadable:,} ({of_seen})" if of_seen else "no plates"),
        *((called, wording.share(part, of, nothing)) for called, part, of, nothing in shares),
    ]


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in pairs)


def _picture(panel: Panel, figures: Figures) -> str:
    data = b64encode(png_of(panel, figures)).decode()
    alt = escape(panel.told)
    # Where the screen is narrow it is moved to and fro, with the keys too.
    return (
        f'<figure tabindex="0" aria-label="{alt}">'
        f'<img alt="{alt}" src="data:image/png;base64,{data}"></figure>'
    )


def _table(figures: Figures) -> str:
    if not figures.reasons:
        return "<p>No event of this time gave a reason.</p>"
    rows = "".join(
        f"<tr><td>{escape(wording.reason(one.reason))}</td><td>{one.count:,}</td></tr>"
        for one in figures.reasons
    )
    head = "<thead><tr><th>Reason</th><th>Events</th></tr></thead>"
    return f"<table>{head}<tbody>{rows}</tbody></table>"
