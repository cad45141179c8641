"""What surrounds the vehicles of a street: weather, sky, houses with trees, the road's paint.

Colours are linear RGB; world coordinates are metres, y up, z towards the viewer.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from pipelines.training.sample_vehicles import Colour, Points, Values, f32


@dataclass(frozen=True)
class Weather:
    """Light: sun from elevation and azimuth (degrees, 0 = behind the camera), linear colours."""

    sun_elevation: float
    sun_azimuth: float
    sun: Colour
    zenith: Colour
    horizon: Colour
    exposure: float = 1.0


CLEAR = Weather(42, 40, (2.3, 2.1, 1.85), (0.22, 0.42, 0.85), (0.75, 0.85, 0.98), 0.55)
OVERCAST = Weather(60, -25, (0.45, 0.45, 0.45), (0.75, 0.78, 0.82), (0.9, 0.91, 0.93), 0.66)
EVENING = Weather(14, -50, (2.0, 1.15, 0.6), (0.2, 0.28, 0.5), (0.95, 0.62, 0.42), 0.75)


class Noise:
    """Smooth repeatable noise over the plane, about [-1, 1]."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self._table = random.uniform(-1, 1, (256, 256)).astype(np.float32)

    def __call__(self, u: Values, v: Values, octaves: int = 4) -> Values:
        count = len(u)
        grid = (-1, 1024)  # remap takes no side over 32,767
        padded = [np.resize(axis, -(-max(count, 1) // 1024) * 1024) for axis in (u, v)]
        total = np.zeros(len(padded[0]), dtype=np.float32).reshape(grid)
        for octave in range(octaves):
            scale = 2.0**octave
            columns, rows = (
                np.mod(axis * scale, 256).astype(np.float32).reshape(grid) for axis in padded
            )
            sample = cv2.remap(
                self._table, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
            )
            total += sample / scale
        return np.asarray(total.reshape(-1)[:count])


def sun_direction(weather: Weather) -> Values:
    """Unit vector towards the sun."""
    elevation, azimuth = np.radians((weather.sun_elevation, weather.sun_azimuth))
    flat = np.cos(elevation)
    return f32((np.sin(azimuth) * flat, np.sin(elevation), np.cos(azimuth) * flat))


def sky(weather: Weather, rays: Points) -> Points:
    """The cloudless sky along unit rays."""
    up = np.clip(rays[:, 1:2], 0, 1) ** 0.5
    return f32(weather.horizon) * (1 - up) + f32(weather.zenith) * up


def surroundings(weather: Weather, rays: Points) -> Points:
    """What glossy paint mirrors: sky, a dark band of houses, the road."""
    heaven = sky(weather, rays)
    level = rays[:, 1:2]
    houses = f32(weather.horizon) * 0.22
    road = f32(weather.horizon) * 0.16
    mirrored = road + (houses - road) * np.clip(level * 20 + 1, 0, 1)
    return np.asarray(mirrored + (heaven - mirrored) * np.clip((level - 0.1) * 9, 0, 1))


def draw_houses(colour: Points, weather: Weather, x: Values, y: Values, noise: Noise) -> None:
    """Paint a row of houses and trees over the sky, in place."""
    light = f32(weather.horizon) * 0.55 + f32(weather.sun) * 0.12
    lot = f32(np.floor(x / 8.5))
    tone = noise(lot * 3.7, lot * 1.3 + 9, 1)
    house = (y < 8 + 5 * noise(lot * 5.1, lot * 0.7, 1)) & (y > -1)
    warm = np.stack([0.42 + 0.2 * tone, 0.38 + 0.1 * tone, 0.34 - 0.05 * tone], axis=1)
    window = (np.mod(x, 2.1) > 0.7) & (np.mod(x, 2.1) < 1.7) & (np.mod(y, 2.9) > 1.1)
    window &= (np.mod(y, 2.9) < 2.5) & (y > 0.5)
    warm[window] = (0.1, 0.12, 0.15)
    colour[house] = (warm * light)[house]
    tree = f32(np.floor(x / 5))
    centre = (tree + 0.5 + 0.3 * noise(tree * 2.3, tree, 1)) * 5
    size = 1.9 + noise(tree * 7.7, tree + 3, 1)
    ragged = np.hypot(x - centre, (y - 3.4) * 0.8) + 0.5 * noise(x, y, 3)
    leaves = ragged < size
    shade = 0.6 + 0.25 * noise(x * 2, y * 2, 2) + 0.12 * (y - 3)
    green = shade[:, None] * f32((0.1, 0.17, 0.06)) * light * 1.6
    trunk = (np.abs(x - centre) < 0.16) & (y < 3) & (size > 1.2)
    colour[trunk] = f32((0.08, 0.06, 0.05)) * light
    colour[leaves] = green[leaves]


def road_albedo(x: Values, z: Values, noise: Noise) -> Points:
    """Asphalt with bay lines, a kerb and a pavement."""
    grain = noise(x * 40, z * 40, 2) * 0.18 + noise(x * 1.3, z * 1.3, 4) * 0.1
    albedo = f32((0.17, 0.17, 0.175)) * (1 + grain)[:, None]
    worn = 0.5 * noise(x * 9, z * 9, 3) < 0.32
    line = (np.abs(np.abs(x) - 1.45) < 0.06) & (z < 0.4) & (z > -5.2) & worn
    albedo[line] = f32(0.62)
    pavement = z < -8
    tiles = 0.36 * (1 + grain * 0.6) * np.where((np.mod(x, 0.9) < 0.03) | (z > -8.15), 0.7, 1)
    albedo[pavement] = (tiles[:, None] * f32((1, 0.98, 0.95)))[pavement]
    return f32(albedo)
