#!/usr/bin/env python3
"""Compares the built c3n with an independent implementation in PyTorch: every part of every variant, values and time.

    python3 -m venv V
    V/bin/pip install -r Tests/Reference/requirements.txt
    swift build -c release --product c3n
    V/bin/python Tests/Reference/compare.py

Both make the same weights by formula from --seed and are given the same frames and sound.

Values: the reference (c3n_torch.py) computes audio front end, audio encoder, backbone, consensus, omega, CCAM, ASPP, fusion,
decoder and mask logits; `c3n verify` compares its own with them, and what differs by more than the tolerance fails here.
VGGish's front end is compared by what follows from it. Of maps 512 values are compared, of everything else all.

Times: pairs of one run of `c3n bench` and one run of the reference (A B A B), medians and the pairs' ratios, in whole and by
part. They mean something only while nothing else computes. Variables that pin OpenBLAS's kernels are left as they are.

Without --values or --times it does both. Exit code 1 if a value is outside its tolerance or the program fails, 2 for arguments
that are not understood. Not part of swift test.
"""

import argparse
import json
import os
import sys

from errors import FixtureError, ProgramError
from program import ROOT, Program
from variants import VARIANTS


def positive(text):
    """A whole number of 1 or more, as an argument."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}': expected a whole number, 1 or more")
    return int(text)


def seed(text):
    """A whole number of 0 or more that has 64 bits."""
    if not text.isdecimal() or int(text) >= 1 << 64:
        raise argparse.ArgumentTypeError(f"'{text}': expected a whole number from 0 to 2^64 - 1")
    return int(text)


def parser():
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    result = argparse.ArgumentParser(
        usage="%(prog)s [--variant NAME ...] [--values] [--times] [--runs N] [--threads N] [--frames T] [--seed S] "
        "[--json FILE] [PROGRAM]",
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("program", nargs="?", metavar="PROGRAM", help="the built c3n (default: .build/release/c3n)")
    result.add_argument(
        "--variant", nargs="+", action="extend", metavar="NAME", help="only these of: " + ", ".join(VARIANTS))
    result.add_argument("--values", action="store_true", help="compare values")
    result.add_argument("--times", action="store_true", help="compare times")
    result.add_argument("--runs", type=positive, default=5, metavar="N", help="pairs of runs for the times (default: 5)")
    result.add_argument(
        "--threads", type=positive, default=threads, metavar="N",
        help="threads of both for the times (default: all processors, here %(default)s)")
    result.add_argument("--frames", type=positive, default=5, metavar="T", help="frames of the clip (default: 5)")
    result.add_argument("--seed", type=seed, default=1, metavar="S", help="seed of the weights for the values (default: 1)")
    result.add_argument("--json", metavar="FILE", help="also write every number to this file")
    return result


def arguments():
    """The arguments, complete: --variant NAME PROGRAM leaves the program among the names."""
    parse = parser()
    given = parse.parse_args()
    names = given.variant or list(VARIANTS)
    if given.variant and given.program is None and names[-1] not in VARIANTS and os.path.exists(names[-1]):
        given.program = names.pop()
        names = names or list(VARIANTS)
    unknown = [name for name in names if name not in VARIANTS]
    if unknown:
        parse.error(f"--variant {unknown[0]}: expected one of {', '.join(VARIANTS)}")
    given.variant = [name for name in VARIANTS if name in names]
    given.program = os.path.abspath(given.program or os.path.join(ROOT, ".build/release/c3n"))
    if not given.values and not given.times:
        given.values = given.times = True
    if given.json is not None:
        folder = os.path.dirname(os.path.abspath(given.json))
        if not given.json or os.path.isdir(given.json) or not os.access(folder, os.W_OK):
            parse.error(f"--json '{given.json}': expected a file in a folder that can be written to")
    return given


def write_json(path, value):
    """Writes under a temporary name first, so that there is never half a file. Numbers that JSON lacks become strings."""
    value = json.loads(json.dumps(value), parse_constant=str)
    partial = path + ".partial"
    try:
        with open(partial, "w") as file:
            json.dump(value, file, indent=1)
        os.replace(partial, path)
    except OSError:
        if os.path.exists(partial):
            os.remove(partial)
        raise


def compare(given):
    """-> whether every value is within its tolerance."""
    import torch

    from layers import keep_freed_memory
    from times import compare_times, print_times, processor_name
    from values import HEADING, compare_values, print_conclusion, print_variant

    program = Program(given.program)
    result = {
        "program": given.program, "version": program.version(), "torch": torch.__version__, "threads": given.threads,
        "processor": processor_name(), "values": [], "times": []}
    torch.set_num_threads(given.threads)
    keep_freed_memory()

    def measured(what, measure):
        for number, variant in enumerate(given.variant, 1):
            print(f"{what}: {variant} ({number} of {len(given.variant)})", file=sys.stderr)
            yield measure(variant)

    if given.values:
        print(HEADING)
        for values in measured("values", lambda variant: compare_values(program, variant, given.seed, given.frames)):
            result["values"].append(values)
            print_variant(values)
        print_conclusion(result["values"])
    if given.times:
        result["times"] = list(measured(
            "times", lambda variant: compare_times(program, variant, given.frames, given.runs, given.threads)))
        print_times(result["times"])
    if given.json:
        write_json(given.json, result)
    return all(value["ok"] for value in result["values"])


def main():
    given = arguments()
    try:
        return 0 if compare(given) else 1
    except ModuleNotFoundError as error:
        requirements = os.path.join(os.path.dirname(os.path.abspath(__file__)), "requirements.txt")
        print(f"compare.py: no module '{error.name}'; install with: pip install -r {requirements}", file=sys.stderr)
    except (FixtureError, ProgramError, OSError) as error:
        print(f"compare.py: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
