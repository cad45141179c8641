"""A street seen by a camera: ray-marched vehicles, a road, a blurred row of houses, a sky.

World coordinates are metres: x to the right, y up, z towards the viewer; the road is y = 0.
Colours are linear RGB until ``_develop``.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.training.sample_backdrops import (
    Noise,
    Weather,
    draw_houses,
    road_albedo,
    sky,
    sun_direction,
    surroundings,
)
from pipelines.training.sample_plates import PlateDesign
from pipelines.training.sample_vehicles import Points, Surface, Values, f32

_HOUSES_Z = -26.0
_STEPS = 70
_FAR = 1e6


class Vehicle(Protocol):
    """What can stand in a street."""

    low: Values
    high: Values
    plate_y: float

    def distance(self, p: Points) -> Values: ...

    def surface(self, p: Points, normal: Points) -> Surface: ...


@dataclass(frozen=True)
class Parked:
    """A vehicle's place: its plate end at (x, z), turned by ``yaw`` degrees about the vertical."""

    vehicle: Vehicle
    plate: PlateDesign | None
    x: float = 0.0
    z: float = 0.0
    yaw: float = 0.0


@dataclass(frozen=True)
class Street:
    """A whole picture; the camera stands at ``camera`` and looks at ``target``, metres."""

    parked: tuple[Parked, ...]
    weather: Weather
    size: tuple[int, int]
    camera: tuple[float, float, float] = (0.6, 1.5, 4.6)
    target: tuple[float, float, float] = (0.0, 0.75, -0.5)
    field_of_view: float = 42.0
    blur_px: float = 0.6
    noise: float = 0.012
    seed: int = 0


class _Hit(NamedTuple):
    distance: Values
    colour: Points


def photograph(street: Street, supersampling: float = 1.5) -> NDArray[np.uint8]:
    """Render a street as a photograph, ``(H, W, 3)`` uint8 BGR."""
    width, height = (round(side * supersampling) for side in street.size)
    eye, axes, focal = _camera(street, width)
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    rays = np.stack(
        [(columns - width / 2) / focal, (height / 2 - rows) / focal, -np.ones_like(rows)], axis=-1
    ).reshape(-1, 3)
    rays = (rays / np.linalg.norm(rays, axis=1, keepdims=True) @ axes).astype(np.float32)
    noise = Noise(street.seed)
    picture = _background(street, eye, rays, noise).reshape(height, width, 3)
    picture = _out_of_focus(picture, eye, rays, supersampling)
    flat = picture.reshape(-1, 3)
    nearest = np.full(len(rays), _FAR, dtype=np.float32)
    for parked in street.parked:
        hit = _shoot(street, parked, eye, rays)
        nearer = hit.distance < nearest
        nearest[nearer] = hit.distance[nearer]
        flat[nearer] = hit.colour[nearer]
    picture = cv2.resize(picture, street.size, interpolation=cv2.INTER_AREA)
    for parked in sorted(street.parked, key=lambda parked: parked.z):
        _mount_plate(picture, street, parked)
    return _develop(picture, street)


def _camera(street: Street, width: int) -> tuple[Values, Points, float]:
    """Eye, rows of camera axes in the world (right, up, back) and focal length in pixels."""
    eye = f32(street.camera)
    back = eye - f32(street.target)
    back /= np.linalg.norm(back)
    right = np.cross(f32((0, 1, 0)), back)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(back, right), back]).astype(np.float32)
    return eye, axes, width / 2 / float(np.tan(np.radians(street.field_of_view) / 2))


def _background(street: Street, eye: Values, rays: Points, noise: Noise) -> Points:
    weather = street.weather
    colour = sky(weather, rays)
    clouds = noise(rays[:, 0] * 3, rays[:, 1] * 9, 5)
    colour += np.clip(clouds, 0, 1)[:, None] * 0.25 * (f32(weather.horizon) - colour + 0.3)
    away = np.minimum(rays[:, 2], -1e-4)
    reach = (_HOUSES_Z - eye[2]) / away
    x, y = eye[0] + reach * rays[:, 0], eye[1] + reach * rays[:, 1]
    draw_houses(colour, weather, x + 37 * street.seed, y, noise)
    down = np.minimum(rays[:, 1], -1e-4)
    ground = (rays[:, 1] < -1e-4) & (-eye[1] / down < np.where(rays[:, 2] < 0, reach, _FAR))
    points = eye + (-eye[1] / down[ground])[:, None] * rays[ground]
    colour[ground] = _road(street, points, noise)
    return colour


def _road(street: Street, points: Points, noise: Noise) -> Points:
    """The road lit and shadowed, linear RGB; points lie on y = 0."""
    x, z = points[:, 0], points[:, 2]
    albedo = road_albedo(x, z, noise)
    sun = sun_direction(street.weather)
    shadow = np.ones(len(points), dtype=np.float32)
    open_sky = np.ones(len(points), dtype=np.float32)
    for parked in street.parked:
        reach = 2.8 + float(parked.vehicle.high[1]) / np.tan(np.arcsin(sun[1]))
        near = np.hypot(x - parked.x, z - parked.z + 2) < reach
        local = _to_local(parked, points[near])
        shadow[near] *= _sunlight(parked, local, _turn(sun[None], -parked.yaw)[0])
        gap = parked.vehicle.distance(local + f32((0, 0.12, 0)))
        open_sky[near] *= np.clip(0.12 + gap * 1.3, 0.12, 1)
    ambient = (f32(street.weather.zenith) + f32(street.weather.horizon)) * 0.4
    direct = f32(street.weather.sun) * (sun[1] * shadow)[:, None]
    return np.asarray(albedo * (ambient * open_sky[:, None] + direct))


def _sunlight(parked: Parked, local: Points, sun: Values) -> Values:
    """Share of the sun that reaches points, [0, 1], with a soft edge."""
    light = np.ones(len(local), dtype=np.float32)
    travelled = 0.04
    for _ in range(34):
        gap = parked.vehicle.distance(local + sun * f32(travelled))
        light = np.minimum(light, np.clip(0.5 + 8 * gap / (travelled + 0.25), 0, 1))
        travelled += 0.045 + 0.045 * travelled
    return light


def _turn(points: Points, degrees: float) -> Points:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = f32(((cosine, 0, -sine), (0, 1, 0), (sine, 0, cosine)))
    return np.asarray(points @ matrix, dtype=np.float32)


def _to_local(parked: Parked, points: Points) -> Points:
    return _turn(points - f32((parked.x, 0, parked.z)), -parked.yaw)


def _enter(vehicle: Vehicle, eye: Values, rays: Points) -> tuple[Values, Values]:
    """Distances at which rays enter and leave the vehicle's bounding box."""
    inverse = 1 / np.where(np.abs(rays) < 1e-6, f32(1e-6), rays)
    one, two = (vehicle.low - eye) * inverse, (vehicle.high - eye) * inverse
    return np.minimum(one, two).max(axis=1), np.maximum(one, two).min(axis=1)


def _shoot(street: Street, parked: Parked, eye: Values, rays: Points) -> _Hit:
    """March the rays that may hit a vehicle and colour what they hit."""
    vehicle, weather = parked.vehicle, street.weather
    local_eye, local_rays = _to_local(parked, eye[None])[0], _turn(rays, -parked.yaw)
    start, end = _enter(vehicle, local_eye, local_rays)
    distance = np.full(len(rays), _FAR, dtype=np.float32)
    active = np.flatnonzero((start < end) & (end > 0))
    travelled = np.maximum(start[active], 0).astype(np.float32)
    for _ in range(_STEPS):
        gap = vehicle.distance(local_eye + travelled[:, None] * local_rays[active])
        arrived = gap < 0.0008 * travelled
        distance[active[arrived]] = travelled[arrived]
        going = ~arrived & (travelled < end[active])
        active, travelled = active[going], travelled[going] + gap[going]
    distance[active] = travelled  # grazing rays that ran out of steps
    hits = np.flatnonzero(distance < _FAR)
    points = local_eye + distance[hits, None] * local_rays[hits]
    colour = np.zeros((len(rays), 3), dtype=np.float32)
    colour[hits] = _shade(parked, weather, points, local_rays[hits])
    return _Hit(distance, colour)


def _normal(vehicle: Vehicle, points: Points) -> Points:
    normal = np.zeros_like(points)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        step = f32(corner)
        normal += step * vehicle.distance(points + step * f32(0.004))[:, None]
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9))


def _shade(parked: Parked, weather: Weather, points: Points, rays: Points) -> Points:
    vehicle = parked.vehicle
    normal = _normal(vehicle, points)
    look = vehicle.surface(points, normal)
    sun = _turn(sun_direction(weather)[None], -parked.yaw)[0]
    occlusion = np.clip(0.25 + vehicle.distance(points + normal * f32(0.12)) * 8, 0, 1)
    near_road = np.clip(points[:, 1] * 2.2, 0.15, 1)
    level = normal[:, 1:2] * 0.5 + 0.5
    ambient = f32(weather.zenith) * level + f32(weather.horizon) * (1 - level) * 0.5
    ambient = ambient * 0.75 * (occlusion * near_road)[:, None]
    lit = np.clip(normal @ sun, 0, 1) * _sunlight(parked, points + normal * f32(0.03), sun)
    facing = np.clip(-(normal * rays).sum(axis=1, keepdims=True), 0, 1)
    mirrored = rays + 2 * facing * normal
    fresnel = 0.05 + 0.95 * (1 - facing) ** 5
    shine = look.gloss[:, None] * (0.04 + fresnel) * occlusion[:, None]
    highlight = np.clip(mirrored @ sun, 0, 1) ** 180 * lit * look.gloss * 3
    colour = look.albedo * (ambient + lit[:, None] * f32(weather.sun))
    colour += surroundings(weather, mirrored) * shine
    colour += highlight[:, None] * f32(weather.sun)
    return np.asarray(colour + look.albedo * look.glow[:, None] * 3)


def _out_of_focus(picture: Points, eye: Values, rays: Points, scale: float) -> Points:
    """Blur what lies beyond the vehicles."""
    height, width = picture.shape[:2]
    down = np.minimum(rays[:, 1], -1e-4)
    depth = np.where(rays[:, 1] < 0, -eye[1] / down * -rays[:, 2], _FAR)
    share = np.clip((depth - 9) / 14, 0, 1).astype(np.float32).reshape(height, width, 1)
    blurred = cv2.GaussianBlur(picture, (0, 0), 3.2 * scale * width / scale / 960)
    return np.asarray(picture + (blurred - picture) * share, dtype=np.float32)


def _mount_plate(picture: Points, street: Street, parked: Parked) -> None:
    """Fix the flat plate to the vehicle, in perspective and in its light, in place."""
    if parked.plate is None:
        return
    drawing = parked.plate.drawing
    rows, columns = drawing.shape[:2]
    half = f32((parked.plate.width_m, parked.plate.width_m * rows / columns)) / 2
    y = parked.vehicle.plate_y
    outline = [(-half[0], half[1]), (half[0], half[1]), (half[0], -half[1]), (-half[0], -half[1])]
    probe = f32([(x, y + dy, z) for x, dy in (*outline, (0, 0)) for z in _PROBE_Z])
    inside = parked.vehicle.distance(probe).reshape(5, -1) < 0
    z = max(_PROBE_Z[row.argmax()] if row.any() else -1.0 for row in inside) + 0.012
    corners = f32([(x, y + dy, z) for x, dy in outline])
    world = _turn(corners, parked.yaw) + f32((parked.x, 0, parked.z))
    eye, axes, focal = _camera(street, street.size[0])
    seen = (world - eye) @ axes.T
    centre = f32(street.size) / 2
    pixels = centre + focal * seen[:, :2] * f32((1, -1)) / -seen[:, 2:]
    reduced = _reduce(drawing, float(np.linalg.norm(pixels[1] - pixels[0])))
    high, wide = reduced.shape[:2]
    source = f32([(0, 0), (wide, 0), (wide, high), (0, high)])
    matrix = cv2.getPerspectiveTransform(source, pixels.astype(np.float32))
    sun = _turn(sun_direction(street.weather)[None], -parked.yaw)[0]
    middle = corners.mean(axis=0, keepdims=True) + f32((0, 0, 0.04))
    direct = max(float(sun[2]), 0) * float(_sunlight(parked, middle, sun)[0])
    light = f32(street.weather.sun) * direct
    light = light + f32(street.weather.horizon) * 0.45 + f32(street.weather.zenith) * 0.15
    linear = np.concatenate([reduced**2.2 * light, np.ones((high, wide, 1), np.float32)], axis=2)
    warped = cv2.warpPerspective(linear, matrix, street.size, flags=cv2.INTER_AREA)
    shadow = cv2.GaussianBlur(np.roll(warped[..., 3:], 2, axis=0), (0, 0), 2)[..., None]
    picture *= 1 - 0.5 * shadow
    picture *= 1 - warped[..., 3:]
    picture += warped[..., :3]


_PROBE_Z = np.linspace(0.3, -0.6, 181)


def _reduce(drawing: Points, width_px: float) -> Points:
    """Shrink to about twice the size it will have, so that the warp does not alias."""
    scale = min(1.0, 2 * width_px / drawing.shape[1])
    return np.asarray(cv2.resize(drawing, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _develop(picture: Points, street: Street) -> NDArray[np.uint8]:
    """Lens, sensor and tone curve: linear RGB to an 8-bit BGR photograph."""
    width, height = street.size
    exposed = np.maximum(picture, 0) * street.weather.exposure
    bright = cv2.GaussianBlur(np.maximum(exposed - 0.9, 0), (0, 0), width / 120)
    exposed = cv2.GaussianBlur(exposed + 0.5 * bright, (0, 0), street.blur_px)
    rows, columns = np.mgrid[:height, :width]
    off_axis = np.hypot(columns / width - 0.5, rows / height - 0.5)
    exposed *= (1 - 0.45 * off_axis[..., None] ** 2).astype(np.float32)
    grey = exposed.mean(axis=2, keepdims=True)
    exposed = np.maximum(grey + 1.25 * (exposed - grey), 0)
    # The filmic curve fitted by Krzysztof Narkowicz to ACES (2015).
    filmic = exposed * (2.51 * exposed + 0.03) / (exposed * (2.43 * exposed + 0.59) + 0.14)
    tones = np.clip(filmic, 0, 1) ** (1 / 2.2)
    random = np.random.default_rng(street.seed)
    grain = random.normal(0, street.noise, (height, width, 1)) + random.normal(
        0, street.noise / 2, tones.shape
    )
    return np.asarray(np.clip((tones + grain)[..., ::-1] * 255, 0, 255), dtype=np.uint8)
