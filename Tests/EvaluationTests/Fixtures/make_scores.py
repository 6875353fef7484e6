"""Makes logits and masks and scores them as the definitions say, threshold by threshold. Needs NumPy. Run in this folder.

scores.json: for each case logits and mask [12, 10], IoU, F curve (null where the mask is empty); and batches of cases
with mean IoU and F. Logits are rounded to 4 decimals so that their text is exact enough for 32-bit floats.
"""

import json

import numpy as np

H, W = 12, 10
random = np.random.default_rng(5)
mask = (random.random((H, W)) > 0.6).astype(int)
empty = np.zeros((H, W), int)
noisy = random.normal(0, 3, (H, W))
good = (mask * 2 - 1) * random.random((H, W)) * 6
ties = random.choice([-2.0, 0.0, 0.5, 2.0], (H, W))  # 0 is a probability of exactly 0.5, and of the middle threshold
cases = {
    "random": (noisy, mask),
    "good": (good, mask),
    "ties": (ties, mask),
    "all background": (np.full((H, W), -30.0), mask),
    "all object": (np.full((H, W), 30.0), mask),
    "saturated": (np.where(random.random((H, W)) > 0.5, 200.0, -200.0), mask),
    "all true": (noisy, np.ones((H, W), int)),
    "one pixel": (noisy, np.eye(H, W, 1, dtype=int) * (np.arange(H)[:, None] == 3)),
    "empty, random": (noisy, empty),
    "empty, all background": (np.full((H, W), -30.0), empty),
    "empty, all object": (np.full((H, W), 30.0), empty),
}
batches = [
    ["random"],
    ["random", "good", "ties"],
    ["random", "good", "empty, random", "all background"],
    ["empty, random", "empty, all object"],
    list(cases),
]

# As torch.linspace has them: a 32-bit step, each value rounded once, the upper half counted down from 1.
step = float(np.float32(1 / 254))
thresholds = np.float32([step * i if i < 127 else 1 - step * (254 - i) for i in range(255)])


def probability(logits):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-logits.astype(np.float32)))


def iou(p, truth):
    predicted = p > 0.5
    if truth.sum() == 0:
        return (~predicted).sum() / truth.size
    return (predicted & (truth == 1)).sum() / ((predicted | (truth == 1)).sum() + 1e-7)


def f_curve(p, truth):
    curve = []
    for t in thresholds:
        predicted = p >= t
        hits = (predicted & (truth == 1)).sum()
        precision, recall = hits / (predicted.sum() + 1e-20), hits / (truth.sum() + 1e-20)
        bottom = 0.3 * precision + recall
        curve.append(1.3 * precision * recall / bottom if bottom > 0 else 0.0)
    return curve


scores = {}
for name, (logits, truth) in cases.items():
    logits = np.round(logits, 4)
    p = probability(logits)
    curve = f_curve(p, truth) if truth.sum() else None
    scores[name] = {"logits": logits.ravel().tolist(), "mask": truth.ravel().tolist(), "iou": iou(p, truth), "f": curve}
results = []
for names in batches:
    curves = [scores[n]["f"] for n in names if scores[n]["f"] is not None]
    results.append({
        "cases": names,
        "iou": float(np.mean([scores[n]["iou"] for n in names])),
        "f": float(np.mean(curves, 0).max()) if curves else 0.0,
        "empty": len(names) - len(curves),
    })
with open("scores.json", "w") as file:
    rounded = json.loads(json.dumps({"cases": scores, "batches": results}), parse_float=lambda x: round(float(x), 9))
    json.dump(rounded, file, separators=(",", ":"))
