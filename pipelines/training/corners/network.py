"""The corner finder's network."""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.engines.corner_view import VIEW_HEIGHT, VIEW_WIDTH

_ROWS: Final = VIEW_HEIGHT // 4
_COLUMNS: Final = VIEW_WIDTH // 4


def _convolution(inputs: int, outputs: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _convolution(channels, channels),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(features + self.body(features))


class CornerNetwork(nn.Module):
    """Four heat maps, one a corner, whose centres of mass are the corners.

    ``forward`` takes ``(N, 64, 128, 3)`` uint8 RGB views and answers ``(N, 4, 2)`` float32 corners
    as shares of the view, and ``(N,)`` float32 logarithms of the expected error, the mean distance
    of a side from its place as a share of the plate's size.
    """

    def __init__(self) -> None:
        super().__init__()
        self.quarter = nn.Sequential(
            _convolution(3, 16, 2, 5), _convolution(16, 32, 2), Residual(32)
        )
        self.eighth = nn.Sequential(_convolution(32, 64, 2), Residual(64))
        self.sixteenth = nn.Sequential(_convolution(64, 96, 2), Residual(96), Residual(96))
        self.global_context = nn.Linear(96, 96)
        self.from_sixteenth = nn.Conv2d(96, 64, 1)
        self.from_eighth = nn.Conv2d(64, 32, 1)
        self.heat = nn.Sequential(_convolution(32, 32), nn.Conv2d(32, 4, 1))
        self.doubt = nn.Sequential(nn.Linear(96 + 8, 32), nn.ReLU(), nn.Linear(32, 1))
        x = (torch.arange(_COLUMNS) + 0.5) / _COLUMNS
        y = (torch.arange(_ROWS) + 0.5) / _ROWS
        grid = torch.stack([x.repeat(_ROWS), y.repeat_interleave(_COLUMNS)], dim=1)
        self.register_buffer("grid", grid, persistent=False)

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor]:
        pixels = views.permute(0, 3, 1, 2).float() / 127.5 - 1.0
        quarter = self.quarter(pixels)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        pooled = sixteenth.mean(dim=(2, 3))
        whole = sixteenth + self.global_context(pooled)[:, :, None, None]
        eighth = functional.relu(eighth + _doubled(self.from_sixteenth(whole)))
        quarter = functional.relu(quarter + _doubled(self.from_eighth(eighth)))
        heat = self.heat(quarter).float().flatten(2).softmax(dim=2)
        corners = heat @ self.grid
        spread = heat @ self.grid.square() - corners.square()
        doubt_input = torch.cat([pooled.float(), 20 * spread.flatten(1).clamp(min=0).sqrt()], dim=1)
        return corners, self.doubt(doubt_input.detach()).squeeze(1).float()


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="nearest")


def parameters(network: nn.Module) -> list[dict[str, Any]]:
    """Parameter groups: weights decay, biases and normalisations do not."""
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}]
