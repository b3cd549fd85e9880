#!/usr/bin/env python3
"""Says how many times as fast several ranks train as one, by a model of a step, and how far the model is from two ranks.

    mpirun -n 2 --bind-to core build/bin/nib_bench --benchmark_out=ranks.json
    bench/when_it_pays.py ranks.json

In several files, the fastest run of each row counts. A step on R ranks takes about T / R + c a log2 R +
8 P (R - 1) / (R B). The rows give T, the step on one rank; c, the number of calls in it; P, the number of parameters;
and for shared memory a, the time of all_gather with 64 bytes, and B, the bytes a second of all_to_all with 1 MiB. The
networks' a and B are assumptions, not measured.

Exit status: 0 done, 2 wrong usage, or a row is missing.
"""
import argparse
import json
import math
import pathlib
import re
import typing

from compare import short
from printing import print_head, print_row, with_unit

RANKS = (2, 4, 8)
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


class Link(typing.NamedTuple):
    name: str
    latency: float  # seconds of the shortest call between two ranks
    bandwidth: float  # bytes a second


ASSUMED = (Link("10 Gbit/s", 30e-6, 1.2e9), Link("100 Gbit/s", 5e-6, 12e9))


class Step(typing.NamedTuple):
    network: str
    batch: str
    alone: float  # seconds on one rank
    on_two: float
    calls: float
    parameters: float

    def on(self, ranks, link):
        exchange = self.calls * link.latency * math.log2(ranks)
        return self.alone / ranks + exchange + 8 * self.parameters * (ranks - 1) / (ranks * link.bandwidth)


def rows_of(paths):
    """The fastest run of each row, by its name without the engine, and the number of ranks."""
    rows = {}
    for run in (run for path in paths for run in json.loads(path.read_text())["benchmarks"]):
        name = re.fullmatch(r"((?:all_|broadcast|train_step_ranks).*)/([a-z-]+)/(\d+)", short(run["run_name"]))
        if name is None or run["run_type"] != "iteration":
            continue
        run["seconds"] = run["real_time"] * SECONDS[run["time_unit"]]
        key = name[1], int(name[3])
        rows[key] = min(run, rows.get(key, run), key=lambda each: each["seconds"])
    return rows


def shared_memory(rows):
    size = 1 << 20
    return Link("shared memory", rows["all_gather/64", 2]["seconds"], size / rows[f"all_to_all/{size}", 2]["seconds"])


def steps_of(rows):
    for (name, ranks), run in rows.items():
        if name.startswith("train_step_ranks/") and ranks == 2:
            network, batch = name.split("/")[1:]
            yield Step(network, batch, rows[name, 1]["seconds"], run["seconds"], run["calls"], run["parameters"])


def print_speed_ups(steps, links):
    counts = ", ".join(map(str, RANKS))
    print_head(["network", "examples"], ["one rank", *(f"{link.name}: {counts} ranks" for link in links)])
    for step in steps:
        speed_ups = (", ".join(f"{step.alone / step.on(ranks, link):.1f}" for ranks in RANKS) for link in links)
        print_row([step.network, step.batch, with_unit(step.alone), *speed_ups])


def print_deviations(steps, link):
    print_head(["network", "examples"], ["calls", "parameters", "two ranks", "the model", "measured / model"])
    for step in steps:
        model = step.on(2, link)
        print_row([step.network, step.batch, f"{step.calls:.0f}", f"{step.parameters:.0f}", with_unit(step.on_two),
                   with_unit(model), f"{step.on_two / model:.2f}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE", help="rows of nib_bench on two ranks")
    options = parser.parse_args()
    try:
        rows = rows_of(options.files)
        memory = shared_memory(rows)
        steps = sorted(steps_of(rows), key=lambda step: (step.parameters, int(step.batch)))
    except (OSError, ValueError) as error:
        parser.error(f"not nib_bench's JSON: {error}")
    except KeyError as error:
        parser.error(f"no file has the row {error}")
    links = (memory, *ASSUMED)
    for link in links:
        print(f"{link.name}: a {with_unit(link.latency)}, B {link.bandwidth * 1e-9:.3g} GB/s")
    print()
    print_speed_ups(steps, links)
    print()
    print_deviations(steps, memory)


if __name__ == "__main__":
    main()
