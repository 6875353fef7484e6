"""Makes clips of random masks and scores them under every protocol as AVSBench's program does. Needs NumPy. Run in this folder.

protocols.json: clips with category, frames of logits and mask [8, 6]; and for each protocol, for all clips and for each
category, mean IoU, F, F without silent clips, counts; and mean and deviation over categories. Written from the
definitions, without a look at the Swift code: thresholds one by one, batches as lists.
"""

import json

import numpy as np

H, W = 8, 6
random = np.random.default_rng(11)
step = float(np.float32(1 / 254))
thresholds = np.float32([step * i if i < 127 else 1 - step * (254 - i) for i in range(255)])


def frame(kind):
    mask = (random.random((H, W)) > 0.5).astype(int)
    logits = np.round(random.normal(0, 3, (H, W)), 4)
    if kind == "empty":
        mask[:] = 0
    if kind == "zero":
        logits[:] = -40
    if kind == "ties":
        logits = random.choice([-2.0, 0.0, 0.5, 2.0], (H, W))
    if kind == "good":
        logits = np.round((mask * 2 - 1) * random.random((H, W)) * 5, 4)
    if kind == "empty zero":
        mask[:] = 0
        logits[:] = -40
    return logits, mask


# Eleven clips, so that two and four leave an uneven last batch; two silent clips in a row make a silent batch of two.
kinds = [
    ("dog", ["random"] * 5),
    ("cat", ["good", "good", "empty", "random", "zero"]),
    ("dog", ["empty"] * 5),
    ("cat", ["empty zero", "empty"]),
    ("dog", ["zero"] * 4),
    ("owl", ["ties"] * 5),
    ("cat", ["good"] * 5),
    ("owl", ["random", "empty", "ties"]),
    ("owl", ["empty"]),
    ("dog", ["good", "zero", "random"]),
    ("pig", ["empty zero"]),
]
clips = [(category, [frame(kind) for kind in frames]) for category, frames in kinds]


def iou(logits, mask):
    p = 1 / (1 + np.exp(-logits.astype(np.float32)))
    predicted = p > 0.5
    if mask.sum() == 0:
        return (~predicted).sum() / (mask.size + 1e-7)
    return (predicted & (mask == 1)).sum() / ((predicted | (mask == 1)).sum() + 1e-7)


def curve(logits, mask):
    p = 1 / (1 + np.exp(-logits.astype(np.float32)))
    values = []
    for t in thresholds:
        predicted = p >= t
        hits = (predicted & (mask == 1)).sum()
        precision, recall = hits / (predicted.sum() + 1e-20), hits / (mask.sum() + 1e-20)
        with np.errstate(invalid="ignore", divide="ignore"):
            f = np.float64(1.3 * precision * recall) / np.float64(0.3 * precision + recall)
        values.append(0.0 if np.isnan(f) else float(f))
    return values


def batch(clips):
    frames = [f for _, clip in clips for f in clip]
    curves = [curve(l, m) for l, m in frames if m.sum()]
    return np.mean([iou(l, m) for l, m in frames]), np.max(np.mean(curves, 0)) if curves else 0.0, not curves


def split(clips, size):
    return [batch(clips[i : i + size]) for i in range(0, len(clips), size)]


def score(clips, size):
    size = size or len(clips)
    sounding = [c for c in clips if any(m.sum() for _, m in c[1])]
    batches = split(clips, size)
    frames = [f for _, clip in clips for f in clip]
    return {
        "iou": float(np.mean([b[0] for b in batches])),
        "f": float(np.mean([b[1] for b in batches])),
        "fSounding": float(np.mean([b[1] for b in split(sounding, size)])) if sounding else None,
        "clips": len(clips),
        "silent": len(clips) - len(sounding),
        "frames": len(frames),
        "empty": sum(m.sum() == 0 for _, m in frames).item(),
        "batches": len(batches),
        "silentBatches": sum(b[2] for b in batches),
    }


results = {}
for name, size in [("bs1", 1), ("bs2", 2), ("bs4", 4), ("global", None)]:
    categories = {c: score([x for x in clips if x[0] == c], size) for c in sorted({c for c, _ in clips})}
    spread = {k: [float(np.mean([v[k] for v in categories.values()])), float(np.std([v[k] for v in categories.values()]))]
              for k in ("iou", "f")}
    results[name] = {"all": score(clips, size), "categories": categories, "spread": spread}

stored = [{"category": c, "frames": [{"logits": l.ravel().tolist(), "mask": m.ravel().tolist()} for l, m in frames]}
          for c, frames in clips]
with open("protocols.json", "w") as file:
    json.dump({"clips": stored, "protocols": results}, file, separators=(",", ":"))
