"""Drivers in galleries of several sizes: FNIR at given FPIR, and at the configured thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from configs.settings import GallerySettings
from pipelines.gallery.thresholds import threshold_for
from tests.bench.face_vectors import FaceVectors
from tests.bench.galleries import measure, nearness
from tests.bench.open_set import Floats, Trial
from tests.bench.rates import Rate, interval_text
from tests.bench.tables import Table

SIZES = (50, 120, 300, 1_000, 10_000)
FPIRS = (0.001, 0.003, 0.01)
DRAWS = 20
MIXED = 730
"""Mixed faces from each half of the strangers: 1,000 with 120 drivers and 150 strangers."""

_COSINES = (0.35, 0.40, 0.45)
_DISTRACTORS = (
    "Distractors: photos of one half of the strangers, while the other half is asked; mixed "
    "pictures: faces that are the mean of two strangers', pixel by pixel, encoded; made vectors: "
    "weighted means of three strangers' vectors, of which there are no pictures."
)
_DRAWN = (
    f"Over {DRAWS} draws of who is enrolled by which three photos. The 95 % intervals (Wilson) are "
    "as wide as one draw makes them, since all draws share their photos."
)


@dataclass(frozen=True, slots=True, eq=False)
class Identification:
    """What was measured.

    Attributes:
        trials: One a gallery size.
        nearness: Kind of template -> cosines of strangers' photos to such templates.
        settings: The thresholds and the margin that the service is configured with.
        without_face: Photos that were left out.
    """

    trials: tuple[Trial, ...]
    nearness: dict[str, Floats]
    settings: GallerySettings
    without_face: int

    def threshold(self, trial: Trial) -> float:
        """The configured threshold of a gallery of this size."""
        return threshold_for(trial.size, self.settings.thresholds)


def identify(
    faces: FaceVectors, settings: GallerySettings, *, seed: int, sizes: Sequence[int] = SIZES
) -> Identification:
    """Search galleries of all sizes; those of drivers alone no larger than there are drivers."""
    largest = len(faces.drivers)
    known = sorted({min(size, largest) if size <= SIZES[1] else size for size in sizes})
    return Identification(
        tuple(measure(faces, size, draws=DRAWS, seed=seed) for size in known),
        nearness(faces, seed),
        settings,
        faces.without_face,
    )


def tables(measured: Identification) -> list[Table]:
    """Everything as tables."""
    return [
        _composition(measured),
        _at_given_fpir(measured),
        _as_configured(measured),
        _distractors(measured),
    ]


def values(measured: Identification) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "draws": DRAWS,
        "photos without a face": measured.without_face,
        "galleries": [_trial_values(measured, trial) for trial in measured.trials],
        "strangers near templates": {
            kind: {f"{cosine:.2f}": float((cosines >= cosine).mean()) for cosine in _COSINES}
            for kind, cosines in measured.nearness.items()
        },
    }


def _composition(measured: Identification) -> Table:
    rows = [
        (
            f"{trial.size:,}",
            trial.made_of,
            f"{len(trial.drivers.first) // trial.draws:,}",
            f"{len(trial.strangers.first) // trial.draws:,}",
        )
        for trial in measured.trials
    ]
    return Table(
        "Galleries of drivers",
        ("gallery", "templates", "driver probes a draw", "stranger probes a draw"),
        tuple(rows),
        (
            _DISTRACTORS,
            f"{_DRAWN} Photos without a face, left out: {measured.without_face}.",
        ),
    )


def _at_given_fpir(measured: Identification) -> Table:
    rows = []
    for trial in measured.trials:
        for fpir in FPIRS:
            threshold = trial.threshold_at(fpir)
            misses = trial.misses(threshold)
            rows.append(
                (
                    f"{trial.size:,}",
                    f"{fpir:.1%}",
                    f"{threshold:.3f}",
                    _percent(trial.false_positives(threshold)),
                    _percent(misses),
                    interval_text(*trial.interval(misses)),
                )
            )
    return Table(
        "Drivers missed (FNIR) where few strangers are taken for somebody (FPIR)",
        ("gallery", "FPIR at most", "threshold", "FPIR", "FNIR", "95 %"),
        tuple(rows),
        (
            "Without a margin. Galleries above the number of drivers hold distractors; there each "
            "draw asks one half of the strangers, so that one person is a large step of FPIR.",
        ),
    )


def _as_configured(measured: Identification) -> Table:
    rows = []
    for trial in measured.trials:
        threshold = measured.threshold(trial)
        for margin in (0.0, measured.settings.margin):
            rates = (
                trial.false_positives(threshold, margin),
                trial.misses(threshold, margin),
            )
            cells = [
                cell
                for rate in rates
                for cell in (_percent(rate), interval_text(*trial.interval(rate)))
            ]
            rows.append(
                (
                    f"{trial.size:,}",
                    f"margin {margin:.2f}" if margin else "no margin",
                    f"{threshold:.3f}",
                    *cells,
                    _percent(trial.mistaken(threshold, margin)),
                )
            )
    return Table(
        "Drivers at the configured thresholds",
        ("gallery", "", "threshold", "FPIR", "95 %", "FNIR", "95 %", "taken for another"),
        tuple(rows),
        ("FNIR with the margin less FNIR without it is what the margin costs.",),
    )


def _distractors(measured: Identification) -> Table:
    rows = [
        (
            kind,
            f"{len(cosines):,}",
            *(f"{1e4 * float((cosines >= cosine).mean()):.2f}" for cosine in _COSINES),
        )
        for kind, cosines in measured.nearness.items()
    ]
    return Table(
        "What a distractor is worth: strangers' photos near templates, per 10,000 pairs",
        ("templates", "pairs", *(f"cosine {cosine:.2f}" for cosine in _COSINES)),
        tuple(rows),
        ("A kind that is reached less often than drivers makes a gallery look easier than it is.",),
    )


def _trial_values(measured: Identification, trial: Trial) -> dict[str, Any]:
    threshold, margin = measured.threshold(trial), measured.settings.margin
    return {
        "size": trial.size,
        "templates": trial.made_of,
        "at fpir": {
            str(fpir): {
                "threshold": round(trial.threshold_at(fpir), 4),
                "fnir": _rate(trial, trial.misses(trial.threshold_at(fpir))),
            }
            for fpir in FPIRS
        },
        "configured": {
            "threshold": round(threshold, 4),
            "margin": margin,
            "fpir": _rate(trial, trial.false_positives(threshold, margin)),
            "fnir": _rate(trial, trial.misses(threshold, margin)),
            "taken for another": _rate(trial, trial.mistaken(threshold, margin)),
            "without margin": {
                "fpir": _rate(trial, trial.false_positives(threshold)),
                "fnir": _rate(trial, trial.misses(threshold)),
            },
        },
    }


def _rate(trial: Trial, rate: Rate) -> dict[str, Any]:
    low, high = trial.interval(rate)
    return {
        "hits": rate.hits,
        "total": rate.total,
        "share": round(rate.share, 5),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def _percent(rate: Rate) -> str:
    return f"{rate.share:.2%}"
