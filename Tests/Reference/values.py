"""Values: the reference computes every intermediate tensor, and `c3n verify` holds its own against them."""

import math
import os
import tempfile

import torch
from safetensors.torch import save_file

from c3n_torch import C3N, read_fixture, sample, tolerance
from program import ROOT

INPUTS = os.path.join(ROOT, "Tests/C3NTests/Fixtures/pvt_panns.safetensors")

# Tensors of a part by the beginnings of their names, in the order of the computation.
PARTS = {
    "audio front end": ("panns_logmel", "beats_fbank"),
    "audio encoder": ("vggish_", "audio_embedding", "a_cls"),
    "visual backbone": ("stage", "v_cls"),
    "consensus": ("target_category", "reweighted_"),
    "omega": ("omega",),
    "CCAM": ("cs",),
    "ASPP": ("aspp",),
    "fusion": ("tpavi",),
    "decoder": ("path",),
    "mask logits": ("logits",),
}


def clip(frames):
    """Real frames [T, 3, 224, 224] and samples [T, 16000]: five of each in turn, every other turn mirrored and reversed."""
    tensors = read_fixture(INPUTS)[2]
    images, waveform = tensors["images"], tensors["waveform"]
    turns = math.ceil(frames / len(images))
    images = torch.cat([images.flip(3) if turn % 2 else images for turn in range(turns)])
    waveform = torch.cat([waveform.flip(0, 1) if turn % 2 else waveform for turn in range(turns)])
    return images[:frames].contiguous(), waveform[:frames].contiguous()


def reference_tensors(variant, seed, frames):
    """-> what `c3n verify` reads: inputs and reference tensors by name; and the frames' label gaps."""
    images, waveform = clip(frames)
    record = {}
    C3N(variant, seed)(images, waveform, record)
    gaps = record.pop("label_gap", torch.ones(frames)).tolist()
    record.pop("vggish_logmel", None)  # in a fixture it would stand for the waveform; what follows from it is compared
    tensors = {"images": images, "waveform": waveform}
    for name, tensor in record.items():
        is_map = tensor.dim() == 4 and name not in ("logits", "panns_logmel")
        tensors[name + "_sample" if is_map else name] = (sample(tensor, name) if is_map else tensor).contiguous()
    return tensors, gaps


def judged(tensors, report):
    """A line for each comparison that there must be: name, difference, tolerance, whether it is ok."""
    errors = {line["name"]: float(line["error"]) for line in report["tensors"]}
    limits = {name: tolerance(name, tensor) for name, tensor in tensors.items() if name not in ("images", "waveform")}
    limits["logits_signs"] = math.ceil(50 * tensors["logits"].numel() / 250_880)
    lines = []
    for name, limit in limits.items():
        error = errors.get(name)
        lines.append({
            "name": name, "part": part_of(name), "difference": error, "tolerance": limit,
            "ok": error is not None and error <= limit})
    return lines


def part_of(name):
    return next(part for part, beginnings in PARTS.items() if name.startswith(beginnings))


def compare_values(program, variant, seed, frames):
    """-> the variant's result: its lines, whether all are ok, and labels that are too close to compare."""
    tensors, gaps = reference_tensors(variant, seed, frames)
    with tempfile.TemporaryDirectory(prefix="c3n-reference-") as folder:
        path = os.path.join(folder, variant + ".safetensors")
        save_file(tensors, path, {"variant": variant, "seed": str(seed)})
        report = program.report("verify", "--json", path)[0]
    lines = judged(tensors, report)
    return {
        "variant": variant, "seed": seed, "frames": frames, "ok": all(line["ok"] for line in lines), "tensors": lines,
        "close_labels": [frame for frame, gap in enumerate(gaps, 1) if gap < 1e-5]}


def nearness(line):
    """How near a line is to its tolerance: 1 reaches it, no comparison is worse than any."""
    if line["difference"] is None or math.isnan(line["difference"]):
        return math.inf
    if line["tolerance"]:
        return line["difference"] / line["tolerance"]
    return math.inf if line["difference"] else 0


HEADING = "| variant | part | tensors | largest difference | tolerance | in | |\n|---|---|---|---|---|---|---|"


def print_variant(result):
    """A row for each part: the largest difference, measured by its tolerance."""
    for part in PARTS:
        lines = [line for line in result["tensors"] if line["part"] == part]
        if not lines:
            continue
        worst = max(lines, key=nearness)
        found = "not compared" if worst["difference"] is None else f"{worst['difference']:.2g}"
        verdict = "ok" if all(line["ok"] for line in lines) else "FAIL"
        print(f"| {result['variant']} | {part} | {len(lines)} | {found} | {worst['tolerance']:.2g} | {worst['name']}"
              f" | {verdict} |", flush=True)


def print_conclusion(results):
    """What failed, labels that rounding decides, and the count."""
    for result in results:
        for frame in result["close_labels"]:
            print(f"note: {result['variant']}, frame {frame}: the two best labels are within rounding; try another --seed")
    failed = [(result["variant"], line["name"]) for result in results for line in result["tensors"] if not line["ok"]]
    count = sum(len(result["tensors"]) for result in results)
    for variant, name in failed:
        print(f"FAIL {variant}: {name}")
    print(f"values: {count - len(failed)} of {count} comparisons within tolerance")
