"""The training loop of the corner finder."""

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pipelines.training.corners import network as networks
from pipelines.training.corners.contexts import Context, Kind, load
from pipelines.training.corners.losses import Batch, box_errors, corner_errors, loss
from pipelines.training.corners.views import View, draw_view

_RATE: Final = 2.5e-3
_WARM_UP: Final = 200
_EMA_DECAY: Final = 0.999
_BOXED_SHARE: Final = 0.45
_EMPTY_SHARE: Final = 0.05
_REPORT_EVERY: Final = 250
_SAVE_EVERY: Final = 500
_VALIDATED: Final = 400
_CLOSE: Final = 0.03

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """How long and how wide: steps, views a step, threads."""

    steps: int
    batch: int
    threads: int


def train(out: Path, folders: Sequence[Path], plan: Plan) -> None:
    """Trains from the last checkpoint in ``out``, or from nothing.

    Args:
        out: Folder of the run; ``checkpoint.pt`` in it is replaced as a whole.
        folders: Shards; files that begin with ``validation`` only measure.
        plan: Steps, batch and threads.
    """
    torch.set_num_threads(plan.threads)
    cv2.setNumThreads(plan.threads)
    out.mkdir(parents=True, exist_ok=True)
    paths = [path for folder in folders for path in sorted(folder.glob("*.npz"))]
    held_out = [path for path in paths if path.name.startswith("validation")]
    pool = _by_kind(load(path for path in paths if path not in held_out))
    _log.info("training on %s", {kind.name: len(found) for kind, found in pool.items()})
    validation = _fixed_views(load(held_out))

    torch.manual_seed(0)
    network = networks.CornerNetwork().to(memory_format=torch.channels_last)
    average = AveragedModel(
        network, multi_avg_fn=get_ema_multi_avg_fn(_EMA_DECAY), use_buffers=True
    )
    optimiser = torch.optim.AdamW(networks.parameters(network), lr=_RATE, betas=(0.9, 0.98))
    first = _resume(out / "checkpoint.pt", network, average, optimiser)
    started = time.monotonic()
    costs = []
    for step in range(first, plan.steps):
        rng = np.random.default_rng((1, step))
        for group in optimiser.param_groups:
            group["lr"] = _rate(step, plan.steps)
        batch = _batch(pool, plan.batch, rng)
        network.train()
        with torch.autocast("cpu", torch.bfloat16):
            corners, doubt = network(batch.views)
        cost = loss(corners.float(), doubt, batch)
        optimiser.zero_grad(set_to_none=True)
        cost.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        average.update_parameters(network)
        costs.append(cost.item())
        last = step + 1 == plan.steps
        if (step + 1) % _REPORT_EVERY == 0 or last:
            pace = (time.monotonic() - started) / (step + 1 - first)
            _log.info("step %d loss %.4f, %.3f s a step", step + 1, np.mean(costs), pace)
            costs.clear()
        if (step + 1) % _SAVE_EVERY == 0 or last:
            _save(out / "checkpoint.pt", step + 1, network, average, optimiser)
            if validation:
                _log.info("validation %s", measure(average.module, validation))


def held_out_figures(checkpoint: Path, folders: Sequence[Path]) -> dict[str, float]:
    """Measures a checkpoint's averaged network on the validation shards of folders."""
    average = AveragedModel(networks.CornerNetwork())
    average.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    paths = [path for folder in folders for path in sorted(folder.glob("validation*.npz"))]
    return measure(average.module, _fixed_views(load(paths)))


def measure(network: torch.nn.Module, batches: Sequence[Batch]) -> dict[str, float]:
    """Figures on fixed views: shares of corners near their place, errors of boxes."""
    network.eval()
    figures: dict[str, list[float]] = {"corners": [], "corner_error": [], "box_error": []}
    doubts, errors = [], []
    with torch.inference_mode():
        for batch in batches:
            corners, doubt = network(batch.views)
            exact, boxed = batch.kinds == int(Kind.CORNERS), batch.kinds == int(Kind.BOX)
            off = corner_errors(corners[exact], batch.corners[exact], batch.sizes[exact])
            by_width = (corners - batch.corners)[exact] * torch.tensor([2.0, 1.0])
            near = by_width.norm(dim=2) <= _CLOSE * 2 * batch.sizes[exact][:, :1]
            figures["corners"] += near.float().mean(dim=1).tolist()
            figures["corner_error"] += off.abs().mean(dim=(1, 2)).tolist()
            boxes = box_errors(corners[boxed], batch.back[boxed]).abs().mean(dim=1).tolist()
            figures["box_error"] += boxes
            doubts += doubt[exact].tolist()
            errors += off.abs().mean(dim=(1, 2)).tolist()
    answer = {name: round(float(np.mean(values)), 4) for name, values in figures.items() if values}
    if len(doubts) > 2:
        answer["doubt_correlation"] = round(float(np.corrcoef(doubts, np.log(errors))[0, 1]), 3)
    return answer


def _by_kind(contexts: Sequence[Context]) -> dict[Kind, list[Context]]:
    return {
        kind: found for kind in Kind if (found := [each for each in contexts if each.kind is kind])
    }


def _batch(pool: dict[Kind, list[Context]], size: int, rng: np.random.Generator) -> Batch:
    boxed = round(size * _BOXED_SHARE / 2) if Kind.BOX in pool else 0
    empty = int(rng.random() < size * _EMPTY_SHARE) if Kind.NOTHING in pool else 0
    chosen = (
        [each for each in _drawn(pool[Kind.BOX], boxed, rng) for _ in range(2)] if boxed else []
    )
    chosen += _drawn(pool[Kind.NOTHING], empty, rng) if empty else []
    chosen += _drawn(pool[Kind.CORNERS], size - len(chosen), rng)
    return _collated([draw_view(each, rng) for each in chosen], [each.kind for each in chosen])


def _drawn(contexts: Sequence[Context], count: int, rng: np.random.Generator) -> list[Context]:
    return [contexts[index] for index in rng.integers(0, len(contexts), count).tolist()]


def _fixed_views(contexts: Sequence[Context]) -> list[Batch]:
    rng = np.random.default_rng(7)
    groups = _by_kind([each for each in contexts if each.kind is not Kind.NOTHING])
    chosen = [
        found[place]
        for found in groups.values()
        for place in rng.permutation(len(found))[:_VALIDATED].tolist()
    ]
    return [
        _collated(
            [draw_view(each, rng, worn=each.kind is Kind.CORNERS) for each in part],
            [each.kind for each in part],
        )
        for part in (chosen[start : start + 64] for start in range(0, len(chosen), 64))
    ]


def _collated(views: Sequence[View], kinds: Sequence[Kind]) -> Batch:
    return Batch(
        torch.from_numpy(np.stack([view.pixels for view in views])),
        torch.from_numpy(np.stack([view.corners for view in views])),
        torch.from_numpy(np.stack([view.size for view in views])),
        torch.from_numpy(np.stack([view.back for view in views])),
        torch.tensor([int(kind) for kind in kinds]),
    )


def _rate(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / _WARM_UP)
    return _RATE * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def _resume(path: Path, network: Any, average: Any, optimiser: Any) -> int:
    if not path.is_file():
        return 0
    known = torch.load(path, weights_only=True)
    network.load_state_dict(known["network"])
    average.load_state_dict(known["average"])
    optimiser.load_state_dict(known["optimiser"])
    return int(known["step"])


def _save(path: Path, step: int, network: Any, average: Any, optimiser: Any) -> None:
    state = {
        "step": step,
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
