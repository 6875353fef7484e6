"""Frames and masks: a camera that moves over a photo, and cut-outs set into a background."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import cv2
import numpy as np
from PIL import Image

SIZE = 224
FRAMES = 5
_FINE = 4 * SIZE  # composites are drawn four times as large and then reduced


def between(start: Sequence[float], end: Sequence[float], frame: int) -> np.ndarray:
    """The value at a frame on the straight way from the first frame's to the last frame's."""
    share = frame / (FRAMES - 1)
    return np.asarray(start, float) * (1 - share) + np.asarray(end, float) * share


def box(camera: dict, frame: int) -> tuple[float, float, float, float]:
    """The camera's square at a frame: it goes from one (centre x, centre y, side) to another."""
    x, y, side = between(camera["from"], camera["to"], frame)
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


def view(pixels: np.ndarray, square: tuple[float, float, float, float], size: int = SIZE) -> np.ndarray:
    """What the camera sees of a photo, anti-aliased."""
    left, top, right, bottom = square
    height, width = pixels.shape[:2]
    if left < 0 or top < 0 or right > width or bottom > height:
        raise ValueError(f"the camera leaves the {width}x{height} photo: {square}")
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.LANCZOS, box=square))


def mask_view(mask: np.ndarray, square: tuple[float, float, float, float]) -> np.ndarray:
    """What the camera sees of a mask (0 or 1): a pixel counts when half of it is covered."""
    cover = Image.fromarray(mask * np.uint8(255)).resize((SIZE, SIZE), Image.Resampling.BOX, box=square)
    return (np.asarray(cover) > 127).astype(np.uint8)


class Figure:
    """An animal cut out of its photo (the largest connected part of the mask)."""

    def __init__(self, pixels: np.ndarray, mask: np.ndarray) -> None:
        _, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        part = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        left, top, width, height = (int(v) for v in stats[part, :4])
        area = np.s_[max(top - 4, 0) : top + height + 4, max(left - 4, 0) : left + width + 4]
        inner = cv2.erode((parts[area] == part).astype(np.float32), np.ones((3, 3)))
        alpha = cv2.GaussianBlur(inner, (0, 0), 1.0)[:, :, None]
        self._premultiplied = np.concatenate([pixels[area] / 255.0 * alpha, alpha], axis=2).astype(np.float32)

    def scaled(self, height: int) -> np.ndarray:
        """Premultiplied RGBA at a height in pixels."""
        rows, columns = self._premultiplied.shape[:2]
        size = (max(1, round(columns * height / rows)), height)
        planes = [
            np.asarray(Image.fromarray(self._premultiplied[:, :, k]).resize(size, Image.Resampling.BICUBIC))
            for k in range(4)
        ]
        return np.clip(np.stack(planes, axis=2), 0, 1)


def compose(
    background: np.ndarray, placed: Sequence[tuple[np.ndarray, float, float]]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Sets figures (RGBA, centre x, feet y in 0...1) on a background, the nearest last.

    Returns the frame and, for each figure, the mask of what remains visible of it.
    """
    canvas = background.astype(np.float32) / 255
    visible: list[np.ndarray] = []
    for figure, x, feet in placed:
        height, width = figure.shape[:2]
        left, top = round(x * _FINE - width / 2), round(feet * _FINE - height)
        alpha = np.zeros((_FINE, _FINE, 4), np.float32)
        rows = slice(max(top, 0), min(top + height, _FINE))
        columns = slice(max(left, 0), min(left + width, _FINE))
        alpha[rows, columns] = figure[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        shadow = np.zeros((_FINE, _FINE), np.float32)
        centre = (round(x * _FINE), round(feet * _FINE) - height // 30)
        cv2.ellipse(shadow, centre, (int(width * 0.42), max(height // 16, 4)), 0, 0, 360, 0.45, -1)
        shadow = cv2.GaussianBlur(shadow, (0, 0), height / 24)[:, :, None]
        canvas = canvas * (1 - shadow)
        canvas = canvas * (1 - alpha[:, :, 3:]) + alpha[:, :, :3]
        covered = alpha[:, :, 3] > 0.5
        visible = [np.where(covered, 0, earlier) for earlier in visible] + [covered.astype(np.uint8)]
    frame = Image.fromarray(np.round(np.clip(canvas, 0, 1) * 255).astype(np.uint8))
    whole = (0, 0, _FINE, _FINE)
    small = np.asarray(frame.resize((SIZE, SIZE), Image.Resampling.LANCZOS))
    return small, [mask_view(part.astype(np.uint8), whole) for part in visible]


def fine_view(pixels: np.ndarray, square: tuple[float, float, float, float]) -> np.ndarray:
    """The background of a composite at the size it is drawn in."""
    return view(pixels, square, _FINE)


def write_png(path: Path, pixels: np.ndarray) -> None:
    """Writes an RGB frame or an 8-bit mask (0 or 255), as small as PNG allows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if pixels.ndim == 2:
        pixels = pixels * np.uint8(255)
    Image.fromarray(pixels).save(path, optimize=True)


def figure_height(share: float) -> int:
    """A height as a share of the frame, in pixels of the drawing size."""
    return round(share * _FINE)
