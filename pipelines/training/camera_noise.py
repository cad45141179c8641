"""The faults of cheap cameras, drawn at random for training."""

import cv2
import numpy as np
import numpy.typing as npt


def degrade(picture: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """One draw of camera faults.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        rng: Draws which faults and how strong.

    Returns:
        A picture of the same shape.
    """
    if rng.random() < 0.12:
        gamma = rng.uniform(1.4, 3.0)
        table = (255.0 * (np.arange(256) / 255.0) ** gamma * rng.uniform(0.5, 1.0)).astype(np.uint8)
        picture = cv2.LUT(picture, table)
    if rng.random() < 0.06:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        picture = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    if rng.random() < 0.08:
        length = int(rng.integers(3, 8))
        kernel = np.zeros((length, length), np.float32)
        if rng.random() < 0.5:
            kernel[length // 2] = 1.0 / length
        else:
            kernel[:] = 1.0 / length**2
        picture = np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)
    if rng.random() < 0.1:
        height, width = picture.shape[:2]
        factor = rng.uniform(0.35, 0.8)
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, (width, height)), np.uint8)
    if rng.random() < 0.1:
        noise = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(3.0, 16.0))
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        quality = int(rng.integers(18, 70))
        encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return picture
