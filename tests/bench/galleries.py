"""Galleries drawn from the photos of people: who is enrolled, by which photos, and who is asked."""

from collections.abc import Sequence

import numpy as np

from tests.bench.face_vectors import HALVES, FaceVectors, unit
from tests.bench.open_set import Floats, Searches, Trial
from tests.bench.over_http import ENROLLED_PHOTOS

_MADE_FROM = 3
_MADE_TO_COMPARE = 2000


def measure(faces: FaceVectors, size: int, *, draws: int, seed: int) -> Trial:
    """Draw galleries of one size and search them.

    Up to the number of drivers, every template is a driver's, and the photos of drivers who are not
    enrolled are asked as strangers' too. Larger galleries hold all drivers and distractors from one
    half of the strangers, while the other half is asked: their photos first, then the mixed
    pictures, then vectors made from vectors.

    Args:
        faces: The people.
        size: Templates in the gallery.
        draws: Galleries to draw.
        seed: Decides them.
    """
    parts = [_draw(faces, size, np.random.default_rng([seed, draw]), draw) for draw in range(draws)]
    return Trial(
        size,
        _composition(faces, size),
        Searches.joined([drivers for drivers, _ in parts]),
        Searches.joined([strangers for _, strangers in parts]),
        draws,
    )


def _draw(
    faces: FaceVectors, size: int, random: np.random.Generator, draw: int
) -> tuple[Searches, Searches]:
    order = random.permutation(len(faces.drivers))
    enrolled, others = order[:size], order[size:]
    templates, probes, owners = [], [], []
    for row, driver in enumerate(enrolled):
        photos = faces.drivers[driver][random.permutation(len(faces.drivers[driver]))]
        templates.append(unit(photos[:ENROLLED_PHOTOS].sum(axis=0)))
        probes.append(photos[ENROLLED_PHOTOS:])
        owners += [row] * (len(photos) - ENROLLED_PHOTOS)
    gallery = np.stack(templates)
    if size > len(enrolled):
        enrolled_half = draw % HALVES
        gallery = np.concatenate(
            [gallery, _distractors(faces, enrolled_half, size - len(enrolled), random)]
        )
        asked = [faces.strangers[half] for half in range(HALVES) if half != enrolled_half]
    else:
        asked = [*faces.strangers, *(faces.drivers[driver] for driver in others)]
    strangers = np.concatenate(asked)
    return (
        Searches.of(gallery, np.concatenate(probes), np.array(owners)),
        Searches.of(gallery, strangers, np.full(len(strangers), -1)),
    )


def _distractors(faces: FaceVectors, half: int, number: int, random: np.random.Generator) -> Floats:
    strangers = faces.strangers[half]
    pictured = np.concatenate([strangers, faces.mixed[half]])[:number]
    return np.concatenate([pictured, made(strangers, number - len(pictured), random)])


def made(strangers: Floats, number: int, random: np.random.Generator) -> Floats:
    """Vectors of nobody: weighted means of the vectors of three strangers.

    Args:
        strangers: ``(S, D)`` float32 unit rows.
        number: How many.
        random: Decides them.

    Returns:
        ``(number, D)`` float32 unit rows.
    """
    chosen = random.integers(len(strangers), size=(number, _MADE_FROM))
    weights = random.dirichlet([1.0] * _MADE_FROM, size=number).astype(np.float32)
    return unit(np.einsum("nk,nkd->nd", weights, strangers[chosen]))


def _composition(faces: FaceVectors, size: int) -> str:
    left, parts = size, []
    kinds: Sequence[tuple[str, int]] = (
        ("drivers", len(faces.drivers)),
        ("strangers' photos", min(map(len, faces.strangers))),
        ("mixed pictures", min(map(len, faces.mixed))),
        ("made vectors", size),
    )
    for kind, available in kinds:
        count = min(left, available)
        if count:
            parts.append(f"{count:,} {kind}")
        left -= count
    return ", ".join(parts)


def nearness(faces: FaceVectors, seed: int) -> dict[str, Floats]:
    """Cosines of strangers' photos to templates of each kind: what a distractor is worth.

    Returns:
        Kind -> all cosines between photos of one half of the strangers and templates of the kind;
        distractors are of the other half.
    """
    random = np.random.default_rng(seed)
    drivers = np.stack([unit(photos[:ENROLLED_PHOTOS].sum(axis=0)) for photos in faces.drivers])
    found: dict[str, list[Floats]] = {}
    for half in range(HALVES):
        asked = np.concatenate([faces.strangers[one] for one in range(HALVES) if one != half])
        kinds = {
            "drivers": drivers,
            "strangers' photos": faces.strangers[half],
            "mixed pictures": faces.mixed[half],
            "made vectors": made(faces.strangers[half], _MADE_TO_COMPARE, random),
        }
        for kind, templates in kinds.items():
            found.setdefault(kind, []).append((asked @ templates.T).ravel())
    return {kind: np.concatenate(parts) for kind, parts in found.items()}
