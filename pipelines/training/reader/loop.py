"""The plate reader's training loop."""

import json
import logging
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.training.reader.batches import Batch, plain_batches
from pipelines.training.reader.network import (
    COLUMNS,
    ROWS,
    WIDTHS,
    PlateReaderNetwork,
    read_greedily,
)
from pipelines.training.reader.samples import Samples

logger = logging.getLogger(__name__)

_REGION_WEIGHT: Final = 0.1
_EMA: Final = 0.9985
_CLIP: Final = 5.0
_LAST_RATE: Final = 0.01


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        steps: Batches in all.
        rate: Largest learning rate of AdamW; it rises over ``warmup`` and falls along a cosine.
        warmup: Batches.
        decay: Weight decay.
        checkpoint_every: Batches between checkpoints, each with a validation.
    """

    steps: int
    rate: float = 1.5e-3
    warmup: int = 300
    decay: float = 0.02
    checkpoint_every: int = 250

    def rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        done = min(1.0, (step - self.warmup) / max(1, self.steps - self.warmup))
        return self.rate * (_LAST_RATE + (1 - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done)))


@dataclass(frozen=True)
class Score:
    """How well plates are read: shares of all, O = 0 and I = 1 where folded."""

    plates: int
    exact: float
    folded: float


def train(
    network: PlateReaderNetwork,
    batches: Iterator[Batch],
    held_out: dict[str, Samples],
    schedule: Schedule,
    run: Path,
) -> PlateReaderNetwork:
    """Trains, or goes on from the run's checkpoint.

    Args:
        network: What to train; a checkpoint in ``run`` replaces its weights.
        batches: Endless training batches.
        held_out: Named samples to score along the way; they choose nothing.
        schedule: How long.
        run: Folder of the checkpoint and of ``log.jsonl``.

    Returns:
        The network with averaged weights.
    """
    run.mkdir(parents=True, exist_ok=True)
    network.to(memory_format=torch.channels_last)
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=_move_average, use_buffers=True
    )
    optimiser = torch.optim.AdamW(_groups(network, schedule.decay), lr=schedule.rate)
    checkpoint = run / "last.pt"
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        averaged.load_state_dict(state["averaged"])
        optimiser.load_state_dict(state["optimiser"])
        first = int(state["step"])
    losses, started = [], time.monotonic()
    for step in range(first, schedule.steps):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate_at(step)
        loss = _loss(network, next(batches))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
        optimiser.step()
        averaged.update_parameters(network)
        losses.append(float(loss.detach()))
        if (step + 1) % schedule.checkpoint_every == 0 or step + 1 == schedule.steps:
            scores = {name: score(averaged.module, part) for name, part in held_out.items()}
            _note(run, step + 1, losses, time.monotonic() - started, scores)
            losses.clear()
            _save(
                checkpoint,
                {
                    "network": network.state_dict(),
                    "averaged": averaged.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step + 1,
                    "regions": list(network.regions),
                    "widths": list(network.widths),
                },
            )
    trained: PlateReaderNetwork = averaged.module
    return trained


def steps_done(run: Path) -> int:
    """Steps of the run's checkpoint; 0 without one."""
    checkpoint = run / "last.pt"
    return int(torch.load(checkpoint, weights_only=True)["step"]) if checkpoint.exists() else 0


def trained_network(checkpoint: Path) -> PlateReaderNetwork:
    """The averaged network of a checkpoint, in evaluation mode."""
    state = torch.load(checkpoint, weights_only=True)
    network = PlateReaderNetwork(state["regions"], state.get("widths", WIDTHS))
    prefix = "module."
    weights = {
        name.removeprefix(prefix): value
        for name, value in state["averaged"].items()
        if name.startswith(prefix)
    }
    network.load_state_dict(weights)
    network.eval()
    return network


def score(network: nn.Module, samples: Samples) -> Score:
    """Reads samples without any chance in their views."""
    network.eval()
    exact = folded = 0
    texts = iter(samples.texts)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for batch in plain_batches(samples, ()):
            readings = read_greedily(network(_floats(batch.crops))[0])
            for (text, _), known in zip(readings, texts, strict=False):
                exact += text == known
                folded += _fold(text) == _fold(known)
    network.train()
    count = max(1, len(samples))
    return Score(len(samples), exact / count, folded / count)


def _fold(text: str) -> str:
    return text.replace("O", "0").replace("I", "1")


def _loss(network: PlateReaderNetwork, batch: Batch) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        characters, regions = network(_floats(batch.crops))
    count = len(batch.lengths)
    steps = torch.full((count,), ROWS * COLUMNS, dtype=torch.int64)
    reading = functional.ctc_loss(
        characters.transpose(0, 1),
        batch.targets,
        steps,
        batch.lengths,
        reduction="sum",
        zero_infinity=True,
    )
    likely = functional.log_softmax(regions, dim=1).masked_fill(~batch.regions, -torch.inf)
    region = -likely.logsumexp(dim=1).mean()
    return reading / count + _REGION_WEIGHT * region


def _move_average(averaged: list[Tensor], current: list[Tensor], count: Tensor) -> None:
    """Moves the averages; the first ones forget fast, as they average what knows nothing."""
    decay = min(_EMA, (1.0 + float(count)) / (20.0 + float(count)))
    for old, new in zip(averaged, current, strict=True):
        if old.is_floating_point():
            old.lerp_(new, 1.0 - decay)
        else:
            old.copy_(new)


def _floats(crops: Tensor) -> Tensor:
    return crops.to(torch.float32, memory_format=torch.channels_last)


def _groups(network: nn.Module, decay: float) -> Iterable[dict[str, Any]]:
    matrices = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def _note(
    run: Path, step: int, losses: list[float], seconds: float, scores: dict[str, Score]
) -> None:
    line = {
        "step": step,
        "loss": round(sum(losses) / len(losses), 4),
        "seconds": round(seconds),
        **{name: asdict(found) for name, found in scores.items()},
    }
    with (run / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    logger.info("%s", json.dumps(line))


def _save(path: Path, state: dict[str, Any]) -> None:
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    beside.replace(path)
