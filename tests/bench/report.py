"""The figures of one run as tables and as plain values."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench import figures
from tests.bench.figures import PlateResult, Results
from tests.bench.pairs import Pairs
from tests.bench.rates import Rate
from tests.bench.reliability import Bin, expected_calibration_error, reliability
from tests.bench.tables import Table

_NONE = "-"
_READING_HEADER = ("plates", "exact", "folded", "95 %", "characters wrong")
_LABELS = (
    "Some labels were first read by fast-alpr's v2 reader and then checked by eye (all but the row "
    f'"{figures.OF_NO_MODEL}"): v2 is not measured on these. v1 is another model of that family.',
    f"v1 cannot give more than {figures.PEER_CHARACTERS} characters.",
    "folded: O read as 0 and I as 1 count as right; [95 % Wilson interval]. Characters wrong: edit "
    "distance over true characters; a plate that is not found counts whole. Labelled box: read "
    "without detection. Not every plate in the photos has a label, so precision is a lower bound.",
)


def tables(results: Results, contestants: Sequence[str]) -> list[Table]:
    """All tables of one run, contestants in the given order."""
    return [
        _photos(results, contestants),
        _paired(results, contestants),
        _cropped(results, contestants),
        _plateless(results),
        _times(results, contestants),
        _confidences(results, contestants),
    ]


def values(results: Results, contestants: Sequence[str]) -> dict[str, Any]:
    """The same figures for JSON."""
    photos = _of_kind(results, "photo")
    return {
        name: {
            "photos": {
                row: _reading_values(_in_row(photos, row, name))
                for row in figures.row_names(photos)
            },
            "labelled boxes": _reading_values(_of(results, "box", name)),
            "cropped": _reading_values(_of(results, "crop", name)),
            "260x56 grey": _reading_values(_of(results, "cut", name)),
            "260x56 grey, as they were": _reading_values(_of(results, "uncut", name)),
            "detection": {
                row: _detection_values(results, name, row) for row in _detection_rows(results)
            },
            "plateless": {
                kind: {"false plates": one.plates, "pictures": _rate(one.pictures)}
                for kind, one in results.false_plates[name].items()
            },
            "ms": {
                stage: {
                    "median": _round(statistics.median(ms)),
                    "mean": _round(statistics.fmean(ms)),
                }
                for stage, ms in results.ms[name].items()
                if ms
            },
            "wrong": [
                [one.path.name, one.truth, one.read, _round(one.confidence)]
                for one in _of(results, "photo", name)
                if not one.is_right
            ],
            "ece": _round(expected_calibration_error(bins_of(results, name))),
        }
        for name in contestants
    }


def bins_of(results: Results, contestant: str) -> list[Bin]:
    """Reliability of what one contestant read in photos and crops, folded."""
    read = [
        one
        for one in results.plates
        if one.contestant == contestant and one.kind in ("photo", "crop") and one.read
    ]
    return reliability([one.confidence for one in read], [one.is_right for one in read])


def _photos(results: Results, contestants: Sequence[str]) -> Table:
    photos, boxes = _of_kind(results, "photo"), _of_kind(results, "box")
    rows = []
    for row in figures.row_names(photos):
        for name in contestants:
            plates = _in_row(photos, row, name)
            found = _detection(results, name, row)
            in_boxes = figures.reading(_in_row(boxes, row, name)).folded
            overlap = f"{found.overlap:.3f}" if found.recall.total else _NONE
            rows.append(
                (
                    *(row, name, *_reading_cells(plates), _percent(in_boxes)),
                    *(_percent(found.recall), _percent(found.precision), overlap),
                )
            )
    return Table(
        "Photos, end to end",
        (
            *("photos", "reader", *_READING_HEADER, "labelled box"),
            *("recall", "precision", "IoU"),
        ),
        tuple(rows),
        _LABELS,
    )


def _paired(results: Results, contestants: Sequence[str]) -> Table:
    photos = _of_kind(results, "photo")
    own = [name for name in contestants if name.startswith("ours")]
    rows = []
    for row in figures.row_names(photos):
        for name in own:
            for peer in (other for other in contestants if other not in own):
                pairs = Pairs.of(_in_row(photos, row, name), _in_row(photos, row, peer))
                if pairs.plates:
                    counts = (pairs.plates, pairs.only_first, pairs.only_second)
                    cells = (f"{name} / {peer}", *map(str, counts), f"{pairs.chance:.3f}")
                    rows.append((row, *cells))
    return Table(
        "The same photos, pair by pair",
        ("photos", "first / second", "plates", "only first right", "only second right", "p"),
        tuple(rows),
        ("Right: folded. p: exact two-sided sign test of the two being equal.",),
    )


def _cropped(results: Results, contestants: Sequence[str]) -> Table:
    crops = _of_kind(results, "crop")
    parts = {
        f"{source}: as it is": [one for one in crops if one.source == source]
        for source in sorted({one.source for one in crops})
    }
    parts["all crops: as they are"] = crops
    parts["wide crops: 260x56 grey"] = _of_kind(results, "cut")
    parts["wide crops: as they are, without detection"] = _of_kind(results, "uncut")
    rows = []
    for title, plates in parts.items():
        for name in contestants:
            its = [one for one in plates if one.contestant == name]
            if its:
                rows.append((title, name, *_reading_cells(its)))
    return Table(
        "Pictures cropped before, end to end",
        ("pictures", "reader", *_READING_HEADER),
        tuple(rows),
        ("As they are: labelled crops whose photo is not there. Wide: at least 2:1.",),
    )


def _plateless(results: Results) -> Table:
    rows = []
    for kind in sorted({kind for kinds in results.false_plates.values() for kind in kinds}):
        for name in results.false_plates:
            one = results.false_plates[name][kind]
            hundredth = f"{100 * one.plates / one.pictures.total:.2f}"
            share = (_percent(one.pictures), one.pictures.interval_text)
            rows.append((kind, name, str(one.pictures.total), hundredth, *share))
    return Table(
        "Pictures of people, without plates",
        ("pictures", "reader", "number", "false plates per 100", "with one", "95 %"),
        tuple(rows),
        ("A plate counts when a text is reported for it.",),
    )


def _times(results: Results, contestants: Sequence[str]) -> Table:
    rows = [
        (name, *(_milliseconds(results.ms[name][stage]) for stage in figures.STAGES))
        for name in contestants
    ]
    return Table(
        "Milliseconds a photo, one thread, one core, asked in turn",
        ("reader", *figures.STAGES),
        tuple(rows),
        ("Median / mean. cpu: processor time, which other programs on the machine disturb less.",),
    )


def _confidences(results: Results, contestants: Sequence[str]) -> Table:
    rows = []
    for name in contestants:
        bins = bins_of(results, name)
        count = sum(one.count for one in bins)
        mean = sum(one.count * one.confidence for one in bins) / max(1, count)
        right = sum(one.count * one.right for one in bins) / max(1, count)
        error = expected_calibration_error(bins)
        rows.append((name, str(count), f"{mean:.3f}", f"{right:.3f}", f"{error:.3f}"))
    return Table(
        "Confidence of readings in photos and crops",
        ("reader", "readings", "mean confidence", "right", "ECE"),
        tuple(rows),
        ("Right: folded. ECE: expected calibration error, ten bins of equal width.",),
    )


def _of_kind(results: Results, kind: str) -> list[PlateResult]:
    return [one for one in results.plates if one.kind == kind]


def _of(results: Results, kind: str, contestant: str) -> list[PlateResult]:
    return [one for one in _of_kind(results, kind) if one.contestant == contestant]


def _in_row(plates: Iterable[PlateResult], row: str, contestant: str) -> list[PlateResult]:
    return [one for one in plates if one.contestant == contestant and row in figures.rows_of(one)]


def _detection_rows(results: Results) -> list[str]:
    return [*sorted({one.source for one in results.detections}), figures.ALL]


def _detection(results: Results, contestant: str, row: str) -> figures.Detection:
    return figures.detection(
        one
        for one in results.detections
        if one.contestant == contestant and row in (one.source, f"region {one.region}", figures.ALL)
    )


def _detection_values(results: Results, contestant: str, row: str) -> dict[str, Any]:
    found = _detection(results, contestant, row)
    return {
        "recall": _rate(found.recall),
        "precision": _rate(found.precision),
        "mean iou": _round(found.overlap),
    }


def _reading_values(plates: Sequence[PlateResult]) -> dict[str, Any]:
    read = figures.reading(plates)
    return {
        "exact": _rate(read.exact),
        "folded": _rate(read.folded),
        "characters wrong": _rate(read.wrong),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    shares = {"share": rate.share, "low": low, "high": high}
    return {
        "hits": rate.hits,
        "total": rate.total,
        **{name: _round(share) for name, share in shares.items()},
    }


def _percent(rate: Rate) -> str:
    return f"{rate.share:.1%}" if rate.total else _NONE


def _reading_cells(plates: Sequence[PlateResult]) -> tuple[str, ...]:
    read = figures.reading(plates)
    return (
        str(len(plates)),
        *(
            _percent(read.exact),
            _percent(read.folded),
            read.folded.interval_text if plates else _NONE,
        ),
        _percent(read.wrong),
    )


def _milliseconds(ms: Sequence[float]) -> str:
    return f"{statistics.median(ms):.1f} / {statistics.fmean(ms):.1f}" if ms else _NONE


def _round(value: float) -> float:
    return round(value, 4)
