"""Fitting of confidences: Platt scaling, log-linear weights, and how well they hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.engines.calibration import Calibration, log_odds

Values = NDArray[np.float64]

_ROUNDS: Final = 50
_LEAST_SLOPE: Final = 0.05
_PULL: Final = 0.05
"""Strength of the pull towards the numbers that change nothing, in examples."""

_LEAST_STEP: Final = 1e-4

_EDGES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.0)


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings of about one confidence: how many, their mean, and the share of right ones."""

    count: int
    confidence: float
    right: float


def fit_calibration(probabilities: Sequence[float], right: Sequence[bool]) -> Calibration:
    """Fit Platt scaling by Newton's method, with Platt's prior on the targets.

    Args:
        probabilities: What the engine said, [0, 1].
        right: Whether it was right.

    Raises:
        ValueError: There is no right or no wrong reading.
    """
    truth = np.array(right, dtype=bool)
    rights, wrongs = int(truth.sum()), int((~truth).sum())
    if not rights or not wrongs:
        raise ValueError("a calibration needs readings that are right and readings that are wrong")
    targets = np.where(truth, (rights + 1) / (rights + 2), 1 / (wrongs + 2))
    features = np.array([[log_odds(one), 1.0] for one in probabilities])

    def loss(weights: Values) -> tuple[float, Values, Values]:
        odds = features @ weights
        likely = 0.5 * (1 + np.tanh(odds / 2))
        value = float((np.logaddexp(0, odds) - targets * odds).sum())
        curvature = (features * (likely * (1 - likely))[:, None]).T @ features
        return value, features.T @ (likely - targets), curvature

    slope, intercept = _least(loss, np.array([1.0, 0.0])).tolist()
    return Calibration(max(_LEAST_SLOPE, slope), intercept)


def fit_weights(choices: Sequence[Values], truths: Sequence[int]) -> Values:
    """Fit the weights of a log-linear model (McFadden's conditional logit) by Newton's method.

    Args:
        choices: For each plate ``(texts, engines)`` log probabilities.
        truths: Which text of each plate is right.

    Returns:
        ``(engines,)``, none below 0.
    """

    def loss(weights: Values) -> tuple[float, Values, Values]:
        value, gradient, curvature = 0.0, np.zeros(weights.size), np.zeros((weights.size,) * 2)
        for scores, truth in zip(choices, truths, strict=True):
            odds = scores @ weights
            shares = np.exp(odds - odds.max())
            value -= float(odds[truth] - odds.max() - np.log(shares.sum()))
            shares /= shares.sum()
            mean = shares @ scores
            gradient = gradient + mean - scores[truth]
            curvature = curvature + (scores * shares[:, None]).T @ scores - np.outer(mean, mean)
        return value, gradient, curvature

    return np.maximum(_least(loss, np.ones(choices[0].shape[1])), 0.0)


def _least(loss: Callable[[Values], tuple[float, Values, Values]], neutral: Values) -> Values:
    """Return where a convex loss, pulled towards the neutral numbers, is least (Newton)."""

    def pulled(weights: Values) -> tuple[float, Values, Values]:
        value, gradient, curvature = loss(weights)
        away = weights - neutral
        return (
            value + _PULL / 2 * float(away @ away),
            gradient + _PULL * away,
            curvature + _PULL * np.eye(weights.size),
        )

    weights = neutral
    value, gradient, curvature = pulled(weights)
    for _ in range(_ROUNDS):
        step, size = np.linalg.solve(curvature, gradient), 1.0
        while pulled(weights - size * step)[0] > value and size > _LEAST_STEP:
            size /= 2
        weights = weights - size * step
        value, gradient, curvature = pulled(weights)
        if np.abs(size * step).max() < _LEAST_STEP:
            break
    return weights


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Compare confidences with what came true, in bins of rising confidence."""
    said, truth = np.array(confidences), np.array(right, dtype=bool)
    places = np.clip(np.digitize(said, _EDGES) - 1, 0, len(_EDGES) - 2)
    return [
        Bin(int(inside.sum()), float(said[inside].mean()), float(truth[inside].mean()))
        for inside in (places == place for place in range(len(_EDGES) - 1))
        if inside.any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance of confidence and share that is right."""
    count = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.right) for one in bins) / count
