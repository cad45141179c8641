"""Writes the plate reader's model card from measured figures."""

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from pipelines.training.plate_split import Part, Split
from pipelines.training.reader.loop import Score


@dataclass(frozen=True)
class Making:
    """How the weights were made, for the card.

    Attributes:
        date: Day the training ended, ISO 8601.
        stages: One sentence a stage of training, in order.
        views: Views seen in all.
        drawn: Drawn plates.
        taught: Plates with a teacher's text.
        labelled: Plates with a known text.
        regions: Regions that it tells apart.
        milliseconds: Of one crop on one thread, median.
        megabytes: Size of the file.
    """

    date: str
    stages: tuple[str, ...]
    views: int
    drawn: int
    taught: int
    labelled: int
    regions: int
    milliseconds: float
    megabytes: float


CARD = Template("""# Plate reader

A convolutional network ($megabytes MB) that reads one plate crop, of one line or two, by CTC
over two rows of 40 columns. No base: trained from nothing by `pipelines/training/plate_reader.py`.
Licence: AGPL-3.0, as this project.

## Use

- Input `crops`: `(n, 64, 160, 3)` uint8, RGB: the crop of a plate, stretched to 160 x 64 whatever
  its proportions.
- Output `characters`: `(n, 80, 37)` float32 log-probabilities; 40 columns of the upper row, then 40
  of the lower; classes are CTC's blank, `0-9`, `A-Z`.
- Output `regions`: `(n, $regions)` float32 probabilities of ISO 3166 codes, the first is unknown.
- Weights are stored in half precision; arithmetic is float32. One crop took $milliseconds ms on one
  thread of the machine that trained it (median).
- `plate_reader.json` has `calibration`: how its confidences become probabilities of being right.

## Training

Made on $date by `python -m pipelines.training.plate_reader`, $views random views:

$stages

| Plates | How many |
|---|---|
| drawn by `python -m pipelines.training.plate_synthesis` | $drawn |
| photographed, text known | $labelled |
| photographed, text by a teacher | $taught |

The teacher is PP-OCRv6 small (Apache-2.0); plates count where it read the same from two cuts with a
calibrated confidence of at least 0.83 on both. Photographs are divided by
`pipelines/training/plate_split.py`: near-duplicates and plates of one text lie on one side. The
test part (a third of the plates whose texts are known) trained and chose nothing.

| Source | Region | Repository, commit | Licence | Labels by | Training | Validation | Test |
|---|---|---|---|---|---|---|---|
$sources

Unlabelled crops for the teacher: Indonesian ones from the repository of `indo_vlm`, and plates of
the photographs that train the [detector](plate_detector.md), which lists their sources and
licences; cuts around its plates are the surroundings of drawn ones. Labels marked `visual` were
first read by fast-plate-ocr's cct_xs_v2 (MIT) and then corrected by eye, by those who collected the
data. Fonts of the drawn plates, with their licences, stand in
`pipelines/training/synthesis/fonts.py`.

## Figures

Validation, crops straightened by the [corner finder](plate_corners.md) where it is sure, else by
their labelled boxes, with a margin of 3 %; one look, greedy decoding, float32:

| Source | Plates | Exact | O as 0, I as 1 |
|---|---|---|---|
$figures

The service looks again where a look leaves doubt, straightens, and asks PaddleOCR too with
`plate_reader.engine: both`; `make bench-accuracy` measures all that on the test part.

## Known weaknesses

- Trained for $views views only.
- The lettering of drawn plates only resembles that of real ones; many of the photographed plates
  are Indonesian, and hardly any are from Latin America, Africa or East Asia.
- Only Latin letters and digits. Small letters stacked beside a number are left out or read as of
  full size. O and 0 look alike on most plates, and so do I and 1.
- The region is guessed from the plate's look and was trained on drawn plates nearly alone.
""")


def write_reader_card(
    path: Path,
    making: Making,
    scores: Mapping[str, Score],
    division: Split,
    sources: Path,
) -> None:
    """Writes the card.

    Args:
        path: The Markdown file.
        making: How the weights were made.
        scores: Figures on the validation part by source; "all" for all.
        division: Which plates were for what.
        sources: ``read/SOURCES.tsv`` of the data.
    """
    path.write_text(
        CARD.substitute(
            date=making.date,
            stages="\n".join(f"{n}. {text}" for n, text in enumerate(making.stages, 1)),
            views=f"{making.views:,}",
            drawn=f"{making.drawn:,}",
            taught=f"{making.taught:,}",
            labelled=f"{making.labelled:,}",
            regions=making.regions,
            milliseconds=f"{making.milliseconds:.1f}",
            megabytes=f"{making.megabytes:.1f}",
            sources="\n".join(_source_rows(division, sources)),
            figures="\n".join(_figures(name, found) for name, found in scores.items()),
        ),
        encoding="utf-8",
    )


def _figures(name: str, found: Score) -> str:
    return f"| {name} | {found.plates} | {found.exact:.1%} | {found.folded:.1%} |"


def _source_rows(division: Split, sources: Path) -> Sequence[str]:
    parts: dict[str, Counter[Part]] = defaultdict(Counter)
    for name, part in division.crops.items():
        parts[name.split("__", maxsplit=1)[0] if "__" in name else "indo_vlm"][part] += 1
    with sources.open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    known: dict[str, tuple[dict[str, str], list[str]]] = {}
    for row in rows:
        source, _, origin = row["source"].partition(":")
        if source in parts:
            known.setdefault(source, (row, []))[1].append(origin)
    return [
        f"| {source} | {row['region']} | {row['source_repo']}, {row['commit']} | {row['licence']} "
        f"| {', '.join(origins)} | {parts[source]['training']} | {parts[source]['validation']} "
        f"| {parts[source]['test']} |"
        for source, (row, origins) in sorted(known.items())
    ]
