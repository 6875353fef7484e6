#!/usr/bin/env python3
"""Does to the built program what machines do to long runs, and prints a table of what came of it.

    python3 Tests/Faults/faults.py [--only TEXT] [--list] [--keep] [PROGRAM]

Build first: swift build -c release. Weights are rewritten and truncated under a run, files are replaced by others of the same
size and time, disks fill up and are freed, terminals and standard error go away, processes are killed, two write into one
place. Each row says what was done, what was expected and what was found. Full disks are tmpfs mounts, which need root; without
it those rows say "not tried". Exit code 1 if a row fails. Python 3 without packages; about ten minutes on two cores.
"""

import argparse
import array
import contextlib
import json
import os
import pty
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests/Terminal"))
from terminal import Terminal  # noqa: E402

ASSETS = os.path.join(ROOT, "Assets")
CLIPS = os.path.join(ASSETS, "Clips/Single-source/s4_data")
FAULTS = []


def fault(function):
    FAULTS.append(function)
    return function


class Failed(Exception):
    """What was found is not what was expected."""


def expect(condition, found):
    if not condition:
        raise Failed(found)


class Case:
    """A folder of one row's own, and the program run in it with its own home and state."""

    def __init__(self, program):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="c3n-fault-")
        self.mounts = []
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.folder, "XDG_STATE_HOME": self.folder + "/state",
            "XDG_CONFIG_HOME": self.folder + "/config", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
            "C3N_ASSETS": ASSETS, "SWIFT_BACKTRACE": "enable=no",
        }
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def close(self, keep):
        for mount in reversed(self.mounts):
            subprocess.run(["umount", mount], check=False)
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def start(self, *arguments, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **options}
        return subprocess.Popen([self.program, *arguments], env=self.environment, cwd=self.folder, **options)

    def run(self, *arguments, limit=300, **options):
        process = self.start(*arguments, **options)
        output, error = process.communicate(timeout=limit)
        return process.returncode, (output or b"").decode(errors="replace"), (error or b"").decode(errors="replace")

    def mean_iou(self, clips, *weights, extra=()):
        """mIoU by `evaluate --json` of all data sets, each a list entry; also its exit code."""
        arguments = ["evaluate", clips, "--json", "--database", self.path("results.sqlite"), *extra]
        if weights:
            arguments += ["--weights", *weights]
        code, output, error = self.run(*arguments)
        if code != 0:
            return code, error.strip()
        report = json.loads(output)
        report = report[0] if isinstance(report, list) else report
        return code, report["score"]["mIoU"]

    def clips(self, count, name="data", ids=None):
        """An S4 data set of copies of the embedded clips; its folder."""
        sources = sorted(
            (category, clip) for category in os.listdir(f"{CLIPS}/visual_frames/test")
            for clip in os.listdir(f"{CLIPS}/visual_frames/test/{category}"))
        folder = self.path(name)
        rows = ["name,start,category,split"]
        for index in range(count):
            category, source = sources[index % len(sources)]
            clip = ids[index] if ids else f"clip{index:05d}"
            for split in [["train", "train", "val"][index % 3] if ids else "test"]:
                for kind in ("visual_frames", "gt_masks"):
                    place = f"{folder}/s4_data/{kind}/{split}/{category}/{clip}"
                    os.makedirs(place)
                    for frame in range(1, 6):
                        shutil.copy(f"{CLIPS}/{kind}/test/{category}/{source}/{source}_{frame}.png",
                                    f"{place}/{clip}_{frame}.png")
                place = f"{folder}/s4_data/audio_wav/{split}/{category}"
                os.makedirs(place, exist_ok=True)
                shutil.copy(f"{CLIPS}/audio_wav/test/{category}/{source}.wav", f"{place}/{clip}.wav")
                rows.append(f"{clip},0,{category},{split}")
        with open(f"{folder}/s4_meta_data.csv", "w") as file:
            file.write("\n".join(rows) + "\n")
        return folder

    def weights(self, name="right.safetensors"):
        """The shipped decoder in float32, and another file of the same size with other numbers."""
        right, wrong = self.path(name), self.path("wrong-" + name)
        code, _, error = self.run("weights", f"{ASSETS}/Weights/lite-decoder.f16.safetensors", "--export", right)
        assert code == 0, error
        with open(right, "rb") as file:
            data = file.read()
        start = 8 + int.from_bytes(data[:8], "little")
        numbers = array.array("f", data[start:])
        for index in range(len(numbers)):
            numbers[index] = -numbers[index]
        with open(wrong, "wb") as file:
            file.write(data[:start] + numbers.tobytes())
        return right, wrong

    def disk(self, mebibytes, name="disk"):
        """A small file system; None where it cannot be made."""
        folder = self.path(name)
        os.makedirs(folder)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={mebibytes * 1024}k", "tmpfs", folder], capture_output=True)
        if done.returncode != 0:
            return None
        self.mounts.append(folder)
        return folder

    def wait(self, condition, limit=60):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                raise Failed("nothing happened within the time")
            time.sleep(0.02)

    def stored(self):
        """The number of finished clips in the database."""
        import sqlite3
        with contextlib.closing(sqlite3.connect(f"file:{self.path('results.sqlite')}?mode=ro", uri=True)) as database:
            try:
                return database.execute("SELECT count(*) FROM clip").fetchone()[0]
            except sqlite3.Error:
                return 0

    def has_stored(self, count):
        return os.path.exists(self.path("results.sqlite")) and self.stored() >= count


class NotTried(Exception):
    """This machine lacks what the row needs."""


def overwrite(path, by):
    """Other bytes in the same file, as `dd conv=notrunc`."""
    with open(by, "rb") as source, open(path, "r+b") as file:
        file.write(source.read())


def black(side):
    """A square black PNG of one bit a pixel."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = zlib.compress(bytes(1 + (side + 7) // 8) * side)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def fill(folder):
    """Fills a file system; the file that does it."""
    path = os.path.join(folder, "filler")
    with open(path, "wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"x" * size)
            except OSError:
                size //= 2
    return path


def signal_name(code):
    return f"signal {-code}" if code < 0 else f"exit {code}"


def last(text):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:160] if lines else "nothing"


# Numbers that belong to other bytes.

@fault
def weights_rewritten_in_place_during_evaluate(case):
    """the right file, evaluated later, has its own mIoU"""
    clips = case.clips(60)
    right, wrong = case.weights()
    kept = shutil.copy(right, case.path("kept.safetensors"))
    _, expected = case.mean_iou(case.clips(9, "few"), kept, extra=["--database", case.path("other.sqlite")])
    process = case.start("evaluate", clips, "--weights", right, "--database", case.path("results.sqlite"))
    case.wait(lambda: case.has_stored(5))
    overwrite(right, wrong)
    _, error = process.communicate(timeout=300)
    _, found = case.mean_iou(clips, kept)
    text = f"mIoU {found:.4f} over 60 clips, {expected:.4f} over the first 9; the run: {signal_name(process.returncode)}"
    # 60 clips are the nine embedded ones in turn: means differ by the last incomplete turn alone.
    expect(abs(found - expected) < 0.03, text)
    return text


@fault
def weights_replaced_with_size_and_time_kept(case):
    """each file has its own mIoU"""
    clips = case.clips(9)
    right, wrong = case.weights()
    _, first = case.mean_iou(clips, right)
    shutil.copystat(right, wrong)
    subprocess.run(["cp", "-p", wrong, right], check=True)
    _, second = case.mean_iou(clips, right)
    text = f"mIoU {first:.4f}, then {second:.4f}"
    expect(abs(first - second) > 0.05, text)
    return text


@fault
def mask_replaced_with_size_and_time_kept(case):
    """the clip is scored again"""
    clips = case.clips(1)
    place = f"{clips}/s4_data/gt_masks/test/cat/clip00000"
    _, first = case.mean_iou(clips)
    for name in sorted(os.listdir(place)):
        stamp = os.stat(f"{place}/{name}")
        with open(f"{place}/{name}", "r+b") as file:
            file.write(black(224).ljust(stamp.st_size, b"\0"))
        os.utime(f"{place}/{name}", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    _, second = case.mean_iou(clips)
    text = f"mIoU {first:.4f}, then {second:.4f} of empty masks"
    expect(abs(first - second) > 0.02, text)
    return text


@fault
def weights_rewritten_under_the_explorer(case):
    """the screen says that the file has changed, and a clip of the loaded model is labelled as such"""
    right, wrong = case.weights()
    terminal = Terminal(["explore", "--weights", right], program=case.program, watched=True)
    try:
        expect(terminal.wait_to_show("Clips", 10), "no first screen")
        terminal.send("\r")
        expect(terminal.wait_to_show("IoU ", 60), "no result")
        overwrite(right, wrong)
        terminal.send("1jj\r")
        terminal.drain(1.5, 20)
        changed = "changed" in terminal.screen.text
        text = next((line.strip() for line in terminal.screen.text.split("\n") if "changed" in line), "no word of it")[:150]
        terminal.send("qqq")
        expect(changed, text)
        return text
    finally:
        terminal.close()


# Files that shrink.

@fault
def weights_truncated_during_evaluate(case):
    """a named error or a finished run, no signal"""
    clips = case.clips(40)
    right, _ = case.weights()
    process = case.start("evaluate", clips, "--weights", right, "--database", case.path("results.sqlite"))
    case.wait(lambda: case.has_stored(3))
    os.truncate(right, 5000)
    _, error = process.communicate(timeout=300)
    text = f"{signal_name(process.returncode)}: {last(error.decode())}"
    expect(process.returncode in (0, 1), text)
    return text


@fault
def similarity_truncated_during_evaluate(case):
    """a named error or a finished run, no signal"""
    clips = case.clips(40)
    matrix = case.path("similarity.safetensors")
    case.run("weights", f"{ASSETS}/Similarity/glove50-wordnet.f16.safetensors", "--export", matrix)
    process = case.start("evaluate", clips, "--similarity", matrix, "--database", case.path("results.sqlite"))
    case.wait(lambda: case.has_stored(3))
    os.truncate(matrix, 5000)
    _, error = process.communicate(timeout=300)
    text = f"{signal_name(process.returncode)}: {last(error.decode())}"
    expect(process.returncode in (0, 1), text)
    return text


@fault
def weights_truncated_under_the_explorer(case):
    """the explorer goes on, and the terminal is given back"""
    right, _ = case.weights()
    terminal = Terminal(["explore", "--weights", right], program=case.program, watched=True)
    try:
        expect(terminal.wait_to_show("Clips", 10), "no first screen")
        terminal.send("\r")
        expect(terminal.wait_to_show("IoU ", 60), "no result")
        os.truncate(right, 5000)
        terminal.send("1jj\r")
        terminal.drain(1.5, 20)
        alive = not terminal.has_ended()
        terminal.send("qqq")
        code = terminal.end(15)
        text = f"{'alive' if alive else 'dead'}, at the end exit {code}, modes as before: {terminal.modes == terminal.modes_before}"
        expect(alive and code == 0 and terminal.modes == terminal.modes_before, text)
        return text
    finally:
        terminal.close()


# Outputs that go away.

def with_streams(case, arguments, streams):
    """The exit code with standard output and standard error as told: closed, full, or a terminal that is closed."""
    def redirect():
        for descriptor in (1, 2):
            kind = streams.get(descriptor)
            if kind == "closed":
                os.close(descriptor)
            elif kind == "full":
                os.dup2(os.open("/dev/full", os.O_WRONLY), descriptor)
    process = subprocess.Popen(
        [case.program, *arguments], env=case.environment, cwd=case.folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=redirect)
    return process.wait(timeout=300)


def lite_training(case, output, clips=None, *more):
    clips = clips or case.clips(6, "training", ids=[f"t{index:010d}" for index in range(6)])
    return ["train", clips, "--variant", "lite", "--output", output, "--epochs", "2", "--batch", "3",
            "--width", "8", "--threads", "1", *more]


@fault
def standard_error_full_or_closed(case):
    """evaluate, doctor and train do their work"""
    clips = case.clips(3)
    results = []
    for name, arguments in (
        ("evaluate", ["evaluate", clips, "--database", case.path("r.sqlite")]),
        ("doctor", ["doctor", clips]),
        ("train", lite_training(case, case.path("run")))):
        for kind in ("full", "closed"):
            shutil.rmtree(case.path("run"), ignore_errors=True)
            code = with_streams(case, arguments, {2: kind})
            results.append((f"{name} {kind}", code))
    text = ", ".join(f"{name}: {signal_name(code)}" for name, code in results)
    expect(all(code == 0 for _, code in results), text)
    return text


@fault
def both_outputs_closed(case):
    """no signal; the work is there; the exit code tells of standard output"""
    code = with_streams(case, lite_training(case, case.path("run")), {1: "closed", 2: "closed"})
    saved = os.path.exists(case.path("run/best.safetensors"))
    full = with_streams(case, ["run", "dog_c3n_001"], {1: "full"})
    text = f"train closed: {signal_name(code)}, weights saved: {saved}; run with stdout full: {signal_name(full)}"
    expect(code in (0, 1) and saved and full == 1, text)
    return text


@fault
def terminal_closed_during_training(case):
    """SIGHUP saves and ends, the run resumes to the end"""
    arguments = lite_training(case, case.path("run"), None, "--epochs", "40")
    pid, side = pty.fork()
    if pid == 0:
        os.chdir(case.folder)
        os.execve(case.program, [case.program, *arguments], case.environment)
    end = time.monotonic() + 60
    seen = b""
    while b"step 3/" not in seen and time.monotonic() < end:
        seen += os.read(side, 4096)
    os.close(side)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    saved = os.path.exists(case.path("run/training.safetensors"))
    resumed, _, error = case.run(*arguments[:2], "--output", case.path("run"), "--resume", limit=300) if saved else (1, "", "")
    text = f"{signal_name(code)}, saved: {saved}, resumed: exit {resumed} {last(error) if resumed else ''}"
    expect(code >= 0 and saved and resumed == 0, text)
    return text


@fault
def hang_up_and_terminate_during_evaluate(case):
    """ends with what is finished in the database; the next run goes on"""
    clips = case.clips(40)
    results = []
    for number in (signal.SIGHUP, signal.SIGTERM):
        before = case.stored() if os.path.exists(case.path("results.sqlite")) else 0
        process = case.start("evaluate", clips, "--database", case.path("results.sqlite"))
        case.wait(lambda: case.has_stored(before + 4))
        process.send_signal(number)
        process.communicate(timeout=60)
        results.append(f"{number.name}: {signal_name(process.returncode)}, {case.stored() - before} clips kept")
        expect(process.returncode == 128 + number, ", ".join(results))
    code, _, error = case.run("evaluate", clips, "--database", case.path("results.sqlite"))
    text = ", ".join(results) + f"; then exit {code}, {case.stored()} clips"
    expect(code == 0 and case.stored() == 40, text)
    return text


@fault
def signals_to_the_explorer(case):
    """exit 143 and 129, the terminal's modes as before, the session saved"""
    results = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        terminal = Terminal([], program=case.program, watched=True)
        try:
            expect(terminal.wait_to_show("Clips", 10), "no first screen")
            terminal.send("ma")
            os.kill(terminal.pid, number)
            code = terminal.end(15)
            session = f"{terminal.folder}/c3n/sessions/autosave-embedded.json"
            saved = os.path.exists(session) and '"a"' in open(session).read()
            results.append((code, terminal.modes == terminal.modes_before, saved))
        finally:
            terminal.close()
    text = ", ".join(f"exit {code}, modes {'kept' if modes else 'lost'}, session {'saved' if saved else 'lost'}"
                     for code, modes, saved in results)
    expect([result[0] for result in results] == [143, 129] and all(result[1] and result[2] for result in results), text)
    return text


# Processes that are killed.

@fault
def evaluate_killed_at_random(case):
    """no finished clip is lost, and the numbers are those of an undisturbed run"""
    clips = case.clips(40)
    source = random.Random(6)
    kills = lost = 0
    before = 0
    while before < 40 and kills < 12:
        process = case.start("evaluate", clips, "--database", case.path("results.sqlite"))
        time.sleep(0.3 + source.random() * 1.2)
        process.kill()
        process.communicate()
        kills += 1
        now = case.stored() if os.path.exists(case.path("results.sqlite")) else 0
        lost += now < before
        before = now
    _, found = case.mean_iou(clips)
    shutil.move(case.path("results.sqlite"), case.path("aside.sqlite"))
    for suffix in ("-wal", "-shm"):
        if os.path.exists(case.path("results.sqlite" + suffix)):
            os.remove(case.path("results.sqlite" + suffix))
    _, expected = case.mean_iou(clips)
    text = f"{kills} kills, {lost} losses, mIoU {found:.6f} and {expected:.6f}"
    expect(lost == 0 and found == expected, text)
    return text


@fault
def training_killed_at_random(case):
    """resumes to the bytes of an undisturbed run"""
    clips = case.clips(6, "training", ids=[f"t{index:010d}" for index in range(6)])
    options = ["--epochs", "4", "--save-every", "0.01"]
    code, _, error = case.run(*lite_training(case, case.path("whole"), clips, *options))
    expect(code == 0, last(error))
    source = random.Random(6)
    arguments = lite_training(case, case.path("run"), clips, *options)
    kills = 0
    while True:
        process = case.start(*arguments)
        try:
            process.communicate(timeout=0.8 + source.random() * 2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
            if os.path.exists(case.path("run/training.safetensors")):
                arguments = ["train", clips, "--output", case.path("run"), "--resume", "--threads", "1", "--save-every", "0.01"]
            else:
                shutil.rmtree(case.path("run"), ignore_errors=True)
            if kills < 12:
                continue
            process = case.start(*arguments)
            process.communicate()
        break
    same = [
        open(case.path("whole", name), "rb").read() == open(case.path("run", name), "rb").read()
        for name in ("training.safetensors", "best.safetensors")]
    text = f"{kills} kills, exit {process.returncode}, same bytes: {same}"
    expect(process.returncode == 0 and all(same), text)
    return text


# Disks that are full.

@fault
def disk_full_during_training(case):
    """one error that names the file; the checkpoint before is whole and the run resumes"""
    disk = case.disk(100)
    if not disk:
        raise NotTried()
    clips = case.clips(6, "training", ids=[f"t{index:010d}" for index in range(6)])
    arguments = lite_training(case, disk + "/run", clips, "--epochs", "6", "--save-every", "0.01")
    process = case.start(*arguments)
    case.wait(lambda: os.path.exists(disk + "/run/training.safetensors") or process.poll() is not None)
    filler = fill(disk)
    _, error = process.communicate(timeout=120)
    os.remove(filler)
    resumed, _, later = case.run("train", clips, "--output", disk + "/run", "--resume", "--threads", "1")
    text = f"{signal_name(process.returncode)}: {last(error.decode())}; resumed: exit {resumed} {last(later) if resumed else ''}"
    expect(process.returncode == 1 and "No space" in error.decode() and resumed == 0, text)
    return text


@fault
def disk_full_during_evaluate(case):
    """one error that names the database; what was finished is kept"""
    disk = case.disk(4)
    if not disk:
        raise NotTried()
    clips = case.clips(60)
    database = disk + "/r.sqlite"
    process = case.start("evaluate", clips, "--database", database)
    case.wait(lambda: os.path.exists(database + "-wal") and os.path.getsize(database + "-wal") > 200_000)
    filler = fill(disk)
    _, error = process.communicate(timeout=120)
    os.remove(filler)
    code, output, later = case.run("evaluate", clips, "--database", database)
    text = f"{signal_name(process.returncode)}: {last(error.decode())}; with room again exit {code} {last(later) if code else ''}"
    expect(process.returncode == 1 and "r.sqlite" in error.decode() and code == 0, text)
    return text


def explorer_on_a_disk(case, frees):
    """Types a note while the disk with the sessions is full; what is kept of it, and the exit code."""
    disk = case.disk(1)
    if not disk:
        raise NotTried()
    terminal = Terminal([], program=case.program, watched=True)
    try:
        state = terminal.folder + "/c3n"
        expect(terminal.wait_to_show("Clips", 10), "no first screen")
        terminal.drain(0.8)
        os.makedirs(state, exist_ok=True)
        subprocess.run(["cp", "-a", state + "/.", disk], check=True)
        subprocess.run(["mount", "--bind", disk, state], check=True)
        case.mounts.append(state)
        filler = fill(disk)
        terminal.send(";cfirst note\r")
        terminal.drain(1.5)
        message = next((line for line in terminal.screen.text.split("\n") if "No space" in line or "kept" in line), "no word")
        if frees:
            os.remove(filler)
            terminal.send(";csecond note\r")
            terminal.drain(1.5)
        terminal.send("qqq")
        output = b""
        while not terminal.has_ended():
            output += terminal.receive(0.05)
        output += terminal.drain(0.2)
        code = terminal.end(15)
        path = f"{disk}/sessions/autosave-embedded.json"
        session = open(path).read() if os.path.exists(path) else ""
        subprocess.run(["umount", state], check=True)
        case.mounts.remove(state)
        return code, message.strip()[:110], session, output.decode(errors="replace")
    finally:
        terminal.close()


@fault
def disk_full_then_free_under_the_explorer(case):
    """the session is kept as soon as there is room"""
    code, message, session, _ = explorer_on_a_disk(case, frees=True)
    text = f"“{message}”; exit {code}; note kept: {'second note' in session}"
    expect(code == 0 and "second note" in session, text)
    return text


@fault
def disk_full_until_the_explorer_ends(case):
    """told on the screen and on standard error, exit code not 0"""
    code, message, _, output = explorer_on_a_disk(case, frees=False)
    told = last(output.replace("\x1b", ""))
    text = f"“{message}”; exit {code}; at the end: {told}"
    expect(code not in (0, None) and code > 0 and "No space" in output, text)
    return text


# Two writers.

@fault
def two_trainings_in_one_folder(case):
    """the second is refused and the first ends as if alone"""
    clips = case.clips(6, "training", ids=[f"t{index:010d}" for index in range(6)])
    first = case.start(*lite_training(case, case.path("run"), clips, "--epochs", "6"))
    case.wait(lambda: os.path.exists(case.path("run/log.csv")))
    code, _, error = case.run(*lite_training(case, case.path("run"), clips, "--epochs", "6"))
    resumed, _, other = case.run("train", clips, "--output", case.path("run"), "--resume")
    first.communicate(timeout=300)
    text = f"second: {signal_name(code)} {last(error)}; --resume: {signal_name(resumed)} {last(other)}; first: {signal_name(first.returncode)}"
    expect(code == 1 and resumed == 1 and first.returncode == 0, text)
    return text


@fault
def training_resumed_on_another_data_set(case):
    """refused with both named; the same clips in another place are taken"""
    ids = [f"t{index:010d}" for index in range(6)]
    clips = case.clips(6, "training", ids=ids)
    other = case.clips(6, "other", ids=[f"u{index:010d}" for index in range(6)])
    code, _, error = case.run(*lite_training(case, case.path("run"), clips, "--epochs", "1"))
    expect(code == 0, last(error))
    refused, _, message = case.run("train", other, "--output", case.path("run"), "--resume")
    os.rename(clips, case.path("moved"))
    moved, _, later = case.run("train", case.path("moved"), "--output", case.path("run"), "--resume")
    text = f"{signal_name(refused)}: {last(message)}; moved: {signal_name(moved)} {last(later) if moved else ''}"
    expect(refused == 1 and moved == 0, text)
    return text


@fault
def two_evaluations_of_one_database(case):
    """both end with the same number"""
    clips = case.clips(30)
    arguments = ["evaluate", clips, "--json", "--database", case.path("results.sqlite")]
    both = [case.start(*arguments), case.start(*arguments)]
    outputs = [process.communicate(timeout=300)[0] for process in both]
    values = [json.loads(output) if output else None for output in outputs]
    values = [value[0] if isinstance(value, list) else value for value in values]
    numbers = [value and value["score"]["mIoU"] for value in values]
    text = f"exit {both[0].returncode} and {both[1].returncode}, mIoU {numbers[0]} and {numbers[1]}, {case.stored()} clips"
    expect(all(process.returncode == 0 for process in both) and numbers[0] == numbers[1] and case.stored() == 30, text)
    return text


@fault
def database_deleted_during_evaluate(case):
    """told, or made again: no exit 0 with results lost"""
    clips = case.clips(40)
    process = case.start("evaluate", clips, "--database", case.path("results.sqlite"))
    case.wait(lambda: case.has_stored(5))
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(case.path("results.sqlite" + suffix))
    _, error = process.communicate(timeout=300)
    kept = case.stored() if os.path.exists(case.path("results.sqlite")) else 0
    text = f"{signal_name(process.returncode)}: {last(error.decode())}; {kept} clips in a database of that name"
    expect(process.returncode == 1 or kept > 0, text)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", nargs="?", default=os.path.join(ROOT, ".build/release/c3n"))
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--keep", action="store_true", help="leave the folders of the rows")
    options = parser.parse_args()
    chosen = [function for function in FAULTS if options.only in function.__name__]
    if options.list:
        print("\n".join(function.__name__ for function in chosen))
        return 0
    failures = 0
    print("| fault | expected | found | |\n|---|---|---|---|", flush=True)
    for function in chosen:
        case = Case(os.path.abspath(options.program))
        try:
            found, verdict = function(case), "ok"
        except NotTried:
            found, verdict = "needs root to mount a small file system", "not tried"
        except Failed as problem:
            found, verdict = str(problem), "FAILS"
        except Exception as problem:  # A row that breaks must not hide those after it.
            found, verdict = f"{type(problem).__name__}: {problem}", "FAILS"
        finally:
            case.close(options.keep)
        failures += verdict == "FAILS"
        name = function.__name__.replace("_", " ")
        print(f"| {name} | {function.__doc__} | {found} | {verdict} |".replace("\n", " "), flush=True)
    print(f"\n{len(chosen)} faults, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
