"""Vehicles as signed distance functions, with paint that depends on the place.

Local coordinates are metres: x to the right as the camera sees it, y up from the road, z towards
the camera; the end with the plate lies near z = 0 and the vehicle reaches to negative z.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float32]
"""``(N,)`` float32."""
Points = NDArray[np.float32]
"""``(N, 3)`` float32."""
Colour = tuple[float, float, float]
Profile = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Surface:
    """What a surface looks like at N points: linear RGB ``(N, 3)``, gloss and glow ``(N,)``."""

    albedo: Points
    gloss: Values
    glow: Values


@dataclass(frozen=True)
class CarShape:
    """Side profiles as convex (z, y) polygons, seen end first, and half widths; metres."""

    body: Profile
    cabin: Profile
    half_width: float
    front: bool
    plate_y: float


SEDAN_REAR = CarShape(
    body=((0.0, 0.27), (0.05, 0.6), (-0.06, 0.94), (-0.8, 1.0), (-4.2, 0.8), (-4.4, 0.27)),
    cabin=((-0.5, 0.9), (-1.3, 1.38), (-1.9, 1.45), (-2.5, 1.42), (-3.3, 0.9)),
    half_width=0.9,
    front=False,
    plate_y=0.73,
)
HATCHBACK_REAR = CarShape(
    body=((0.0, 0.27), (0.05, 0.55), (-0.04, 0.95), (-1.0, 1.0), (-3.7, 0.8), (-3.9, 0.27)),
    cabin=((-0.04, 0.9), (-0.45, 1.42), (-1.2, 1.5), (-2.0, 1.46), (-2.9, 0.9)),
    half_width=0.87,
    front=False,
    plate_y=0.71,
)
SUV_REAR = CarShape(
    body=((0.0, 0.36), (0.05, 0.65), (-0.03, 1.08), (-1.0, 1.12), (-4.3, 0.98), (-4.5, 0.36)),
    cabin=((-0.03, 1.03), (-0.3, 1.6), (-1.2, 1.72), (-2.3, 1.68), (-3.2, 1.03)),
    half_width=0.94,
    front=False,
    plate_y=0.84,
)
SEDAN_FRONT = CarShape(
    body=((0.0, 0.24), (0.06, 0.5), (-0.1, 0.74), (-1.1, 0.97), (-4.3, 1.0), (-4.4, 0.24)),
    cabin=((-0.95, 0.9), (-1.8, 1.36), (-2.4, 1.45), (-3.2, 1.4), (-4.0, 0.9)),
    half_width=0.9,
    front=True,
    plate_y=0.42,
)


def f32(values: ArrayLike) -> NDArray[np.float32]:
    """The values as a float32 array."""
    return np.asarray(values, dtype=np.float32)


def _smooth_max(a: Values, b: Values, radius: float) -> Values:
    blend = np.maximum(radius - np.abs(a - b), 0) / radius
    return f32(np.maximum(a, b) + blend * blend * (radius / 4))


def _smooth_min(a: Values, b: Values, radius: float) -> Values:
    return -_smooth_max(-a, -b, radius)


def _prism(z: Values, y: Values, profile: Profile, radius: float) -> Values:
    """Distance to a convex (z, y) polygon with rounded edges."""
    corners = f32(profile)
    inside = corners.mean(axis=0)
    distance: Values | None = None
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        normal = f32((end[1] - start[1], start[0] - end[0]))
        normal /= np.hypot(*normal)
        if np.dot(inside - start, normal) > 0:
            normal = -normal
        plane = (z - start[0]) * normal[0] + (y - start[1]) * normal[1]
        distance = plane if distance is None else _smooth_max(distance, plane, radius)
    assert distance is not None
    return distance


def _box(p: Points, centre: Colour, half: Colour, radius: float) -> Values:
    q = np.abs(p - f32(centre)) - f32(half) + f32(radius)
    outside = np.sqrt((np.maximum(q, 0) ** 2).sum(axis=1))
    return f32(outside + np.minimum(q.max(axis=1), 0) - radius)


def _wheel(p: Points, centre: Colour, radius: float, half_width: float) -> Values:
    around = f32(np.hypot(p[:, 1] - centre[1], p[:, 2] - centre[2]) - radius)
    return _smooth_max(around, f32(np.abs(p[:, 0] - centre[0]) - half_width), 0.06)


class Car:
    """A car of a shape and paint."""

    def __init__(self, shape: CarShape, paint: Colour, lit: bool = False) -> None:
        self.shape = shape
        self.paint = paint
        self.lit = lit
        length = -min(z for z, _ in shape.body)
        height = max(y for _, y in shape.cabin)
        self.low = f32((-1.2, 0.0, -length - 0.1))
        self.high = f32((1.2, height + 0.05, 0.25))
        self.plate_y = shape.plate_y
        self._length = length

    def distance(self, p: Points) -> Values:
        """Signed distance, metres, a little underestimated."""
        s = self.shape
        x = np.abs(p[:, 0])
        y, z = p[:, 1], p[:, 2]
        bowed = z + 0.13 * x * x  # bumpers curve away towards the sides
        side = x - s.half_width + 0.14 * (y - 0.62) ** 2
        body = _smooth_max(_prism(bowed, y, s.body, 0.09), side, 0.12)
        lean = (x - (s.half_width - 0.16)) * 0.92 + (y - 0.95) * 0.36
        cabin = _smooth_max(_prism(bowed, y, s.cabin, 0.12), lean, 0.16)
        shell = _smooth_min(body, cabin, 0.07)
        low = s.body[0][1]
        bumper = _smooth_max(
            np.abs(y - low - 0.13) - 0.14, np.maximum(bowed - 0.1, side - 0.015), 0.06
        )
        bumper = np.maximum(bumper, -z - 0.55)
        shell = _smooth_min(shell, bumper, 0.05)
        mirrored = np.stack([x, y, z], axis=1)
        wheel_z = -0.85
        arch = _wheel(mirrored, (s.half_width, 0.33, wheel_z), 0.4, 0.3)
        shell = _smooth_max(shell, -arch, 0.02)
        wheel = _wheel(mirrored, (s.half_width - 0.13, 0.32, wheel_z), 0.32, 0.11)
        far = _wheel(mirrored, (s.half_width - 0.13, 0.32, 1.0 - self._length), 0.32, 0.11)
        mirror_y = s.cabin[0][1] + 0.1
        mirror_z = -1.45 if s.front else -self._length + 1.75
        mirror = _box(
            mirrored, (s.half_width + 0.04, mirror_y, mirror_z), (0.11, 0.075, 0.05), 0.045
        )
        return f32(np.minimum(np.minimum(shell, mirror), np.minimum(wheel, far)) * 0.8)

    def surface(self, p: Points, normal: Points) -> Surface:
        """Look of the surface at points with unit normals."""
        x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
        look = _Look(self.paint, len(p))
        s = self.shape
        low, belt = s.body[0][1], s.cabin[0][1]
        top = max(y for _, y in s.cabin)
        end = normal[:, 2] > 0.25
        tyre = (y < 0.66) & (z > -1.3) & (z < -0.42) & (x < s.half_width - 0.01)
        pane_top = top - 0.1
        side_pane = (np.abs(normal[:, 0]) > 0.6) & (y > belt + 0.09) & (y < pane_top)
        narrow = s.half_width - 0.3 - 0.36 * (y - belt)
        pane = (normal[:, 2] > 0.15) & (y > belt + 0.07) & (y < pane_top) & (x < narrow)
        pane &= z < (-0.9 if s.front else 0.0)
        look.put(side_pane | pane, (0.012, 0.015, 0.018), 0.9)
        look.put(np.abs(y - low - 0.29) < 0.006, (0.01, 0.01, 0.01), 0.1)
        look.put(y < low + 0.07, (0.02, 0.02, 0.022), 0.15)
        (self._front if s.front else self._rear)(look, x, y, z, end)
        look.put(tyre & (y < low + 0.34) & ~end, (0.012, 0.012, 0.013), 0.05)
        hub = np.hypot(y - 0.32, z + 0.85)
        turned_out = (np.abs(normal[:, 0]) > 0.7) & tyre
        look.put(turned_out & (hub < 0.2), (0.3, 0.3, 0.31), 0.7)
        look.put(turned_out & (np.abs(hub - 0.11) < 0.045), (0.05, 0.05, 0.05), 0.4)
        return look.finish()

    def _rear(self, look: "_Look", x: Values, y: Values, z: Values, end: NDArray[np.bool_]) -> None:
        low, belt = self.shape.body[0][1], self.shape.cabin[0][1]
        width = self.shape.half_width
        lamp_low, lamp_high = belt - 0.22, belt - 0.02
        trunk = end & (y > low + 0.29) & (y < belt + 0.02)
        look.put(trunk & (np.abs(x - width + 0.34) < 0.006), (0.01, 0.01, 0.01), 0.1)
        recess = end & (x < 0.36) & (np.abs(y - self.plate_y) < 0.105)
        look.darken(recess, 0.45)
        look.put(end & (x < 0.3) & (np.abs(y - self.plate_y - 0.12) < 0.012), (0.5, 0.5, 0.5), 0.9)
        lamp = (y > lamp_low) & (y < lamp_high) & (x > width - 0.36) & (z > -0.3)
        glow = 0.55 if self.lit else 0.0
        look.put(lamp, (0.32, 0.008, 0.01), 0.8, glow)
        inner = lamp & (np.abs(y - lamp_low - 0.06) < 0.03) & (x > width - 0.3) & (x < width - 0.08)
        look.put(inner, (0.5, 0.42, 0.36), 0.8, glow * 0.6)
        rim = lamp & ((y < lamp_low + 0.012) | (y > lamp_high - 0.012) | (x < width - 0.348))
        look.put(rim, (0.02, 0.01, 0.01), 0.6)
        reflector = end & (np.abs(y - low - 0.15) < 0.02) & (np.abs(x - 0.62) < 0.09)
        look.put(reflector, (0.3, 0.01, 0.01), 0.6)
        look.put(end & (np.hypot(x, y - belt + 0.03) < 0.035), (0.6, 0.6, 0.62), 1.0)

    def _front(
        self, look: "_Look", x: Values, y: Values, z: Values, end: NDArray[np.bool_]
    ) -> None:
        width, low = self.shape.half_width, self.shape.body[0][1]
        grille = end & (y > 0.545) & (y < 0.7) & (x < 0.42 - 0.4 * (0.7 - y))
        look.put(grille, (0.012, 0.012, 0.013), 0.3)
        look.put(grille & (np.mod(y, 0.036) < 0.011), (0.3, 0.3, 0.31), 0.9)
        look.put(end & (np.hypot(x, (y - 0.655) * 1.2) < 0.055), (0.62, 0.62, 0.64), 1.0)
        intake = end & (y > low + 0.06) & (y < low + 0.125) & (x < 0.55)
        look.put(intake, (0.01, 0.01, 0.01), 0.1)
        lamp = (y > 0.585) & (y < 0.715 + 0.08 * (x - width)) & (x > width - 0.4) & (z > -0.42)
        look.put(lamp, (0.2, 0.21, 0.23), 1.0)
        bulb = np.hypot(np.abs(x - width + 0.2) - 0.07, y - 0.64)
        look.put(lamp & (bulb < 0.055), (0.03, 0.03, 0.035), 1.0)
        look.put(lamp & (bulb < 0.04), (0.8, 0.8, 0.76), 1.0, 1.6 if self.lit else 0.1)
        fog = end & (np.hypot(x - 0.68, y - low - 0.14) < 0.05)
        look.put(fog, (0.3, 0.3, 0.32), 0.9)


class Motorbike:
    """A scooter seen from behind."""

    low = f32((-0.55, 0.0, -1.75))
    high = f32((0.55, 1.35, 0.25))
    plate_y = 0.56

    def __init__(self, paint: Colour, lit: bool = False) -> None:
        self.paint = paint
        self.lit = lit

    def distance(self, p: Points) -> Values:
        """Signed distance, metres, a little underestimated."""
        mirrored = p * f32((1, 1, 1))
        mirrored[:, 0] = np.abs(mirrored[:, 0])
        parts = [
            _wheel(p, (0, 0.27, -0.3), 0.27, 0.055),
            _wheel(p, (0, 0.27, -1.5), 0.27, 0.05),
            _box(p, (0, 0.5, -0.03), (0.12, 0.18, 0.015), 0.012),  # plate bracket
            _box(mirrored, (0.13, 0.38, -0.4), (0.03, 0.16, 0.04), 0.03),  # shock absorbers
            _box(p, (0.2, 0.33, -0.35), (0.05, 0.055, 0.32), 0.05),  # exhaust
            _box(p, (0, 0.92, -1.35), (0.33, 0.025, 0.025), 0.025),  # handlebar
            _box(mirrored, (0.27, 1.07, -1.33), (0.012, 0.14, 0.012), 0.012),
            _box(mirrored, (0.31, 1.2, -1.33), (0.085, 0.05, 0.025), 0.04),  # mirrors
            _box(mirrored, (0.17, 0.66, -0.1), (0.045, 0.03, 0.045), 0.03),  # indicators
        ]
        tail = _box(p, (0, 0.68, -0.42), (0.16, 0.14, 0.42), 0.11)
        seat = _box(p, (0, 0.83, -0.55), (0.15, 0.06, 0.48), 0.055)
        shield = _box(p, (0, 0.62, -1.3), (0.24, 0.34, 0.06), 0.06)
        shell = _smooth_min(_smooth_min(tail, seat, 0.05), shield, 0.05)
        for part in parts:
            shell = np.minimum(shell, part)
        return f32(shell * 0.9)

    def surface(self, p: Points, normal: Points) -> Surface:
        """Look of the surface at points with unit normals."""
        x, y, z = np.abs(p[:, 0]), p[:, 1], p[:, 2]
        look = _Look(self.paint, len(p))
        look.put((y > 0.795) & (z > -1.1), (0.015, 0.015, 0.016), 0.2)
        look.put((x < 0.07) & (y < 0.6) & ((z > -0.6) | (z < -1.2)), (0.014, 0.014, 0.015), 0.05)
        look.put((z > -0.08) & (y < 0.66), (0.02, 0.02, 0.02), 0.2)
        look.put((p[:, 0] > 0.1) & (y < 0.5), (0.35, 0.35, 0.36), 0.9)
        look.put((z < -1.28) & (y > 0.88), (0.02, 0.02, 0.02), 0.4)
        look.put((y > 1.12) & (normal[:, 2] > 0.7), (0.3, 0.33, 0.36), 1.0)
        lamp = (normal[:, 2] > 0.3) & (x < 0.11) & (np.abs(y - 0.73) < 0.045) & (z > -0.2)
        look.put(lamp, (0.4, 0.01, 0.01), 0.8, 0.6 if self.lit else 0.08)
        look.put((x > 0.125) & (np.abs(y - 0.66) < 0.04) & (z > -0.16), (0.5, 0.16, 0.01), 0.7)
        return look.finish()


class _Look:
    """Collects a surface region by region; later regions cover earlier ones."""

    def __init__(self, paint: Colour, count: int) -> None:
        self._albedo = np.tile(f32(paint), (count, 1))
        self._gloss = np.full(count, 0.55, dtype=np.float32)
        self._glow = np.zeros(count, dtype=np.float32)

    def put(
        self, where: NDArray[np.bool_], albedo: Colour, gloss: float, glow: float = 0.0
    ) -> None:
        self._albedo[where] = albedo
        self._gloss[where] = gloss
        self._glow[where] = glow

    def darken(self, where: NDArray[np.bool_], factor: float) -> None:
        self._albedo[where] *= f32(factor)
        self._gloss[where] *= f32(factor)

    def finish(self) -> Surface:
        return Surface(self._albedo, self._gloss, self._glow)
