#!/usr/bin/env python3
"""Trains the paper's Table II in small on `lite`, from nothing, and prints it with its spread.

Five rows (no audio and no consensus, CC-V, CC, AF, AF + CC) times the seeds. Everything but the row's switches is the
same: frozen backbone and audio encoder, clips, steps, rates; a seed gives all rows the same initial decoder and the
same order. A run that was interrupted goes on, and a finished one is not made again.
Needs Python 3.10 or newer and no packages; SET is what `make_training_set.py` made.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROWS = {
    "none": ["--no-audio-features", "--consensus", "none"],
    "CC-V": ["--no-audio-features", "--consensus", "visual"],
    "CC": ["--no-audio-features"],
    "AF": ["--consensus", "none"],
    "AF+CC": [],
}
RECIPE = [
    "--variant", "lite", "--width", "16", "--batch", "4", "--seconds-per-clip", "1", "--frames-per-clip", "1",
    "--no-color-jitter", "--no-flip", "--learning-rate", "2e-3", "--final-learning-rate", "1e-4",
    "--steady-epochs", "0", "--validate-every", "1000", "--save-every", "2", "--cache", "4000", "--threads", "1",
]  # fmt: skip
HELD_OUT = ("one_of_two", "one_of_two_swapped", "s4")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path, help="the training set")
    parser.add_argument("work", type=Path, help="folder of the runs")
    parser.add_argument("--clips", type=int, default=600, help="the first of the two-source training clips")
    parser.add_argument("--validation", type=int, default=60, help="the first of the validation clips")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--measured", type=int, nargs="*", metavar="SEED", help="seeds to score clips for, or all")
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time, of one thread each")
    parser.add_argument("--c3n", type=Path, default=Path(__file__).parents[2] / ".build/release/c3n")
    arguments = parser.parse_args()

    data = subset(arguments.set / "ms3", arguments.work / "ms3", arguments.clips, arguments.validation)
    runs = [(seed, row) for seed in arguments.seeds for row in ROWS]

    chosen = arguments.seeds if arguments.measured is None else arguments.measured

    def trained(run: tuple[int, str]) -> dict[str, float]:
        seed, row = run
        folder = arguments.work / f"{row}-{seed}"
        train(arguments.c3n, data, folder, row, seed, arguments.epochs)
        return {"validation": validation(folder)}

    def scored(run: tuple[int, str]) -> dict[str, float]:
        seed, row = run
        if seed not in chosen:
            return {}
        return measured(arguments.c3n, arguments.work / f"{row}-{seed}", row, arguments.set / "held_out")

    with ThreadPoolExecutor(arguments.jobs) as pool:
        results = dict(zip(runs, pool.map(trained, runs)))
        for run, scores in zip(runs, pool.map(scored, runs)):
            results[run] |= scores
    print(table(results))


def subset(tree: Path, output: Path, clips: int, validation: int) -> Path:
    """The same tree with a shorter list of clips."""
    output.mkdir(parents=True, exist_ok=True)
    left = {"train": clips, "val": validation}
    with (tree / "ms3_meta_data.csv").open(newline="") as stream:
        header, *rows = csv.reader(stream)
    kept = []
    for row in rows:
        if left.get(row[1], 0) > 0:
            left[row[1]] -= 1
            kept.append(row)
    missing = {split: count for split, count in left.items() if count > 0}
    if missing:
        raise SystemExit(f"{tree}: too few clips, more expected: {missing}")
    with (output / "ms3_meta_data.csv").open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *kept])
    data = output / "ms3_data"
    data.mkdir(exist_ok=True)
    for part in ("visual_frames", "gt_masks", "audio_wav"):
        if not (data / part).exists():
            (data / part).symlink_to((tree / "ms3_data" / part).resolve())
    return output


def train(c3n: Path, data: Path, folder: Path, row: str, seed: int, epochs: int) -> None:
    """Makes a run, or what is left of it."""
    command = [str(c3n), "train", str(data), "--output", str(folder)]
    if (folder / "training.safetensors").exists():
        command += ["--resume", "--threads", "1", "--cache", "4000"]
    else:
        command += [*RECIPE, *ROWS[row], "--epochs", str(epochs), "--seed", str(seed)]
    with (folder.parent / f"{row}-{seed}.txt").open("a") as log:
        subprocess.run(command, check=True, stdout=log, stderr=subprocess.STDOUT)


def validation(folder: Path) -> float:
    """The mean IoU after the last epoch."""
    with (folder / "log.csv").open(newline="") as stream:
        return [float(line["miou"]) for line in csv.DictReader(stream) if line["kind"] == "val"][-1]


def measured(c3n: Path, folder: Path, row: str, held_out: Path) -> dict[str, float]:
    """Mean IoU (protocol bs4) on the held-out and on the embedded clips."""
    found: dict[str, float] = {}
    for data in [*(held_out / name for name in HELD_OUT), Path("embedded")]:
        command = [str(c3n), "evaluate", str(data), "--variant", "lite", "--weights", str(folder / "best.safetensors")]
        command += [*ROWS[row], "--json", "--database", str(folder / "results.sqlite")]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        for one in json.loads(answer):
            name = f"embedded {one['layout']}" if data == Path("embedded") else data.name
            found[name] = one["score"]["mIoU"]
    found["true - swapped"] = found["one_of_two"] - found["one_of_two_swapped"]
    return found


def table(results: dict[tuple[int, str], dict[str, float]]) -> str:
    """Markdown: the mean over the seeds that have a number, and their standard deviation."""
    columns = list(dict.fromkeys(column for scores in results.values() for column in scores))
    lines = ["| row | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in ROWS:
        cells = []
        for column in columns:
            values = [scores[column] for (_, one), scores in results.items() if one == row and column in scores]
            spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.3f}{spread}")
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
