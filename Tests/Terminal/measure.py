#!/usr/bin/env python3
"""Measures every number that the explorer is held to: latency under load, bytes an event, idleness, first paint,
cancellation, redraws, memory; prints a table with the goals beside.

    python3 Tests/Terminal/measure.py [PROGRAM [first_paint] [resting] [steps] [hurried] [memory] [loaded]]

Build first: swift build -c release. Takes about four minutes; nothing else should run, and the load before and after is
printed because it matters: where the kernel shares cores between sessions, those of others count more than any priority
within the explorer. Not part of the tests, since times depend on the machine.
"""

import os
import re
import statistics
import subprocess
import sys
import time

from terminal import PROGRAM, Terminal

program = sys.argv[1] if len(sys.argv) > 1 else PROGRAM
rows = []


def report(what, measured, goal, reached):
    rows.append((what, measured, goal, "yes" if reached else "NO"))


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))]


def event_bytes(terminal, keys, repeat=1):
    """The bytes of each key, once the screen rests."""
    sizes = []
    for _ in range(repeat):
        for key in keys:
            terminal.send(key)
            sizes.append(len(terminal.receive(0.5) + terminal.drain(0.03)))
            # The key's own message in the status line goes with the next key.
    return sizes


def gather(terminal, seconds, keys="", pause=0.0):
    """What came and when: pairs of a time and a number of bytes. Keys are pressed one after the other meanwhile."""
    chunks, end, number, next_key = [], time.perf_counter() + seconds, 0, time.perf_counter()
    while time.perf_counter() < end:
        if keys and time.perf_counter() >= next_key:
            terminal.send(keys[number % len(keys)])
            number, next_key = number + 1, next_key + pause
        some = terminal.receive(0.002)
        if some:
            chunks.append((time.perf_counter(), len(some)))
    return chunks


def densest(chunks, window=0.1):
    """The most bytes within a time."""
    most = first = total = 0
    for when, size in chunks:
        total += size
        while chunks[first][0] < when - window:
            total -= chunks[first][1]
            first += 1
        most = max(most, total)
    return most


def redraws(chunks, seconds, gap=0.02):
    """How often a second something was drawn: what comes within a moment is one drawing."""
    starts = [when for index, (when, _) in enumerate(chunks) if index == 0 or when - chunks[index - 1][0] > gap]
    return len(starts) / seconds


def first_paint():
    times = []
    for _ in range(5):
        terminal = Terminal([], program=program)
        terminal.wait_for("Clips", 5)
        times.append((time.perf_counter() - terminal.started) * 1000)
        terminal.send("q")
        terminal.end()
        terminal.close()
    report("first paint", f"{statistics.median(times):.0f} ms (worst of 5: {max(times):.0f})", "100 ms",
           statistics.median(times) <= 100)


def resting():
    terminal = Terminal([], program=program)
    terminal.wait_for("Clips", 5)
    terminal.drain(0.5)
    report("memory before any weights", f"{terminal.memory():.0f} MiB", "60 MiB", terminal.memory() <= 60)
    switches, cpu = terminal.switches(), terminal.seconds_of_cpu()
    idle = len(terminal.drain(10, 10))
    switches, cpu = terminal.switches() - switches, terminal.seconds_of_cpu() - cpu
    report("idle for 10 s: bytes", f"{idle}", "0", idle == 0)
    report("idle for 10 s: wake-ups", f"{switches}", "0", switches == 0)
    report("idle for 10 s: CPU", f"{cpu * 10:.2f} %", "0.1 %", cpu * 10 < 0.1)
    times = []
    for key in "jk" * 50:
        terminal.drain(0.01, 0.2)
        sent = time.perf_counter()
        terminal.send(key)
        if terminal.receive(0.5):
            times.append((time.perf_counter() - sent) * 1000)
    report("key to bytes at rest, 100 keys: p50, p99", f"{percentile(times, 0.5):.1f}, {percentile(times, 0.99):.1f} ms", "5, 16 ms",
           percentile(times, 0.5) <= 5 and percentile(times, 0.99) <= 16)
    moves = event_bytes(terminal, ["j", "j", "j", "k", "k"], 4)
    report("list move", f"{max(moves)} bytes (median {statistics.median(moves):.0f})", "200 bytes", max(moves) <= 200)
    # A clip, run to its end with the embedded model.
    terminal.send("\r")
    terminal.wait_for("precision", 30)
    terminal.drain(0.5)
    changes = {}
    for key, name in [("3", "Matrix"), ("4", "CCAM"), ("6", "Jobs"), ("1", "Clips"), ("2", "Inspect")]:
        changes[name] = event_bytes(terminal, [key])[0]
    report("screen change", ", ".join(f"{name} {size}" for name, size in changes.items()), "-", True)
    terminal.send("4")
    terminal.drain(0.2)
    terminal.send("\x0c")
    whole = len(terminal.receive(0.5) + terminal.drain(0.05))
    report("four whole heat maps", f"{whole} bytes", "25 KiB", whole <= 25 << 10)
    terminal.drain(6, 6)
    switches = terminal.switches()
    idle = len(terminal.drain(5, 5))
    woken = terminal.switches() - switches
    report("idle for 5 s after a run", f"{idle} bytes, {woken} wake-ups", "0, 0", idle == 0 and woken == 0)
    terminal.send("qq")
    status = terminal.end()
    report("terminal restored", f"exit {status}", "as before", terminal.modes == terminal.modes_before)
    terminal.close()


def steps():
    """Steps between the frames of all embedded clips, under each overlay."""
    terminal = Terminal([], program=program, watched=True)
    terminal.wait_to_show("Clips", 5)
    terminal.send("\r")
    sizes, clips = {}, 0
    while True:
        terminal.wait_to_show("precision", 60)
        terminal.drain(0.6, 10)
        clips += 1
        for overlay in ["no overlay", "heat", "prediction", "truth", "difference"]:
            terminal.send(",,,,")
            terminal.drain(0.2)
            sizes.setdefault(overlay, []).append(max(event_bytes(terminal, "....,,,,")))
            terminal.send("o")
            terminal.drain(0.2)
        terminal.send("]")
        terminal.drain(0.3)
        if "the last clip" in terminal.screen.text:
            break
    for overlay, worst in sizes.items():
        has_goal = overlay not in ("no overlay", "heat")
        few = sum(size <= 4096 for size in worst)
        report(f"frame step, {overlay}: worst of each of {clips} clips", f"{max(worst)} bytes (median {statistics.median(worst):.0f})",
               f"4096 bytes ({few} of {clips})" if has_goal else "-", max(worst) <= 4096 or not has_goal)
    terminal.send("qq")
    terminal.end()
    terminal.close()


def hurried():
    """Keys much faster than anybody types, whole repaints among them."""
    for columns, rows in ((120, 40), (80, 24)):
        terminal = Terminal([], columns, rows, program=program)
        terminal.wait_for("Clips", 5)
        terminal.send("\r")
        terminal.wait_for("precision", 30)
        terminal.drain(0.5)
        most = 0
        for keys in ("\x0c", "4\x0c2", ".,", "oo.", "4321"):
            most = max(most, densest(gather(terminal, 1.5, keys, 0.01)))
            terminal.drain(0.3)
        limit = 8 * columns * rows
        report(f"most bytes in 100 ms at {columns}x{rows}, 100 keys/s", f"{most} bytes", f"{limit} bytes", most <= limit)
        terminal.send("qq")
        terminal.end()
        terminal.close()


def memory():
    """What the explorer takes beside the model: more than `c3n run` at its peak, without the results kept for what-if."""
    folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = dict(os.environ, C3N_ASSETS=os.path.join(folder, "Assets"))
    for name, options in (("lite", []), ("PVTv2-B5 + PANNs", ["--variant", "pvtv2-panns", "--weights", "formula:1"])):
        run = subprocess.Popen([program, "run", "dog_c3n_001", "--json"] + options, env=environment, stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(run.pid, 0)
        peak = usage.ru_maxrss / 1024
        terminal = Terminal(["explore", "--clip", "dog_c3n_001"] + options, program=program, watched=True)
        terminal.wait_to_show("Clips", 5)
        terminal.send("2")
        terminal.wait_to_show("precision", 60)
        terminal.send("346")
        terminal.drain(1)
        kept = re.search(r"(\d+) of at most", terminal.screen.text)
        resident, kept = terminal.memory(), int(kept.group(1)) if kept else 0
        beside = resident - kept - peak
        report(f"memory with {name}", f"{resident:.0f} MiB: c3n run {peak:.0f}, kept {kept}, beside {beside:.0f}", "beside: 60 MiB",
               beside <= 60)
        terminal.send("qq")
        terminal.end()
        terminal.close()


def loaded():
    terminal = Terminal(
        ["explore", "--variant", "pvtv2-panns", "--weights", "formula:1", "--clip", "dog_c3n_001"], program=program)
    terminal.wait_for("visual stage", 60)
    # Every one of these changes the screen, whatever the worker has finished: a key that changes nothing would be timed
    # to the next turn of the working mark.
    kinds = {"frame": ".,", "screen": "43612", "focus": "\t\t", "list": "1jjkk2", "help": "?j?"}
    latencies, parts, opened = [], [], time.perf_counter()
    begun = time.perf_counter()
    while time.perf_counter() - begun < 30:
        for keys in kinds.values():
            for key in keys:
                if time.perf_counter() - opened > 5:
                    # Another clip before the run ends: the worker never rests.
                    opened = time.perf_counter()
                    terminal.send("]" if int(opened) % 2 else "[")
                    terminal.drain(1, 1)
                terminal.drain(0.01, 0.2)
                before = terminal.waits_of_keys()
                sent = time.perf_counter()
                terminal.send(key)
                first = terminal.receive(0.5)
                if first:
                    latencies.append((time.perf_counter() - sent) * 1000)
                    after = terminal.waits_of_keys()
                    parts.append((after[0] - before[0], after[1] - before[1]))
                    terminal.drain(0.005, 0.05)
    # The working mark and the progress alone.
    terminal.send("6]")
    terminal.wait_for("visual stage", 20)
    terminal.drain(0.005, 0.05)
    chunks = gather(terminal, 3)
    report("working, no keys: redraws a second", f"{redraws(chunks, 3):.1f}", "10", redraws(chunks, 3) <= 10)
    report("working, no keys: bytes a second", f"{sum(size for _, size in chunks) / 3:.0f}", "-", True)
    for name, column in [("screen's thread runs", 0), ("screen's thread waits for a core", 1)]:
        values = [part[column] for part in parts]
        report(f"{name}, a key: p50, p99", f"{percentile(values, 0.5):.1f}, {percentile(values, 0.99):.1f} ms", "-", True)
    cancel = []
    for key in "][]":
        # A clip that was opened anew begins with its backbone.
        terminal.send("6" + key)
        terminal.wait_for("visual stage", 20)
        terminal.drain(0.005, 0.02)
        sent = time.perf_counter()
        terminal.send("x")
        if terminal.wait_for("cancelled", 2) is not None:
            cancel.append((time.perf_counter() - sent) * 1000)
        cpu, rested = terminal.seconds_of_cpu(), None
        while rested is None and time.perf_counter() - sent < 3:
            time.sleep(0.02)
            now = terminal.seconds_of_cpu()
            if now == cpu:
                rested = (time.perf_counter() - sent) * 1000
            cpu = now
    report(f"key to bytes while computing, {len(latencies)} keys: p50", f"{percentile(latencies, 0.5):.1f} ms", "5 ms",
           percentile(latencies, 0.5) <= 5)
    report("key to bytes while computing: p99",
           f"{percentile(latencies, 0.99):.1f} ms (worst {max(latencies):.1f})", "16 ms",
           percentile(latencies, 0.99) <= 16)
    report("cancel: told on the screen", f"{max(cancel):.0f} ms" if cancel else "never", "100 ms",
           bool(cancel) and max(cancel) <= 100)
    report("cancel: worker at rest", f"{rested:.0f} ms" if rested else "more than 3 s", "-", True)
    report("memory with PVTv2-B5 + PANNs", f"{terminal.memory():.0f} MiB (peak {terminal.memory('VmHWM'):.0f})", "-", True)
    terminal.send("\x1b")
    terminal.drain(0.1)
    terminal.send("qqq")
    terminal.end()
    terminal.close()


print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
for part in (first_paint, resting, steps, hurried, memory, loaded):
    if len(sys.argv) < 3 or part.__name__ in sys.argv[2:]:
        part()
print(f"load after: {os.getloadavg()[0]:.2f}")
width = [max(len(row[column]) for row in rows) for column in range(4)]
for row in [("what", "measured", "goal", "reached")] + rows:
    print("  ".join(text.ljust(width[column]) for column, text in enumerate(row)).rstrip())
