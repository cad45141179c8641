"""The faults of cheap cameras and bad weather, drawn at random for training."""

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]


def degrade(picture: Picture, rng: np.random.Generator) -> Picture:
    """One draw of camera faults.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        rng: Draws which faults and how strong.

    Returns:
        A picture of the same shape.
    """
    if rng.random() < 0.13:
        gamma = rng.uniform(1.4, 3.4)
        table = (255.0 * (np.arange(256) / 255.0) ** gamma * rng.uniform(0.4, 1.0)).astype(np.uint8)
        picture = np.asarray(cv2.LUT(picture, table), np.uint8)
        if rng.random() < 0.5:
            picture = _lamps(picture, rng)
    elif rng.random() < 0.05:
        picture = _lamps(picture, rng)
    elif rng.random() < 0.05:
        picture = _haze(picture, rng)
    if rng.random() < 0.06:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        picture = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    if rng.random() < 0.04:
        picture = _rain(picture, rng)
    if rng.random() < 0.09:
        picture = _blur(picture, rng)
    if rng.random() < 0.09:
        height, width = picture.shape[:2]
        factor = rng.uniform(0.35, 0.8)
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, (width, height)), np.uint8)
    if rng.random() < 0.09:
        noise = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(3.0, 18.0))
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.14:
        quality = int(rng.integers(18, 70))
        encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return picture


def _lamps(picture: Picture, rng: np.random.Generator) -> Picture:
    """Headlights, street lamps or the sun with their glare."""
    height, width = picture.shape[:2]
    glow = np.zeros((height // 4 + 1, width // 4 + 1, 3), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        centre = (int(rng.integers(glow.shape[1])), int(rng.integers(glow.shape[0])))
        tint = (rng.uniform(0.6, 1.0), rng.uniform(0.8, 1.0), 1.0)
        colour = [float(v * rng.uniform(150, 400)) for v in tint]
        cv2.circle(glow, centre, int(rng.integers(2, max(3, glow.shape[1] // 16))), colour, -1)
    glow = cv2.GaussianBlur(glow, (0, 0), rng.uniform(2.0, 10.0))
    spread = cv2.resize(glow, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(picture + spread, 0, 255), np.uint8)


def _haze(picture: Picture, rng: np.random.Generator) -> Picture:
    veil, kept = rng.uniform(120.0, 230.0), rng.uniform(0.35, 0.8)
    return (picture * np.float32(kept) + np.float32(veil * (1.0 - kept))).astype(np.uint8)


def _rain(picture: Picture, rng: np.random.Generator) -> Picture:
    height, width = picture.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    slant, length = rng.uniform(-0.4, 0.4), rng.uniform(0.02, 0.08) * height
    for x, y in rng.uniform(0.0, 1.0, (int(rng.integers(60, 250)), 2)) * [width, height]:
        end = (int(x + slant * length), int(y + length))
        cv2.line(streaks, (int(x), int(y)), end, int(rng.integers(60, 160)), 1, cv2.LINE_AA)
    return np.clip(picture.astype(np.int16) + streaks[..., None], 0, 255).astype(np.uint8)


def _blur(picture: Picture, rng: np.random.Generator) -> Picture:
    """Out of focus, or moved in any direction."""
    length = int(rng.integers(3, 9))
    kernel = np.zeros((length, length), np.float32)
    if rng.random() < 0.6:
        angle = rng.uniform(0.0, np.pi)
        reach = (length - 1) / 2.0
        step = np.array([np.cos(angle), np.sin(angle)]) * reach
        start, end = (reach - step).round().astype(int), (reach + step).round().astype(int)
        cv2.line(kernel, start.tolist(), end.tolist(), 1.0, 1)
    else:
        kernel[:] = 1.0
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)
