"""Trains the plate detector: ultralytics' trainer with bfloat16 on the CPU and camera noise."""

import random
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from ultralytics.data import YOLODataset
from ultralytics.data.augment import Compose
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils.torch_utils import unwrap_model

from pipelines.training import torchvision_stand_in
from pipelines.training.camera_noise import degrade

RECIPE: Mapping[str, Any] = {
    "imgsz": 512,
    "batch": 16,
    # Every batch is a step: with a few thousand pictures the usual 64 leaves too few steps.
    "nbs": 16,
    "optimizer": "AdamW",
    "lr0": 6e-4,
    "lrf": 0.02,
    "cos_lr": True,
    "warmup_epochs": 0.5,
    "warmup_bias_lr": 6e-4,
    "weight_decay": 5e-4,
    "box": 10.0,
    "dfl": 2.0,
    "mosaic": 0.5,
    "close_mosaic": 5,
    "degrees": 4.0,
    "perspective": 0.0005,
    "shear": 2.0,
    "scale": (0.4, 1.6),
    "translate": 0.12,
    "hsv_h": 0.015,
    "hsv_s": 0.6,
    "hsv_v": 0.45,
    # A mirrored plate is no plate, but its outline is the same: a little variety, no more.
    "fliplr": 0.1,
    # The first three layers cost a quarter of a step and already see edges as they should.
    "freeze": 3,
    "patience": 1000,
    "nms": False,
    "amp": False,
    "device": "cpu",
    "seed": 7,
    "plots": False,
    "cache": "ram",
    "epochs": 20,
    # Validation by the trainer costs half an epoch and chooses nothing: the last epoch ships.
    "val": False,
}

# Each batch is scaled to one of these: most as the service's first look sees pictures.
SIDES = (320, 352, 384, 416, 416, 416, 448, 480, 512, 576)


class MixedPrecisionModel(DetectionModel):
    """A detection model whose training forward pass runs in bfloat16, channels last.

    The loss stays in float32. On a CPU with AMX a step takes a third of its float32 time.
    """

    def loss(self, batch: dict[str, Any], preds: Any = None) -> Any:
        """Computes the loss, as the base class does."""
        if preds is None:
            pictures = batch["img"].contiguous(memory_format=torch.channels_last)
            with torch.autocast(pictures.device.type, dtype=torch.bfloat16):
                preds = self.forward(pictures)
            preds = _to_float(preds)
        return super().loss(batch, preds)


class CameraNoise:
    """Makes pictures as poor as cheap cameras do: dark, blurred, noisy, over-compressed.

    Each fault comes on its own chance; most pictures get none or one.
    """

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Replaces ``labels["img"]``, ``(H, W, 3)`` uint8 BGR."""
        labels["img"] = degrade(labels["img"], np.random.default_rng())
        return labels


class PlateDataset(YOLODataset):
    """Ultralytics' data set with camera noise after its own augmentations."""

    def build_transforms(self, hyp: Any) -> Compose:
        """Builds the transforms; noise comes just before the picture becomes a tensor."""
        transforms = super().build_transforms(hyp)
        if self.augment:
            transforms.insert(len(transforms.transforms) - 1, CameraNoise())
        return transforms

    def close_mosaic(self, hyp: Any) -> None:
        """Ends mosaic, and with it every transform that makes a tilted plate's box loose."""
        hyp.degrees = hyp.shear = hyp.perspective = 0.0
        super().close_mosaic(hyp)


class PlateTrainer(DetectionTrainer):
    """Trains a ``MixedPrecisionModel`` on a ``PlateDataset``."""

    threads = 1
    workers = 1

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Scales the batch to one of ``SIDES``, half of the time as coarsely as OpenCV does."""
        batch = super().preprocess_batch(batch)
        side = random.choice(SIDES)
        if side != batch["img"].shape[-1]:
            batch["img"] = nn.functional.interpolate(
                batch["img"],
                size=(side, side),
                mode="bilinear",
                align_corners=False,
                antialias=random.random() < 0.5,
            )
        return batch

    def get_dataloader(
        self, dataset_path: str, batch_size: int = 16, rank: int = 0, mode: str = "train"
    ) -> Any:
        """Builds the loader; ultralytics sets the workers to none on a CPU, one keeps it busy."""
        self.args.workers = self.workers if mode == "train" else 0
        return super().get_dataloader(dataset_path, batch_size, rank, mode)

    def get_model(
        self, cfg: Any = None, weights: torch.nn.Module | None = None, verbose: bool = True
    ) -> MixedPrecisionModel:
        """Builds the model with an end-to-end head and copies the weights it shares."""
        model = MixedPrecisionModel(
            cfg, nc=self.data["nc"], ch=self.data["channels"], verbose=verbose
        )
        model.names = self.data["names"]
        if weights is not None:
            model.load(weights)
        torch.set_num_threads(self.threads)
        model.to(memory_format=torch.channels_last)
        return model

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        """Builds the data set; validation is left as ultralytics builds it."""
        if mode != "train":
            return super().build_dataset(img_path, mode, batch)
        return PlateDataset(
            img_path=img_path,
            imgsz=self.args.imgsz,
            batch_size=batch,
            augment=True,
            hyp=copy(self.args),
            cache=self.args.cache or None,
            stride=max(int(unwrap_model(self.model).stride.max()), 32),
            prefix="train: ",
            task="detect",
            data=self.data,
        )


def train(start: Path, dataset: Path, run: Path, overrides: Mapping[str, Any]) -> Path:
    """Trains, or goes on where a run was cut off.

    Args:
        start: Weights to start from (an end-to-end YOLOv8n checkpoint).
        dataset: The data set's YAML file.
        run: Folder of the run. If it holds ``weights/last.pt``, training resumes from there.
        overrides: Settings that replace the recipe's, such as ``epochs`` or ``time`` (hours).

    Returns:
        The last checkpoint.
    """
    torchvision_stand_in.install()
    last = run / "weights" / "last.pt"
    settings: dict[str, Any] = {**RECIPE, **overrides, "data": str(dataset)}
    settings.update(project=str(run.parent.resolve()), name=run.name, exist_ok=True)
    if last.exists():
        settings.update(model=str(last), resume=str(last))
    else:
        settings["model"] = str(start)
    trainer = PlateTrainer(overrides=settings)
    trainer.train()
    return Path(trainer.last)


def _to_float(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.float()
    if isinstance(value, dict):
        return {key: _to_float(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_float(item) for item in value]
    return value
