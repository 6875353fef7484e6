"""Composites: cut-outs that drift over moving backgrounds, through a poor camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import cv2
import numpy as np

from pictures import FRAMES, SIZE

_HELD = 480  # longest side of a cut-out in memory


@dataclass(frozen=True)
class Look:
    """How strongly pictures are changed; 1 is the training set's strength, 0 leaves them alone."""

    strength: float = 1.0


@dataclass(frozen=True)
class Cutout:
    """Premultiplied RGBA in 0...1, without empty margins."""

    name: str
    category: str
    kin: str
    pixels: np.ndarray


def cutout(name: str, category: str, kin: str, rgb: np.ndarray, alpha: np.ndarray) -> Cutout:
    """Cuts a picture (8 bit) along its alpha (0...1)."""
    rows, columns = np.flatnonzero(alpha.max(axis=1) > 0.5), np.flatnonzero(alpha.max(axis=0) > 0.5)
    area = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cover = alpha[area][:, :, None].astype(np.float32)
    pixels = np.concatenate([rgb[area].astype(np.float32) / 255 * cover, cover], axis=2)
    scale = _HELD / max(pixels.shape[:2])
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return Cutout(name, category, kin, pixels)


@dataclass(frozen=True)
class Pose:
    """Centre, longest side (shares of the frame) and angle (degrees) at the first and last frame; mirrored or not."""

    start: tuple[float, float, float, float]
    end: tuple[float, float, float, float]
    mirrored: bool


def random_pose(rng: np.random.Generator, x: tuple[float, float], size: tuple[float, float]) -> Pose:
    """A pose with its centre's x and its size in these ranges, drifting a little."""
    side = float(np.exp(rng.uniform(*np.log(size))))
    reach = max(0.02, 0.5 - side * 0.4)
    start = (rng.uniform(*x), 0.53 + rng.uniform(-reach, reach) * 0.9, side, rng.uniform(-10, 10))
    drift = rng.normal(size=4) * (0.025, 0.02, 0, 2)
    end = (start[0] + drift[0], start[1] + drift[1], side * rng.uniform(0.9, 1.12), start[3] + drift[3])
    return Pose(tuple(map(float, start)), tuple(map(float, end)), bool(rng.random() < 0.5))


class Figure:
    """A cut-out as it looks in one clip."""

    def __init__(self, source: Cutout, pose: Pose, rng: np.random.Generator, look: Look) -> None:
        self._pose = pose
        pixels = source.pixels[:, ::-1] if pose.mirrored else source.pixels
        side = max(pose.start[2], pose.end[2]) * SIZE
        scale = min(1.0, 1.25 * side / max(pixels.shape[:2]))
        pixels = cv2.resize(np.ascontiguousarray(pixels), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        alpha = pixels[:, :, 3:]
        colour = recoloured(pixels[:, :, :3] / np.maximum(alpha, 1e-3), rng, look)
        if rng.random() < 0.4 * look.strength:  # lit from one side
            ramp = np.linspace(-1, 1, pixels.shape[1])[None, :, None] * rng.uniform(-0.35, 0.35)
            colour = colour * (1 + ramp + np.linspace(-1, 1, pixels.shape[0])[:, None, None] * rng.uniform(-0.3, 0.3))
        self._pixels = np.concatenate([np.clip(colour, 0, 1) * alpha, alpha], axis=2).astype(np.float32)
        self._feather = rng.uniform(0.3, 1.1)
        self._shadow = rng.uniform(0.1, 0.5) if rng.random() < 0.6 else 0.0

    def placed(self, frame: int) -> np.ndarray:
        """Premultiplied RGBA in the frame."""
        share = frame / (FRAMES - 1)
        x, y, side, angle = np.array(self._pose.start) * (1 - share) + np.array(self._pose.end) * share
        rows, columns = self._pixels.shape[:2]
        matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle, side * SIZE / max(rows, columns))
        matrix[:, 2] += (x * SIZE - columns / 2, y * SIZE - rows / 2)
        warped = cv2.warpAffine(self._pixels, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR)
        return cv2.GaussianBlur(warped, (0, 0), self._feather)

    def area(self, frame: int) -> float:
        """The pixels that the figure would cover if nothing hid or cut it."""
        share = frame / (FRAMES - 1)
        side = self._pose.start[2] * (1 - share) + self._pose.end[2] * share
        scale = side * SIZE / max(self._pixels.shape[:2])
        return float((self._pixels[:, :, 3] > 0.5).sum()) * scale**2

    def shade(self, alpha: np.ndarray) -> np.ndarray:
        """How much light is left on the ground beneath the figure (1 everywhere without a shadow)."""
        if not self._shadow:
            return np.ones((SIZE, SIZE, 1), np.float32)
        rows, columns = np.flatnonzero(alpha.max(axis=1) > 0.5), np.flatnonzero(alpha.max(axis=0) > 0.5)
        dark = np.zeros((SIZE, SIZE), np.float32)
        if len(rows):
            half = max(2, (columns[-1] - columns[0]) // 2)
            centre = (int(columns[0] + half), int(rows[-1]))
            cv2.ellipse(dark, centre, (half, max(3, half // 5)), 0, 0, 360, self._shadow, -1)
            dark = cv2.GaussianBlur(dark, (0, 0), 2 + half / 10)
        return 1 - dark[:, :, None]


def recoloured(colour: np.ndarray, rng: np.random.Generator, look: Look) -> np.ndarray:
    """Other colours: hue, saturation, tone curve and tint; sometimes a wholly different coat."""
    if look.strength == 0:
        return colour
    image = np.clip(colour, 0, 1).astype(np.float32)
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    wild = rng.random() < 0.2 * look.strength
    hsv[:, :, 0] = (hsv[:, :, 0] + rng.normal() * (60 if wild else 6) * look.strength) % 360
    hsv[:, :, 1] = np.clip(hsv[:, :, 1] * (rng.uniform(0, 1.6) if wild else rng.uniform(0.6, 1.35)), 0, 1)
    image = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    image = image ** float(np.exp(rng.normal() * (0.5 if wild else 0.28) * look.strength))
    low, high = rng.uniform(0, 0.15) * look.strength, 1 - rng.uniform(0, 0.2) * look.strength
    image = low + image * (high - low)
    return np.clip(image * (1 + rng.normal(size=3) * 0.06 * look.strength), 0, 1)


@dataclass(frozen=True)
class Scene:
    """A photo (8 bit) and the mask (0 or 1) of the animals in it."""

    name: str
    category: str
    pixels: np.ndarray
    mask: np.ndarray


class Background:
    """A picture over which a square window moves; the animals of a scene stay in the window."""

    def __init__(
        self, pixels: np.ndarray, rng: np.random.Generator, look: Look, mask: np.ndarray | None = None
    ) -> None:
        height, width = pixels.shape[:2]
        for _ in range(200):
            side = min(height, width) * rng.uniform(0.45, 0.95 if mask is None else 1.0)
            x, y = rng.uniform(side / 2, width - side / 2), rng.uniform(side / 2, height - side / 2)
            away = [float(np.clip(v + rng.normal() * 0.03 * side, side / 2, most - side / 2))
                    for v, most in ((x, width), (y, height))]
            self._path = np.array([(x, y, side), (*away, side * rng.uniform(0.9, 1.0))])
            if mask is None or all(_shows(mask, *window) for window in self._path):
                break
        scale = min(1.0, 1.3 * SIZE / side)
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        if mask is None and rng.random() < 0.45:
            small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.5, 4))
        layers = [recoloured(small, rng, look)]
        if mask is not None:
            cover = cv2.resize(mask.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA)
            layers.append(cover[:, :, None])
        joined = np.concatenate(layers, axis=2)
        if rng.random() < 0.5:
            joined = joined[:, ::-1]
            self._path[:, 0] = width - self._path[:, 0]
        self._pixels, self._scale = np.ascontiguousarray(joined, np.float32), scale

    def view(self, frame: int) -> np.ndarray:
        """What the camera sees of it."""
        return self._window(frame)[:, :, :3]

    def seen(self, frame: int) -> np.ndarray:
        """Where the camera sees the scene's animals (bool)."""
        return self._window(frame)[:, :, 3] > 0.5

    def _window(self, frame: int) -> np.ndarray:
        share = frame / (FRAMES - 1)
        x, y, side = (self._path[0] * (1 - share) + self._path[1] * share) * self._scale
        zoom = SIZE / side
        matrix = np.array([[zoom, 0, SIZE / 2 - x * zoom], [0, zoom, SIZE / 2 - y * zoom]])
        mirror = cv2.BORDER_REFLECT
        return cv2.warpAffine(self._pixels, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=mirror)


def _shows(mask: np.ndarray, x: float, y: float, side: float) -> bool:
    """Whether a window holds at least 65 % of the mask, which fills 6...75 % of it."""
    rows, columns = (slice(int(max(v - side / 2, 0)), int(v + side / 2)) for v in (y, x))
    inside = float(mask[rows, columns].sum())
    return inside >= 0.65 * float(mask.sum()) and 0.06 <= inside / side**2 <= 0.75


class Lens:
    """What one camera does to all frames of a clip: exposure, colour cast, blur, grain, JPEG."""

    def __init__(self, rng: np.random.Generator, look: Look) -> None:
        self._rng, strength = rng, look.strength
        self._gamma = float(np.exp(rng.normal() * 0.2 * strength))
        self._cast = (1 + rng.normal(size=3) * 0.05 * strength).astype(np.float32)
        across = np.linspace(-1, 1, SIZE, dtype=np.float32)
        tilt = rng.normal(size=2) * 0.12 * strength
        self._light = (1 + across[None, :] * tilt[0] + across[:, None] * tilt[1])[:, :, None].astype(np.float32)
        self._blur = rng.uniform(0.4, 1.6) if rng.random() < 0.3 * strength else 0.0
        self._grain = rng.uniform(0, 0.05) * strength if rng.random() < 0.5 else 0.0
        self._quality = int(rng.integers(30, 92)) if rng.random() < 0.6 * strength else 0
        self._grey = rng.random() < 0.03 * strength

    def taken(self, frame: np.ndarray) -> np.ndarray:
        """The frame as 8-bit RGB."""
        image = np.clip(frame * self._light * self._cast, 0, 1) ** self._gamma
        image = np.minimum(image * max(1.0, 0.25 / max(float(image.mean()), 0.05)), 1)  # no camera leaves it black
        if self._blur:
            image = cv2.GaussianBlur(image, (0, 0), self._blur)
        if self._grain:
            image = image + self._rng.normal(size=image.shape).astype(np.float32) * self._grain
        if self._grey:
            image = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2)
        out = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
        if self._quality:
            _, data = cv2.imencode(".jpg", out[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, self._quality])
            out = np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])
        return out


def composed(background: Background, figures: Sequence[Figure], frame: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """The frame (0...1) and what can be seen of each figure (bool), the nearest figure last."""
    canvas = background.view(frame)
    seen: list[np.ndarray] = []
    for figure in figures:
        layer = figure.placed(frame)
        alpha = layer[:, :, 3:]
        canvas = canvas * figure.shade(alpha[:, :, 0]) * (1 - alpha) + layer[:, :, :3]
        cover = alpha[:, :, 0] > 0.5
        seen = [earlier & ~cover for earlier in seen] + [cover]
    return canvas, seen


def made_background(rng: np.random.Generator) -> np.ndarray:
    """A plain made-up scene: meadow, sky over ground, or blotches of colour."""
    size, kind = 320, rng.integers(3)
    palette = rng.uniform(0.15, 0.85, size=(3, 3))
    palette += (palette.mean(axis=1, keepdims=True) - palette) * rng.uniform(0.2, 0.9)  # nature is seldom garish
    if kind < 2:
        palette[1] = (rng.uniform(0.15, 0.5), rng.uniform(0.3, 0.6), rng.uniform(0.08, 0.3))  # grass or straw
        if rng.random() < 0.3:
            palette[1] = palette[1][[1, 0, 2]] * (1.1, 1.3, 1)
    coarse = octaves(rng, size, (4, 8, 16))
    fine = octaves(rng, size, (64, 160), stretch=3 if kind < 2 else 1)
    image = palette[1] * (0.75 + 0.5 * coarse[:, :, None]) * (0.7 + 0.6 * fine[:, :, None])
    if kind == 1:
        horizon = rng.uniform(0.15, 0.6) * size
        rows = np.arange(size)[:, None, None]
        sky = np.array([0.45, 0.65, 0.95]) * rng.uniform(0.6, 1.1) + (rows / size) * rng.uniform(0, 0.5)
        sky = sky + (coarse[:, :, None] - 0.5) * rng.uniform(0, 0.5)
        image = np.where(rows + (coarse[:, :, None] - 0.5) * 30 < horizon, sky, image)
    elif kind == 2:
        blend = np.clip(coarse[:, :, None] * 2 - 0.5, 0, 1)
        image = palette[0] * blend + palette[2] * (1 - blend) + (fine[:, :, None] - 0.5) * rng.uniform(0, 0.4)
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def octaves(rng: np.random.Generator, size: int, cells: Sequence[int], stretch: int = 1) -> np.ndarray:
    """Smooth noise in 0...1 with details of these sizes, stretched upwards."""
    total = np.zeros((size, size), np.float32)
    for number, count in enumerate(cells):
        grid = rng.random((max(2, count // stretch), count)).astype(np.float32)
        total += cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC) / (number + 1)
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)
