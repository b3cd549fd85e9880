#!/usr/bin/env python3
"""Measures nib beside PyTorch, JAX, ONNX Runtime and FANN at the same work, in turns, and prints a table.

    bench/peers.py [BUILD] [options]

BUILD is a build folder with bin/nib_bench and bin/nib (default build). Each figure is the time of a step of SGD on a
minibatch, or of the outputs for one, in the fastest burst of 2 ms or more over all rounds, and what that is over nib's
time. A round measures each peer, and nib, once. Minibatches are prepared beforehand, but for nib's, which draws its own
within the step. All run on the same processors, as many as there are threads.

    nib               the row of nib_bench that the table names
    PyTorch eager     modules of torch.nn, SGD as one operation
    PyTorch compiled  torch.compile, a whole step as one function
    JAX               jax.jit; steps in jax.lax.scan, as many as a burst has
    ONNX Runtime      what "nib export --format onnx" writes
    FANN              fann_train_on_data and fann_test_data (Debian's libfann2)

FANN has neither embeddings nor batch normalisation nor cross-entropy: it gets floats instead of symbols, layers of the
same sizes, and the squared difference. Its figures in brackets are those of such other work. PyTorch and JAX begin with
the same numbers: their losses after eight steps are compared.

Needs the Python package numpy. What is not installed is named so in the table.

Exit status: 0 done, 1 losses differ, 2 wrong usage, 77 no numpy.
"""
import argparse
import importlib
import math
import os
import platform
import pathlib
import sys
import tempfile

import compare
from printing import print_head, print_row, skip, with_unit
from steps import work as works
from steps.fastest import fastest

PEERS = {"pytorch": ("PyTorch eager", "PyTorch compiled"), "jax_scan": ("JAX",), "onnx_runtime": ("ONNX Runtime",),
         "fann": ("FANN",)}  # by the module of steps/ that has them
OTHER_WORK = ("FANN",)  # at networks of symbols
CHECKED_STEPS = 8


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path, default="build", help="the folder (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--budget", type=float, default=0.5, help="seconds a figure and round (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1,
                        help="of each (default: %(default)s); with more, steps alone, and FANN has one all the same")
    parser.add_argument("--only", default="", help="only rows of nib_bench with this in their names")
    options = parser.parse_args()
    for program in ("nib_bench", "nib"):
        if not (options.build / "bin" / program).exists():
            parser.error(f"{options.build}/bin/{program} is not there: expected a build folder with both built")
    processors = sorted(os.sched_getaffinity(0))
    if options.rounds < 1 or not 1 <= options.threads <= len(processors):
        parser.error(f"--rounds: expected 1 or more; --threads: 1 to {len(processors)}")
    if not selected(options):
        parser.error(f"--only is {options.only}: no row has that in its name")
    return options


def selected(options):
    """Inference uses one thread: nib_bench gives each thread its own contexts."""
    return [work for work in works.ALL if options.only in work.row and (work.trains or options.threads == 1)]


def confine(threads):
    """Limits the process to this many processors, the last ones, and the libraries to as many threads."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)
    os.environ["JAX_PLATFORMS"] = "cpu"


def installed(options, folder):
    """The installed peers by name, and their versions."""
    found, versions = {}, []
    for module in PEERS:
        try:
            version, peers = importlib.import_module(f"steps.{module}").peers(options, folder)
        except (ImportError, OSError) as error:
            skip(module, error)
            continue
        versions.append(version)
        found |= {peer.name: peer for peer in peers}
    return found, versions


class Measured:
    """A work, with run(count) for each peer that can do it."""

    def __init__(self, work, peers, options):
        random = numpy.random.default_rng(1)
        self.work, self.best = work, {}
        self.row = work.row.format(options.threads)
        batches, parameters = works.batches(work, random), works.parameters(work, random)
        ways = {name: peer.training if work.trains else peer.inference for name, peer in peers.items()}
        self.runs = {name: way(work, parameters, batches) for name, way in ways.items() if way is not None}

    def losses(self, peers):
        """The losses after some steps, for the peers that report them."""
        found = {}
        for name, run in self.runs.items():
            run(CHECKED_STEPS)
            if hasattr(peers[name], "loss"):
                found[name] = peers[name].loss()
        return found

    def measure(self, options):
        seconds = {"nib": compare.seconds(options.build, self.row, options)}
        if seconds["nib"] is None:
            sys.exit(f"nib_bench failed at {self.row}")
        seconds |= {name: fastest(run, options.budget) for name, run in self.runs.items()}
        self.best = {name: min(now, self.best.get(name, math.inf)) for name, now in seconds.items()}

    def cell(self, name, peers):
        if name not in peers:
            return "not installed"
        if name not in self.best:
            return "-"
        text = f"{with_unit(self.best[name])}, {self.best[name] / self.best['nib']:.1f}"
        return f"({text})" if name in OTHER_WORK and self.work.layers[0].kind == "embedding" else text


def agree(measured, peers):
    """Whether the losses agree except for rounding; prints those that do not."""
    right = True
    for each in measured:
        losses = each.losses(peers) if each.work.trains else {}
        # Not written the other way round: if a loss is NaN, neither comparison holds.
        if losses and not max(losses.values()) - min(losses.values()) <= 1e-4 * max(losses.values()):
            print(f"{each.row}: losses after {CHECKED_STEPS} steps differ: {losses}", file=sys.stderr)
            right = False
    return right


def print_table(measured, peers):
    names = [name for group in PEERS.values() for name in group]
    print_head(["work", "batch"], ["nib", *names])
    for each in measured:
        print_row([each.work.name, str(each.work.batch), with_unit(each.best["nib"]),
                   *(each.cell(name, peers) for name in names)])


def print_run(options, versions):
    """Prints the machine, in nib_bench's words, the command, and the versions of the peers."""
    machine = compare.bench(options.build, "--benchmark_filter=^peak/1/", "--budget=0.01").splitlines()[0]
    threads = "one thread" if options.threads == 1 else f"{options.threads} threads"
    versions = ", ".join([*versions, f"Python {platform.python_version()}"])
    print(f"{machine}\n\n    {' '.join(sys.argv)}\n\n{versions}; {threads}\n")


def main():
    global numpy
    options = arguments()
    confine(options.threads)
    try:
        import numpy
    except ImportError as error:
        skip("all", error)
        return 77
    with tempfile.TemporaryDirectory() as folder:
        peers, versions = installed(options, folder)
        print_run(options, versions)
        measured = [Measured(work, peers, options) for work in selected(options)]
        right = agree(measured, peers)
        for turn in range(options.rounds):
            for each in measured:
                each.measure(options)
            print(f"\rround {turn + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        print_table(measured, peers)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
