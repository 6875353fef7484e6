#!/usr/bin/env python3
"""Writes jitter.json: a small picture after single changes, by the arithmetic of torchvision's ColorJitter.

usage: make_jitter.py OUT.json

torchvision's functions for PIL pictures are Pillow's ImageEnhance for brightness, contrast and colour; the hue is
added, modulo 256, to the first channel of the picture in Pillow's HSV.
"""

import json
import random
import sys

from PIL import Image, ImageEnhance

CHANGES = [("brightness", 0.6), ("brightness", 1.37), ("contrast", 0.71), ("contrast", 1.4), ("saturation", 0.63), ("saturation", 1.29), ("hue", 0.09), ("hue", -0.1)]


def change(image: Image.Image, name: str, amount: float) -> Image.Image:
    if name == "hue":
        h, s, v = image.convert("HSV").split()
        h = h.point(lambda x: (x + int(amount * 255)) % 256)
        return Image.merge("HSV", (h, s, v)).convert("RGB")
    enhancer = {"brightness": ImageEnhance.Brightness, "contrast": ImageEnhance.Contrast, "saturation": ImageEnhance.Color}[name]
    return enhancer(image).enhance(amount)


def main() -> None:
    source = random.Random(5)
    pixels = [source.randrange(256) for _ in range(8 * 8 * 3)]
    for i in range(0, 24, 3):  # grays and pure colours too
        pixels[i : i + 3] = [i * 10] * 3
    pixels[24:30] = [255, 0, 0, 0, 0, 255]
    image = Image.frombytes("RGB", (8, 8), bytes(pixels))
    cases = [{"change": n, "amount": a, "pixels": list(change(image, n, a).tobytes())} for n, a in CHANGES]
    with open(sys.argv[1], "w") as out:
        json.dump({"pixels": pixels, "cases": cases}, out, separators=(",", ":"))
        out.write("\n")


main()
