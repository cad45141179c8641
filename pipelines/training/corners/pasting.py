"""Flat plates in perspective on real photos: their corners are known exactly."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from pipelines.training.corners.contexts import Context, Kind, Pixels, Quad, cut_context, encode
from pipelines.training.synthesis.painting import SyntheticPlate


def paste(
    plate: SyntheticPlate,
    photo: Pixels,
    boxes: Sequence[Sequence[float]],
    rng: np.random.Generator,
) -> Context:
    """Lays a plate over a photo, over one of its own plates or anywhere.

    Args:
        plate: Flat; it may hang in a holder.
        photo: ``(H, W, 3)`` uint8 BGR.
        boxes: Of the photo's own plates, xyxy pixels.
        rng: Draws place and perspective.
    """
    width_px, height_px = np.ptp(plate.corners, axis=0).tolist()
    quad = perspective(width_px / height_px, rng)
    size = np.ptp(quad, axis=0)
    height, width = photo.shape[:2]
    if boxes and rng.random() < 0.6:
        x1, y1, x2, y2 = boxes[int(rng.integers(len(boxes)))]
        # Large enough that little of the plate below is left to see.
        scale = 1.15 * max((x2 - x1) / size[0], (y2 - y1) / size[1])
        middle = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
    else:
        scale = width * math.exp(rng.uniform(math.log(0.08), math.log(0.35))) / size[0]
        middle = rng.uniform(0.15, 0.85, 2) * (width, height)
    scale = min(scale, 0.9 * width / size[0], 0.9 * height / size[1])
    corners = ((quad - quad.mean(axis=0)) * scale + middle).astype(np.float32)
    low, high = corners.min(axis=0), corners.max(axis=0)
    context, frame = cut_context(photo, (*low.tolist(), *high.tolist()))
    factor = (frame[2] - frame[0]) / np.maximum(high - low, 1e-3)
    placed = (corners - low) * factor + frame[0]
    return encode(_laid(plate, context, placed.astype(np.float32), rng), placed, Kind.CORNERS)


def perspective(aspect: float, rng: np.random.Generator) -> Quad:
    """Corners of a rectangle of width ``aspect`` and height 1, turned in space and projected."""
    roll = np.radians(np.clip(rng.normal(0, 7), -30, 30))
    yaw, pitch = np.radians(np.clip(rng.normal(0, 25), -60, 60)), np.radians(rng.normal(0, 15))
    x, y = aspect / 2, 0.5
    points = np.array([(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)])
    turn_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    turn_x = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    turn_z = np.array(
        [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    turned = points @ (turn_z @ turn_y @ turn_x).T
    depth = turned[:, 2] + aspect * np.exp(rng.uniform(np.log(2.5), np.log(20)))
    projected = turned[:, :2] / depth[:, None]
    return np.asarray(projected / np.ptp(projected[:, 1]), np.float32)


def _laid(plate: SyntheticPlate, ground: Pixels, corners: Quad, rng: np.random.Generator) -> Pixels:
    """Warps a plate onto a ground with a soft edge, in its light and at times over a shadow."""
    span = float(np.ptp(corners, axis=0).max())
    scale = min(1.0, 1.2 * span / float(np.ptp(plate.corners, axis=0).max()))
    size = (round(plate.picture.shape[1] * scale), round(plate.picture.shape[0] * scale))
    flat = cv2.resize(plate.picture, size, interpolation=cv2.INTER_AREA)
    outline = cv2.resize(plate.mask, size, interpolation=cv2.INTER_AREA)
    light = np.exp(rng.normal(0, 0.15)) * (0.5 + 0.5 * ground.mean() / 120.0)
    flat = np.clip(flat * min(1.2, light), 0, 255).astype(np.uint8)
    own = (plate.corners * scale).astype(np.float32)
    # Corners speak of edges of pixels and OpenCV of their middles.
    matrix = cv2.getPerspectiveTransform(own - 0.5, corners - 0.5)
    canvas = ground.shape[1::-1]
    sheet = cv2.warpPerspective(flat, matrix, canvas, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(outline, matrix, canvas)
    if rng.random() < 0.5:
        drop = round(0.04 * span * rng.random()) + 1
        shadow = cv2.GaussianBlur(np.roll(mask, drop, axis=0), (0, 0), 2.0)
        dimmed = ground * (1 - rng.uniform(0.2, 0.7) * shadow[..., None] / 255.0)
        ground = dimmed.astype(np.uint8)
    weight = cv2.GaussianBlur(mask, (3, 3), 0)[..., None] / np.float32(255)
    return np.asarray(ground * (1 - weight) + sheet * weight, np.uint8)
