#!/usr/bin/env python3
"""Presses random keys in the explorer while jobs run and its window changes.

    python3 Tests/Terminal/soak.py [--keys 10000] [--seed 1] [PROGRAM]

It must not crash or hang, its memory must stay flat, a clip must still run to its end, and the terminal must be given back
as it was. The same seed presses the same keys; what the worker has finished by then differs. Exit code 1 on any failure.
"""

import argparse
import random
import sys
import time

from terminal import PROGRAM, Terminal

PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]
CONTROL = [chr(code) for code in range(1, 27)] + ["\x1b", "\x7f"]
NAMED = ["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~", "\x1b[Z", "\x1bOP", "\x1b[3~", "é", "犬"]
# What does something on every screen comes more often than one in a hundred.
FREQUENT = list("12345.,][hjklo\r\tarAbxuwtvzc") + ["e" + kind for kind in "tpjf"]
SIZES = [(120, 40), (80, 24), (200, 60), (40, 12), (39, 11), (81, 13), (1, 1), (100, 30)]


def key(source):
    kind = source.random()
    if kind < 0.55:
        return source.choice(FREQUENT)
    if kind < 0.85:
        return source.choice(PRINTABLE)
    return source.choice(NAMED if kind < 0.93 else CONTROL)


def finishes_a_clip(terminal):
    """Closes whatever is open, shows all clips and runs the first."""
    terminal.resize(120, 40)
    terminal.drain(0.2, 2)
    terminal.send("\x1b")
    for keys in ["\x1b", "\x1b", "R", "1", "f", "\x15", "\r", "gg"]:
        terminal.drain(0.05, 2)
        terminal.send(keys)
    terminal.drain(0.2, 2)
    terminal.send("\r")
    end = time.perf_counter() + 60
    while time.perf_counter() < end:
        terminal.drain(0.2, 1)
        terminal.send("2\x0c")
        if terminal.wait_for("precision", 1) is not None:
            return True
    return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="?", default=PROGRAM)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    source = random.Random(options.seed)
    problems, memory, quits = [], [], 0
    recent = []

    def start():
        terminal = Terminal([], program=options.program)
        if terminal.wait_for("Clips", 10) is None:
            problems.append("the first screen did not come")
        return terminal

    terminal = start()
    began = time.perf_counter()
    silent = 0
    for step in range(options.keys):
        pressed = key(source)
        recent = (recent + [pressed])[-30:]
        try:
            terminal.send(pressed)
        except (BlockingIOError, OSError) as error:
            problems.append(f"step {step}: takes no keys: {error}")
            break
        terminal.receive(source.choice([0, 0, 0, 0.005, 0.02]))
        if source.random() < 0.02:
            terminal.resize(*source.choice(SIZES))
        if source.random() < 0.002:
            # A quiet while, in which jobs end.
            terminal.drain(1.5, 3)
        if terminal.has_ended():
            # Quitting is one of the keys' meanings.
            status = terminal.end()
            if status != 0:
                problems.append(f"step {step}: exit {status} after {recent!r}")
            if terminal.modes != terminal.modes_before:
                problems.append(f"step {step}: the terminal's modes are not as before")
            quits += 1
            terminal.close()
            terminal = start()
        if step % 250 == 249:
            memory.append(terminal.memory())
    if not terminal.has_ended():
        if not finishes_a_clip(terminal):
            problems.append(f"no clip runs to its end any more after {recent!r}")
        terminal.drain(0.5)
        memory.append(terminal.memory())
        terminal.send("\x1b")
        for _ in range(4):
            terminal.drain(0.1)
            if not terminal.has_ended():
                terminal.send("q")
        status = terminal.end()
        if status != 0:
            problems.append(f"exit {status} at the end")
        if terminal.modes != terminal.modes_before:
            problems.append("the terminal's modes are not as before")
    terminal.close()
    third = max(1, len(memory) // 3)
    early, late = max(memory[:third]), max(memory[-third:])
    if late > early * 1.25 + 32:
        problems.append(f"memory grew from {early:.0f} to {late:.0f} MiB")
    print(f"{options.keys} keys, seed {options.seed}, {time.perf_counter() - began:.0f} s, {quits} times quit by a key")
    print(f"memory: at most {early:.0f} MiB in the first third, {late:.0f} MiB in the last")
    for problem in problems:
        print(f"PROBLEM: {problem}")
    print("ok" if not problems else "failed")
    return 1 if problems else 0


sys.exit(main())
