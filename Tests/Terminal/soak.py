#!/usr/bin/env python3
"""Presses random keys in the explorer while jobs run and its window changes.

    python3 Tests/Terminal/soak.py [--keys 10000] [--seed 1] [PROGRAM]

Build first: swift build -c release. It must not crash or hang, whatever is pressed. Every thousand keys the keys rest: the
open clip's run must come to its end, the screen must be what a whole repaint shows, and the memory, measured in the same
state, must stay flat. At the end the terminal must be given back as it was. The same seed presses the same keys; what the
worker has finished by then differs. Exit code 1 on any failure, which is told with what the program was doing.
"""

import argparse
import random
import sys
import time

from terminal import PROGRAM, Stuck, Terminal

PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]
CONTROL = [chr(code) for code in range(1, 27)] + ["\x1b", "\x7f"]
NAMED = ["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~", "\x1b[Z", "\x1bOP", "\x1b[3~", "é", "犬"]
# What does something on every screen comes more often than one in a hundred.
FREQUENT = list("12345.,][hjklo\r\tarAbxuwtvzcTVPCXpE") + ["e" + kind for kind in "tpjfghmcwv"]
# Prompts, typed into and mostly accepted.
TYPED = ["fiou<0.9\r", "fdog\r", "f\x15\r", "/cat\r", ";cnote\r", ";fnote\x1b", "Zss{}\r", "Zos{}\r", "ma", "'a", "M\x1b", "Ls", ":export\r"]
SIZES = [(120, 40), (80, 24), (200, 60), (40, 12), (39, 11), (81, 13), (1, 1), (100, 30), (250, 70), (2, 50)]
REST = 1000
LINE_UPS = 8


def key(source):
    kind = source.random()
    if kind < 0.55:
        pressed = source.choice(FREQUENT)
    elif kind < 0.82:
        pressed = source.choice(PRINTABLE)
    elif kind < 0.85:
        pressed = source.choice(TYPED).format(source.randrange(5))
    else:
        pressed = source.choice(NAMED if kind < 0.93 else CONTROL)
    # Back without quitting, mostly: a leak shows only in a process that lives.
    return "2q" if pressed == "q" and source.random() < 0.9 else pressed


def seen(cell):
    """A cell as eyes see it: how a glyph looks does not matter where there is none, nor what lies behind a full block."""
    glyph, (foreground, background, attributes) = cell
    if glyph == " " and not attributes & {"underline", "reverse"}:
        return glyph, None, background, frozenset()
    return glyph, foreground, None if glyph == "█" and "reverse" not in attributes else background, attributes


class Soak:
    def __init__(self, options):
        self.options = options
        self.source = random.Random(options.seed)
        self.problems = []
        self.memory = []  # of each process, at each rest
        self.quits = self.stops = self.output = 0
        self.terminal = None
        self.start()

    def start(self):
        self.terminal = Terminal([], program=self.options.program, watched=True)
        self.memory.append([])
        # A key that comes before the screen is the shell's, not the program's.
        if not self.terminal.wait_to_show("Clips", 10):
            self.problems.append("the first screen did not come")
            return
        # All models of all comparisons are loaded once and stay: what grows later is neither them nor the first clip's.
        for keys in ["\r", "5"] + ["P"] * LINE_UPS:
            self.terminal.send(keys)
            self.terminal.drain(0.5, 20)

    def leave(self, step):
        """After the end of the program."""
        terminal = self.terminal
        status = terminal.end()
        keys = [key for _, key in list(terminal.keys)[-30:]]
        if status is None:
            self.problems.append(f"step {step}: does not end\n{terminal.state()}")
        elif status != 0:
            self.problems.append(f"step {step}: exit {status} after {keys!r}\n{terminal.logs()}")
        if terminal.modes != terminal.modes_before:
            self.problems.append(f"step {step}: the terminal's modes are not as before")
        if terminal.screen.unknown:
            self.problems.append(f"step {step}: sequences unknown to the test: {terminal.screen.unknown}")
        self.stops += terminal.stops
        terminal.close()

    def run(self):
        for step in range(self.options.keys):
            self.terminal.send(key(self.source))
            self.output += len(self.terminal.receive(self.source.choice([0, 0, 0, 0.005, 0.02])))
            if self.source.random() < 0.02:
                self.terminal.resize(*self.source.choice(SIZES))
            if self.source.random() < 0.002:
                # A quiet while, in which jobs end.
                self.output += len(self.terminal.drain(0.3, 3))
            if step % REST == REST - 1:
                self.rest(step)
            if self.terminal.has_ended():
                # Quitting is one of the keys' meanings.
                self.quits += 1
                self.leave(step)
                self.start()
        if not self.memory[-1]:
            self.rest(self.options.keys)
        self.terminal.send("\x1b")
        for _ in range(5):
            self.terminal.drain(0.1)
            self.terminal.send("q")
        self.leave("the end")

    def rest(self, step):
        """Runs the second clip with the published knobs to its end, after the first."""
        terminal = self.terminal
        terminal.resize(120, 40)
        for keys in ["\x1b", "\x1b", "\x1b", "\x1b\x1b", "_", "1", "f", "\x15", "\r", "R", "gg", "\r", "2", "]", "x", "x", "r"]:
            self.output += len(terminal.drain(0.05, 1))
            terminal.send(keys)
        shown = terminal.wait_to_show("IoU ", 60)
        # While anything works, a mark turns ten times a second.
        self.output += len(terminal.drain(0.7, 20))
        # The line below says what was computed until the next key.
        terminal.send("\x1b")
        self.output += len(terminal.drain(0.3, 3))
        if terminal.has_ended():
            # The keys before had not been answered yet, and one of them was to quit.
            return
        if not shown:
            self.problems.append(f"step {step}: no clip runs to its end any more\n{terminal.state()}")
            return
        before = [row[:] for row in terminal.screen.cells]
        terminal.send("\x0c")
        terminal.drain(0.3, 3)
        wrong = [
            (x, y, cell, terminal.screen.cells[y][x])
            for y, row in enumerate(before) for x, cell in enumerate(row)
            if seen(cell) != seen(terminal.screen.cells[y][x])]
        if wrong:
            shown = "; ".join(f"column {x} row {y}: {was}, {now}" for x, y, was, now in wrong[:5])
            self.problems.append(f"step {step}: {len(wrong)} cells differ from a whole repaint: {shown}")
        self.memory[-1].append(terminal.memory())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="?", default=PROGRAM)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    soak = Soak(options)
    try:
        soak.run()
    except Stuck as stuck:
        soak.problems.append(f"takes no more keys\n{stuck}")
        soak.terminal.close()
    for memory in soak.memory:
        # The store of results fills up to its bound; a leak goes on. A short life tells neither.
        half = len(memory) // 2
        if half > 1 and max(memory[half:]) > max(memory[:half]) * 1.1 + 16:
            soak.problems.append(f"memory grew: {' '.join(f'{value:.0f}' for value in memory)} MiB")
    print(f"{options.keys} keys, seed {options.seed}, {time.perf_counter() - began:.0f} s, {soak.output >> 10} KiB of output, "
          f"{soak.quits} times quit and {soak.stops} times stopped by a key")
    print("memory at rest, MiB: " + "; ".join(" ".join(f"{value:.0f}" for value in memory) for memory in soak.memory))
    for problem in soak.problems:
        print(f"PROBLEM: {problem}")
    print("ok" if not soak.problems else "failed")
    return 1 if soak.problems else 0


sys.exit(main())
