#!/usr/bin/env python3
"""Trains the demonstration model `lite` from ImageNet's weights on the set of `make_training_set.py`.

Three stages: the audio encoder by itself; the decoder behind a frozen backbone; then all of it, the backbone at a rate of
its own.  The state of every epoch of the last two stages is scored on SET/selection, by which alone the best is chosen:

    score = one_of_two + single + (one_of_two - one_of_two_swapped) / 2        (mean IoU, protocol bs4)

When all epochs are made, the chosen state is measured once on SET/held_out and on the embedded clips.
In WORK: a folder a stage, `states/` (what was scored), `attempts.csv` (a line for every state of every attempt, and for
every stage that began or went on), `result.json` (what was measured at the end; it is not measured again).
SIGTERM or Ctrl-C stops after the running stage has saved; the same command goes on.  Needs Python 3.10 or newer and no
packages.  Another recipe is another WORK: `--first` and `--second` add options to the stages' own, later ones win.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shlex
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

SELECTION = ("one_of_two", "one_of_two_swapped", "single")
HELD_OUT = ("one_of_two", "ms3", "s4")
COLUMNS = ["time", "stage", "event", "epoch", "step", *SELECTION, "score", "what"]

COMMON = [
    "--seconds-per-clip", "1", "--steady-epochs", "0", "--validation-split", "none", "--save-every", "3", "--threads", "1",
]  # fmt: skip
STAGES = {
    "first": [
        "--variant", "lite", "--width", "32", "--batch", "8", "--epochs", "6",
        "--learning-rate", "2e-3", "--final-learning-rate", "2e-4", "--no-color-jitter", "--no-flip", "--cache", "3000",
    ],
    "second": [
        "--variant", "lite", "--batch", "10", "--epochs", "12", "--no-freeze-backbone", "--batch-norm", "evaluation",
        "--learning-rate", "1e-3", "--final-learning-rate", "1e-4", "--backbone-learning-rate", "3e-5",
        "--ema", "0.998", "--negative-audio", "0.1", "--flip", "--color-jitter",
    ],
}  # fmt: skip


class Stopped(Exception):
    """Somebody asked the program to stop."""


class Attempt:
    """One training: its folder, the program and what is written about it."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.set: Path = arguments.set.resolve()
        self.work: Path = arguments.work.resolve()
        self.c3n = str(arguments.c3n.resolve())
        self.extra = {"first": shlex.split(arguments.first), "second": shlex.split(arguments.second)}
        self.audio: Path | None = arguments.audio and arguments.audio.resolve()
        self.epochs: int = arguments.audio_epochs
        self._children: list[subprocess.Popen[bytes]] = []
        self._stops = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for part in ("both/ms3_meta_data.csv", "audio/manifest.csv", *(f"selection/{name}" for name in SELECTION)):
            if not (self.set / part).exists():
                raise SystemExit(f"{self.set / part}: not there, expected a set that make_training_set.py made")
        (self.work / "states").mkdir(parents=True, exist_ok=True)

    def _stop(self, *_: object) -> None:
        self._stops = True
        for child in self._children:
            child.terminate()

    def log(self, stage: str, event: str, **values: object) -> None:
        """Adds a line to `attempts.csv`."""
        path = self.work / "attempts.csv"
        is_new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n", restval="")
            if is_new:
                writer.writeheader()
            now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
            writer.writerow({"time": now, "stage": stage, "event": event, **values})
        print(stage, event, *(f"{name} {value}" for name, value in values.items()), flush=True)

    def run(self, stage: str, command: list[str], watch: Path | None = None) -> None:
        """Runs the program to its end; scores the states that appear at `watch` meanwhile."""
        if self._stops:
            raise Stopped
        with (self.work / f"{stage}.txt").open("ab") as output:
            child = subprocess.Popen([self.c3n, *command], stdout=output, stderr=subprocess.STDOUT)
        self._children.append(child)
        while child.poll() is None:
            time.sleep(2)
            if watch and not self._stops:
                self.score(stage, watch)
        self._children.remove(child)
        code = child.returncode
        if self._stops:
            self.log(stage, "stopped")
            raise Stopped
        if code:
            self.log(stage, "failed", what=f"exit code {code}")
            raise SystemExit(f"{stage}: the program ended with {code}; see {self.work / (stage + '.txt')}")
        if watch:
            self.score(stage, watch)

    def train_audio(self) -> Path:
        """The audio encoder: that of a file, or one trained here."""
        if self.audio:
            return self.audio
        path = self.work / "audio.safetensors"
        if not path.exists():
            command = ["train-audio", str(self.set / "audio/manifest.csv"), "--output", str(path), "--epochs", str(self.epochs)]
            self.log("audio", "began", what=shlex.join(command))
            self.run("audio", command)
            self.log("audio", "finished")
        return path

    def train(self, stage: str, weights: Path) -> Path:
        """A stage, or what is left of it; returns its latest state."""
        folder = self.work / stage
        best = folder / "best.safetensors"
        if (folder / "finished").exists():
            return best
        if (folder / "training.safetensors").exists():
            command = ["train", str(self.set / "both"), "--output", str(folder), "--resume", "--save-every", "3", "--threads", "1"]
            if "--cache" in STAGES[stage]:
                command += ["--cache", STAGES[stage][STAGES[stage].index("--cache") + 1]]
            self.log(stage, "went on")
        else:
            command = ["train", str(self.set / "both"), "--output", str(folder), "--weights", str(weights)]
            command += [*COMMON, *STAGES[stage], *self.extra[stage]]
            self.log(stage, "began", what=shlex.join(command))
        self.run(stage, command, best)
        (folder / "finished").touch()
        self.log(stage, "finished")
        return best

    def score(self, stage: str, best: Path) -> None:
        """Keeps and scores the state at `best`, if it is a new one."""
        if not best.exists():
            return
        state = json.loads(metadata(best)["state"])
        kept = self.work / "states" / f"{stage}-{state['step']:06}.safetensors"
        if not kept.exists():
            os.link(best, kept)
        if kept.stem in self.scores():
            return
        found = {}
        for name in SELECTION:
            found[name] = self.evaluated(self.set / "selection" / name, kept)
            if self._stops:
                return
        score = found["one_of_two"] + found["single"] + (found["one_of_two"] - found["one_of_two_swapped"]) / 2
        rounded = {name: f"{value:.4f}" for name, value in (*found.items(), ("score", score))}
        self.log(stage, "scored", epoch=state["epoch"] + 1, step=state["step"], **rounded, what=kept.name)

    def scores(self) -> dict[str, float]:
        """The score of every state, by name."""
        path = self.work / "attempts.csv"
        if not path.exists():
            return {}
        with path.open(newline="", encoding="utf-8") as stream:
            rows = [row for row in csv.DictReader(stream) if row["event"] == "scored"]
        return {row["what"].removesuffix(".safetensors"): float(row["score"]) for row in rows}

    def evaluated(self, data: Path | str, weights: Path) -> float:
        """The mean IoU of a data set of one layout."""
        return next(iter(self.measured(data, weights).values()))["mIoU"]

    def measured(self, data: Path | str, weights: Path) -> dict[str, dict[str, float]]:
        """Mean IoU and F by protocol bs4, for each layout of a data set."""
        command = [self.c3n, "evaluate", str(data), "--variant", "lite", "--weights", str(weights), "--json"]
        command += ["--database", str(self.work / "results.sqlite")]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._children.append(child)
        answer, problem = child.communicate()
        self._children.remove(child)
        if self._stops:
            return {"": {"mIoU": 0.0}}
        if child.returncode:
            for other in self._children:
                other.terminate()
            raise SystemExit(f"{shlex.join(command)}\n{problem.decode(errors='replace')}")
        return {one["layout"]: one["score"] for one in json.loads(answer)}

    def finish(self) -> None:
        """Chooses a state by its score, and measures it."""
        path = self.work / "result.json"
        if not path.exists():
            scores = self.scores()
            chosen = max(scores, key=lambda name: (scores[name], name))
            weights = self.work / "states" / f"{chosen}.safetensors"
            result: dict[str, object] = {"chosen": chosen, "score": scores[chosen]}
            for name in HELD_OUT:
                for suffix in ("", "_swapped", "_muted"):
                    data = self.set / "held_out" / f"{name}{suffix}"
                    result[data.name] = next(iter(self.measured(data, weights).values()))
                    if self._stops:
                        raise Stopped
            result["embedded"] = self.measured("embedded", weights)
            if self._stops:
                raise Stopped
            partial = path.with_suffix(".partial")
            partial.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
            partial.replace(path)
            self.log("result", "measured", what=chosen)
        print(path.read_text(encoding="utf-8"), end="")


def metadata(path: Path) -> dict[str, str]:
    """What a safetensors file says about itself."""
    with path.open("rb") as stream:
        (size,) = struct.unpack("<Q", stream.read(8))
        return json.loads(stream.read(size))["__metadata__"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path, help="the training set")
    parser.add_argument("work", type=Path, help="folder of the attempt")
    parser.add_argument("--c3n", type=Path, default=Path(__file__).parents[2] / ".build/release/c3n")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="an audio encoder instead of training one")
    parser.add_argument("--audio-epochs", type=int, default=45)
    parser.add_argument("--first", default="", metavar="OPTIONS", help="more options of the first stage, in quotes")
    parser.add_argument("--second", default="", metavar="OPTIONS", help="more options of the second stage")
    attempt = Attempt(parser.parse_args())
    os.nice(19 - os.nice(0))
    try:
        first = attempt.train("first", attempt.train_audio())
        attempt.train("second", first)
        attempt.finish()
    except Stopped:
        print("stopped; the same command goes on", flush=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
