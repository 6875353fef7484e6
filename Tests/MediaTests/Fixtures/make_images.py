"""Makes the image fixtures: small PNG and JPEG files and what Pillow reads in and resizes them to.

PNG variants that Pillow does not write (16-bit colour, 2- and 4-bit gray, interlaced) are written by hand, and
their expected samples follow from the PNG specification. Needs NumPy and Pillow before version 13, which began to
resize columns before rows where the height shrinks much more, and so rounds some samples to the next level.
"""

import pathlib
import struct
import zlib

import numpy as np
import PIL
from PIL import Image

assert int(PIL.__version__.split(".")[0]) < 13, "needs Pillow before version 13"

here = pathlib.Path(__file__).parent / "images"
here.mkdir(exist_ok=True)
random = np.random.default_rng(7)
W, H = 7, 5


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(row, depth):
    bits = "".join(format(int(v), f"0{depth}b") for v in row.ravel())
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def png(name, samples, colour, depth, palette=None, transparency=None, interlaced=False):
    """samples [H, W, channels] of integers below 2**depth, written without filters."""
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for x, y, dx, dy in passes:
        for row in samples[y::dy, x::dx]:
            if row.size:
                data += b"\0" + packed(row, depth)
    header = struct.pack(">IIBBBBB", W, H, depth, colour, 0, 0, int(interlaced))
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    if palette is not None:
        file += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if transparency is not None:
        file += chunk(b"tRNS", transparency)
    (here / f"{name}.png").write_bytes(file + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


def expect(name, rgb):
    rgb = np.asarray(rgb, dtype=np.uint8)
    assert rgb.shape == (H, W, 3)
    (here / f"{name}.rgb").write_bytes(rgb.tobytes())


def check_pillow(name, rgb):
    assert (np.array(Image.open(here / f"{name}.png").convert("RGB")) == rgb).all(), name


def noise(channels, depth):
    return random.integers(0, 2**depth, (H, W, channels))


for depth in (1, 2, 4, 8, 16):
    gray = noise(1, depth)
    png(f"gray{depth}", gray, 0, depth)
    eight = gray >> 8 if depth == 16 else gray * 255 // (2**depth - 1)
    expect(f"gray{depth}", eight.repeat(3, 2))
    if depth < 16:  # Pillow clips 16-bit gray instead of scaling it
        check_pillow(f"gray{depth}", eight)
for depth in (1, 2, 4, 8):
    palette = random.integers(0, 256, (2**min(depth, 5), 3))
    index = random.integers(0, len(palette), (H, W, 1))
    transparency = bytes(range(len(palette))) if depth == 8 else None
    png(f"palette{depth}", index, 3, depth, palette, transparency)
    expect(f"palette{depth}", palette[index[..., 0]])
    check_pillow(f"palette{depth}", palette[index[..., 0]])
    (here / f"palette{depth}.indices").write_bytes(index.astype(np.uint8).tobytes())
for name, colour, channels in (("rgb", 2, 3), ("rgba", 6, 4), ("grayalpha", 4, 2)):
    for depth in (8, 16):
        samples = noise(channels, depth)
        png(f"{name}{depth}", samples, colour, depth)
        eight = (samples >> (depth - 8))[..., : channels - (colour >> 2)]
        eight = np.broadcast_to(eight, (H, W, 3))
        expect(f"{name}{depth}", eight)
        check_pillow(f"{name}{depth}", eight)
samples = noise(3, 8)
png("transparent-colour", samples, 2, 8, transparency=struct.pack(">HHH", *samples[0, 0]))
expect("transparent-colour", samples)
png("interlaced", samples, 2, 8, interlaced=True)
expect("interlaced", samples)
check_pillow("interlaced", samples)

# JPEG: smooth pictures, because decoders may differ by a level.
y, x = np.mgrid[0:H, 0:W]
smooth = np.stack([30 * x + 20, 40 * y + 10, 200 - 20 * x - 5 * y], 2).astype(np.uint8)
for name, mode, options in (
    ("jpeg-rgb", "RGB", {}),
    ("jpeg-progressive", "RGB", {"progressive": True}),
    ("jpeg-gray", "L", {}),
    ("jpeg-cmyk", "CMYK", {}),
):
    Image.fromarray(smooth).convert(mode).save(here / f"{name}.jpg", quality=95, **options)
    expect(name, np.array(Image.open(here / f"{name}.jpg").convert("RGB")))

# Resizing: one source, several sizes; bilinear as RGB, nearest as a mask.
source = random.integers(0, 256, (47, 61, 3)).astype(np.uint8)
source[:20, :30] = 255
source[30:, 40:, 1] = 0
Image.fromarray(source).save(here / "resize-source.png")
mask = Image.fromarray(((source[..., 0] > 100) * 255).astype(np.uint8))
mask.convert("1", dither=Image.Dither.NONE).save(here / "resize-mask.png")
for width, height in ((40, 30), (61, 20), (13, 47), (90, 11), (70, 60)):
    resized = Image.fromarray(source).resize((width, height), Image.Resampling.BILINEAR)
    (here / f"resize-{width}x{height}.rgb").write_bytes(resized.tobytes())
    nearest = np.array(mask.resize((width, height), Image.Resampling.NEAREST)) // 255
    (here / f"resize-{width}x{height}.mask").write_bytes(nearest.astype(np.uint8).tobytes())

# As large as a phone's, and flat: few bytes for many pixels. Not among the small ones, of which others make cases.
large = here.parent / "large"
large.mkdir(exist_ok=True)
Image.new("L", (4032, 3024), 90).save(
    large / "jpeg-4032x3024-progressive.jpg", quality=20, progressive=True, optimize=True)
