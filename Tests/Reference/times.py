"""Times: one run of c3n and one of the reference in turn, so that a slow phase of the machine meets both."""

import os
import statistics
import time

import torch

from c3n_torch import C3N

PARTS = ("audio", "backbone", "consensus", "backward", "ccam", "aspp", "fusion", "decoder")


def processor_name():
    """The processor as the system names it."""
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown processor"


def reference_run(net, images, waveform):
    """Milliseconds of each part and in whole."""
    begin = last = time.perf_counter()
    parts = {}

    def finished(part):
        nonlocal last
        now = time.perf_counter()
        parts[part], last = 1000 * (now - last), now

    net(images, waveform, finished=finished)
    parts["total"] = 1000 * (time.perf_counter() - begin)
    return parts


def program_run(program, variant, frames, threads):
    """The same of one measured run of `c3n bench`, which runs once unmeasured before."""
    report = program.report(
        "bench", "--json", "--variant", variant, "--runs", "1", "--frames", str(frames), "--threads", str(threads))
    return {**report["parts_ms"], "total": report["total_ms"]}, report


def compare_times(program, variant, frames, runs, threads):
    """`runs` pairs. Noise as input as in `c3n bench`; both are given frames and samples and return mask logits."""
    net = C3N(variant)
    random = torch.Generator().manual_seed(1)
    images = 4 * torch.rand(frames, 3, 224, 224, generator=random) - 2
    waveform = 0.2 * torch.rand(frames, 16_000, generator=random) - 0.1
    reference_run(net, images, waveform)  # packs the convolutions' weights for these shapes
    pairs, reports = [], []
    for _ in range(runs):
        ours, report = program_run(program, variant, frames, threads)
        reference_run(net, images, waveform)  # unmeasured, as c3n has one before
        pairs.append((ours, reference_run(net, images, waveform)))
        reports.append(report)
    return {
        "variant": variant, "frames": frames, "runs": runs, "threads": threads,
        "total": summary(pairs, "total"), "parts": {part: summary(pairs, part) for part in PARTS if has(pairs, part)},
        "c3n_reports": reports}


def has(pairs, part):
    """Whether both have the part; TPAVI has neither consensus nor CCAM."""
    return all(part in ours and part in theirs for ours, theirs in pairs)


def summary(pairs, part):
    """Medians in milliseconds, and the median, least and greatest ratio of a pair (c3n / PyTorch)."""
    ratios = [ours[part] / theirs[part] for ours, theirs in pairs]
    return {
        "c3n_ms": statistics.median(ours[part] for ours, _ in pairs),
        "torch_ms": statistics.median(theirs[part] for _, theirs in pairs),
        "ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios)}


def row(name, numbers):
    return (f"| {name} | {numbers['c3n_ms']:.1f} | {numbers['torch_ms']:.1f} | {numbers['ratio']:.3f}"
            f" ({numbers['ratio_min']:.3f} to {numbers['ratio_max']:.3f}) |")


def print_times(results):
    """A row a variant, then a row a part of each variant."""
    first = results[0]
    print(f"{processor_name()}, {first['threads']} threads, {first['frames']} frames, {first['runs']} pairs, PyTorch"
          f" {torch.__version__} ({torch.backends.cpu.get_cpu_capability()}), load average {os.getloadavg()[0]:.1f}")
    print("medians; ratio: c3n / PyTorch of a pair, below 1 c3n is faster (least to greatest)\n")
    print("| variant | c3n ms | PyTorch ms | ratio |\n|---|---|---|---|")
    for result in results:
        print(row(result["variant"], result["total"]))
    print("\n| variant | part | c3n ms | PyTorch ms | ratio |\n|---|---|---|---|---|")
    for result in results:
        for part, numbers in result["parts"].items():
            print(row(f"{result['variant']} | {part}", numbers))
