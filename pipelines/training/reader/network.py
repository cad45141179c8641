"""The plate reader: a convolutional network read by CTC over two rows.

The picture keeps two rows of 40 columns to the end, and both are one sequence: a plate of two lines
is read upper line first, a plate of one line wherever the network puts it (CTC leaves that open).
CTC: Graves et al., "Connectionist Temporal Classification", ICML 2006.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

HEIGHT: Final = 64
WIDTH: Final = 160
ROWS: Final = 2
COLUMNS: Final = 40
CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLANK: Final = 0

WIDTHS: Final = (32, 64, 96, 128, 192)


class PlateReaderNetwork(nn.Module):
    """Plate crops in, log-probabilities of characters and of regions out.

    Args:
        regions: Names of the regions it tells apart, the first for "unknown".
        widths: Channels of the five stages.
    """

    def __init__(self, regions: Sequence[str], widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.regions = tuple(regions)
        self.widths = tuple(widths)
        first, second, third, fourth, last = widths
        self.stages = nn.Sequential(
            _step(3, first, 2),
            _step(first, second, 2),
            _Residual(second),
            _step(second, third, (2, 1)),
            _Residual(third),
            _Residual(third),
            _step(third, fourth, (2, 1)),
            _Residual(fourth),
            _Residual(fourth),
            _step(fourth, last, (2, 1)),
        )
        self.context = nn.Sequential(_Context(last), _Context(last))
        self.dropout = nn.Dropout(0.1)
        self.characters = nn.Linear(last, 1 + len(CHARACTERS))
        self.region = nn.Sequential(
            nn.Linear(2 * last, last), nn.ReLU(), nn.Linear(last, len(self.regions))
        )

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Read crops.

        Args:
            crops: ``(N, 3, 64, 160)`` float, RGB, [0, 255].

        Returns:
            ``(N, 80, 37)`` float32 log-probabilities, blank first, then ``CHARACTERS``; and
            ``(N, R)`` float32 region logits.
        """
        features = self.context(self.stages((crops - 127.5) / 64.0))
        sequence = features.flatten(2).transpose(1, 2)
        logits = self.characters(self.dropout(sequence)).float()
        pooled = torch.cat([features.mean((2, 3)), features.amax((2, 3))], dim=1)
        region = self.region(pooled).float()
        return functional.log_softmax(logits, dim=2), region


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _convolution(channels, channels, 3, 1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            _convolution(channels, channels, 3, 1),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(features + self.body(features))


class _Context(nn.Module):
    """Tells each place what lies along its rows, and in the whole picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.along = nn.Sequential(
            nn.Conv2d(channels, channels, (3, 7), padding=(1, 3), groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            _convolution(channels, channels, 3, 1),
            nn.BatchNorm2d(channels),
        )
        self.whole = nn.Sequential(
            nn.Linear(channels, channels // 4), nn.ReLU(), nn.Linear(channels // 4, channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        gate = torch.sigmoid(self.whole(features.mean((2, 3))))[:, :, None, None]
        return functional.relu(features + self.along(features) * (2.0 * gate))


def _step(before: int, after: int, stride: int | tuple[int, int]) -> nn.Module:
    return nn.Sequential(_convolution(before, after, 3, stride), nn.BatchNorm2d(after), nn.ReLU())


def _convolution(before: int, after: int, size: int, stride: int | tuple[int, int]) -> nn.Conv2d:
    return nn.Conv2d(before, after, size, stride=stride, padding=size // 2, bias=False)


def encode(text: str) -> list[int]:
    """Classes of a text's characters.

    Raises:
        ValueError: A character is not one of ``CHARACTERS``.
    """
    return [CHARACTERS.index(character) + 1 for character in text]


def read_greedily(log_probabilities: Tensor) -> list[tuple[str, float]]:
    """Texts by the likeliest class of each step, and the product of the steps' probabilities.

    Args:
        log_probabilities: ``(N, T, 37)``.
    """
    best, classes = log_probabilities.max(dim=2)
    readings = []
    for steps, total in zip(classes.tolist(), best.sum(dim=1).exp().tolist(), strict=True):
        kept = [
            CHARACTERS[now - 1]
            for before, now in zip([BLANK, *steps], steps, strict=False)
            if now not in (BLANK, before)
        ]
        readings.append(("".join(kept), total))
    return readings
