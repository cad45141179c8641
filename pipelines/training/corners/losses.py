"""What the corner finder's answers cost."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from pipelines.training.corners.contexts import Kind

_BETA: Final = 0.01
_PAIR_WEIGHT: Final = 0.5
_DOUBT_WEIGHT: Final = 0.05
_ERROR_OF_NOTHING: Final = 0.4


@dataclass(frozen=True, eq=False)
class Batch:
    """Views of contexts; each context with a box lies in two views, one after the other.

    Attributes:
        views: ``(N, 64, 128, 3)`` uint8 RGB.
        corners: ``(N, 4, 2)`` float32 shares of the view.
        sizes: ``(N, 2)`` float32 of the plate, shares of the view.
        back: ``(N, 3, 3)`` float32, from the view to the context's box.
        kinds: ``(N,)`` int64, `Kind`.
    """

    views: Tensor
    corners: Tensor
    sizes: Tensor
    back: Tensor
    kinds: Tensor


def mapped_back(corners: Tensor, back: Tensor) -> Tensor:
    """Takes ``(N, 4, 2)`` corners in views to the contexts' boxes."""
    ones = torch.ones_like(corners[..., :1])
    mapped = torch.cat([corners, ones], dim=2) @ back.transpose(1, 2)
    return mapped[..., :2] / mapped[..., 2:].clamp(min=0.1)


def box_errors(corners: Tensor, back: Tensor) -> Tensor:
    """How far the corners' bounding box is from the label's, ``(N, 4)``, shares of its size."""
    placed = mapped_back(corners, back)
    low, high = placed.amin(dim=1), placed.amax(dim=1)
    return torch.cat([low, high - 1.0], dim=1)


def corner_errors(corners: Tensor, batch_corners: Tensor, sizes: Tensor) -> Tensor:
    """``(N, 4, 2)`` errors as shares of the plate's width and height."""
    return (corners - batch_corners) / sizes[:, None]


def loss(corners: Tensor, doubt: Tensor, batch: Batch) -> Tensor:
    """The cost of one batch's answers.

    Known corners count by their distance; of a labelled box the bounding box of the corners does,
    and two views of it must agree. The doubt learns the size of the error (Laplace likelihood).
    """
    exact = batch.kinds == int(Kind.CORNERS)
    boxed = batch.kinds == int(Kind.BOX)
    errors = torch.full_like(doubt, _ERROR_OF_NOTHING)
    total = doubt.sum() * 0.0
    if exact.any():
        off = corner_errors(corners[exact], batch.corners[exact], batch.sizes[exact])
        total = total + _huber(off) * exact.float().mean()
        errors[exact] = off.detach().abs().mean(dim=(1, 2))
    if boxed.any():
        off = box_errors(corners[boxed], batch.back[boxed])
        placed = mapped_back(corners[boxed], batch.back[boxed])
        apart = placed[0::2] - placed[1::2]
        total = total + (_huber(off) + _PAIR_WEIGHT * _huber(apart)) * boxed.float().mean()
        errors[boxed] = off.detach().abs().mean(dim=1)
    likelihood = errors.clamp(max=0.5) * torch.exp(-doubt) + doubt
    return total + _DOUBT_WEIGHT * likelihood.mean()


def _huber(off: Tensor) -> Tensor:
    return functional.smooth_l1_loss(off.clamp(-2, 2), torch.zeros_like(off), beta=_BETA)
