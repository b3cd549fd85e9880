#!/usr/bin/env python3
"""Says whether one build of nib is slower than another: times in turns, and instructions of a step of training.

    bench/compare.py BASE_BUILD NEW_BUILD [options]

BASE_BUILD and NEW_BUILD are build folders with bin/nib_bench and bin/nib. Each round runs each row of base, new, and
base once more, the order turned round from round to round; for each row, the lower quartiles over the rounds are
compared. base/base says how quiet the machine was: a row where it lies outside 0.995 to 1.005 is not judged. Then
valgrind counts the instructions of one-thread steps (the AVX2 kernels: it knows no AVX-512), which are the same in
every run.

Exit status: 0 all within the limits, 1 a row is slower or a step has more instructions, 2 wrong usage, 3 some rows were
too noisy to be judged and the others are within the limits.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from printing import with_unit

QUIET = (0.995, 1.005)
PRESETS = ("lecture-deep", "lecture-batchnorm", "mlp")
# Rows on one thread: rows on several threads need all processors to themselves.
ONE_THREAD = r"^(train_step/.*/[0-9]+/1|(infer|sample)[a-z0-9_]*/([a-z0-9-]+/)?1/[0-9]+|sample_lecture[a-z0-9_]*)/iterations:"
STEPS = (50, 150)  # their difference cancels a run's fixed costs, except its samples at the end, whose lengths differ


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--filter", default=ONE_THREAD, help="the rows, a regular expression (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=20, help="rounds (default: %(default)s; 0: instructions alone)")
    parser.add_argument("--budget", type=float, default=0.1, help="seconds a row and round (default: %(default)s)")
    parser.add_argument("--limit", type=float, default=1.01, help="of new/base in time (default: %(default)s)")
    parser.add_argument("--instruction-limit", type=float, default=1.005, help="in instructions (default: %(default)s)")
    parser.add_argument("--no-instructions", action="store_true", help="leave valgrind out")
    options = parser.parse_args()
    for build in (options.base, options.new):
        for program in ("nib_bench", "nib"):
            if not (build / "bin" / program).exists():
                parser.error(f"{build}/bin/{program} is not there: expected a build folder with nib and nib_bench built")
    if options.pairs < 0 or 0 < options.pairs < 4:
        parser.error(f"--pairs is {options.pairs}: expected 0, or 4 at least, for quartiles")
    return options


def bench(build, *more):
    run = subprocess.run([build / "bin" / "nib_bench", *more], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{build}/bin/nib_bench failed: {run.stderr.strip() or 'no row has such a name'}")
    return run.stdout


def rows_of(build, options):
    """The rows' full names: Google Benchmark appends the iterations and the clock that it was told to use."""
    return bench(build, f"--benchmark_filter={options.filter}", "--benchmark_list_tests").split()


def short(row):
    return re.sub(r"/(iterations:1|manual_time)", "", row)


def seconds(build, row, options):
    """A row's time in one run of nib_bench; None if it fails. A row may lack what Google Benchmark appends."""
    text = bench(build, f"--benchmark_filter=^{short(row)}/iterations", "--benchmark_format=json",
                 f"--budget={options.budget}")
    units = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    result = json.loads(text)["benchmarks"][0]
    return None if result.get("error_occurred") else result["real_time"] * units[result["time_unit"]]


def lower_quartile(values):
    return sorted(values)[len(values) // 4]


def compare_times(options):
    """Prints a line a row; returns how many are slower, and how many are not judged."""
    builds = {"base": options.base, "new": options.new, "again": options.base}
    rows, new_rows = rows_of(options.base, options), rows_of(options.new, options)
    runs = {row: {which: [] for which in builds} for row in rows if row in new_rows}
    for turn in range(options.pairs):
        # The three runs of a row follow each other at once, since a machine's pace drifts by per cents within seconds.
        for row in runs:
            for which in list(builds)[:: 1 if turn % 2 == 0 else -1]:
                runs[row][which].append(seconds(builds[which], row, options))
        print(f"\rround {turn + 1} of {options.pairs}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    slower = noisy = 0
    print(f"| {'row':<36} | {'base':>8} | new/base | base/base | |\n|:{'-' * 36}-|-{'-' * 8}:|---------:|----------:|:-|")
    for row in rows:
        name = short(row)
        if row not in runs or any(None in runs[row][which] for which in builds):
            print(f"| {name:<36} | {'':>8} | {'':>8} | {'':>9} | not in both |")
            slower += 1
            continue
        base, new, again = (lower_quartile(runs[row][which]) for which in builds)
        verdict = "ok"
        if not QUIET[0] <= again / base <= QUIET[1]:
            verdict, noisy = "not judged: the machine was busy", noisy + 1
        elif new / min(base, again) > options.limit:
            verdict, slower = "SLOWER", slower + 1
        print(f"| {name:<36} | {with_unit(base):>8} | {new / min(base, again):>8.3f} | {again / base:>9.3f} | {verdict} |")
    return slower, noisy


def instructions(build, preset, steps, data, folder):
    """The instructions of a whole run of nib train on one thread."""
    out = os.path.join(folder, "count")
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", build / "bin" / "nib", "train", data,
               "--preset", preset, "--steps", str(steps), "--warmup", "0", "--threads", "1", "--log-every", "1000",
               # Checkpoints by the clock, which keeps running, would be counted in one run and not in another.
               "--checkpoint-every", "1000000", "--stats-every", "0", "--overwrite", "--out", os.path.join(folder, "run")]
    environment = dict(os.environ, NIB_ISA="avx2")
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    if run.returncode != 0:
        sys.exit(f"nib train under valgrind failed: {run.stderr.strip()[-2000:]}")
    for line in open(out):
        if line.startswith("totals:") or line.startswith("summary:"):
            return int(line.split()[1])
    sys.exit(f"{out} has no total")


def compare_instructions(options):
    """Prints a line a preset; returns how many have more instructions than allowed."""
    if shutil.which("valgrind") is None:
        print("instructions: not counted, as valgrind is not installed")
        return 0
    more = 0
    with tempfile.TemporaryDirectory() as folder:
        names = pathlib.Path(__file__).resolve().parent.parent / "data" / "names.txt"
        data = os.path.join(folder, "names.txt")
        with open(data, "w") as file:
            file.writelines(names.read_text().splitlines(keepends=True)[:300])
        print("\n| instructions of a step, AVX2 | base | new | new/base | |\n|:---|---:|---:|---:|:-|")
        for preset in PRESETS:
            base, new = ((lambda few, many: (many - few) / (STEPS[1] - STEPS[0]))(
                *(instructions(build, preset, steps, data, folder) for steps in STEPS))
                for build in (options.base, options.new))
            verdict = "ok" if new / base <= options.instruction_limit else "MORE"
            more += verdict != "ok"
            print(f"| {preset} | {base:.0f} | {new:.0f} | {new / base:.4f} | {verdict} |")
    return more


def main():
    options = arguments()
    slower, noisy = compare_times(options) if options.pairs > 0 else (0, 0)
    more = 0 if options.no_instructions else compare_instructions(options)
    print(f"\n{slower} slower than {options.limit} times base, {noisy} not judged, {more} with more instructions than "
          f"{options.instruction_limit} times base")
    return 1 if slower or more else 3 if noisy else 0


if __name__ == "__main__":
    sys.exit(main())
