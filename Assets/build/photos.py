"""The photos and their masks.

A mask starts from outlines drawn by hand (`data/masks/*.json`, pixels of the original photo).
GrabCut then settles only a narrow band on both sides of an outline; strokes pin down what it
gets wrong, and `fill` / `erase` polygons are laid over its result.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from packages import Sources
from qtresource import QtResource

_MASKS = Path(__file__).parent / "data" / "masks"
_STROKE = 3  # half the width of a stroke, in pixels


@dataclass(frozen=True)
class Cutout:
    """A photo (RGB, 8 bit) and the mask of its animals (0 or 1)."""

    pixels: np.ndarray
    mask: np.ndarray


class Photos:
    """Photos from GCompris' resource archives."""

    def __init__(self, sources: Sources) -> None:
        self._folder = sources.gcompris_archives

    @lru_cache(maxsize=None)
    def _archive(self, name: str) -> QtResource:
        return QtResource(self._folder / f"{name}.rcc")

    def picture(self, archive: str, path: str) -> np.ndarray:
        """A photo as RGB."""
        image = Image.open(io.BytesIO(self._archive(archive).read(path)))
        return np.asarray(image.convert("RGB"))

    def has(self, archive: str, path: str) -> bool:
        """Whether an archive holds a photo (its README misspells some)."""
        return self._archive(archive).holds(path)

    @lru_cache(maxsize=None)
    def animal(self, name: str) -> Cutout:
        """A farm animal with its mask."""
        pixels = self.picture("explore_farm_animals", f"animals/{name}.webp")
        return Cutout(pixels, trace(pixels, json.loads((_MASKS / f"{name}.json").read_text())))


def trace(pixels: np.ndarray, drawing: dict) -> np.ndarray:
    """The mask that a drawing describes on a photo."""
    outline = np.zeros(pixels.shape[:2], np.uint8)
    for polygon in drawing["outlines"]:
        cv2.fillPoly(outline, [np.array(polygon, np.int32)], 1)
    band = int(drawing["band"])
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band + 1, 2 * band + 1))
    labels = np.full(outline.shape, cv2.GC_BGD, np.uint8)
    labels[cv2.dilate(outline, disc) == 1] = cv2.GC_PR_BGD
    labels[outline == 1] = cv2.GC_PR_FGD
    # Seen from inside, the edge of the photo is not an edge of the animal.
    labels[cv2.erode(outline, disc, borderType=cv2.BORDER_CONSTANT, borderValue=1) == 1] = cv2.GC_FGD
    for key, value in (("foreground", cv2.GC_FGD), ("background", cv2.GC_BGD)):
        for stroke in drawing[key]:
            cv2.polylines(labels, [np.array(stroke, np.int32)], False, int(value), 2 * _STROKE)
    cv2.setRNGSeed(1)
    empty = np.zeros((1, 65))
    bgr = np.ascontiguousarray(pixels[:, :, ::-1])
    cv2.grabCut(bgr, labels, None, empty, empty.copy(), 5, cv2.GC_INIT_WITH_MASK)
    mask = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = _tidy(mask)
    for polygon in drawing["fill"]:
        cv2.fillPoly(mask, [np.array(polygon, np.int32)], 1)
    for polygon in drawing["erase"]:
        cv2.fillPoly(mask, [np.array(polygon, np.int32)], 0)
    return mask


def _tidy(mask: np.ndarray) -> np.ndarray:
    """Smooths the edge and drops specks and pinholes."""
    mask = (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5) > 0.5).astype(np.uint8)
    for value, least in ((1, 150), (0, 60)):
        count, parts, stats, _ = cv2.connectedComponentsWithStats((mask == value).astype(np.uint8), connectivity=4)
        for part in range(1, count):
            if stats[part, cv2.CC_STAT_AREA] < least:
                mask[parts == part] = 1 - value
    return mask
