#!/usr/bin/env python3
"""Measures networks of convolutions, nib beside PyTorch, ONNX Runtime and JAX, in turns, and prints a table.

    bench/conv.py [BUILD] [options]

BUILD is a build folder with lib/libnib.so (default build). Each figure is the time of a step of SGD on a minibatch, or of
the outputs for one, on one thread, in the fastest burst of all rounds, followed by what that is over nib's time. A round
measures nib and each peer once. All begin with nib's initial numbers and have the same minibatch in each step: losses
after some steps, and outputs, are compared.

    nib              the trained network: nib_trainer_run, nib_model_predict
    nib folded       nib_fold, nib_folded_predict; outputs' ratios are over this one's time
    PyTorch          modules of torch.nn, SGD as one operation
    channels last    the same with the memory format channels_last
    compiled         that by torch.compile
    JAX              jax.jit, a whole step as one function
    ONNX Runtime     the same graph in ONNX

Needs the Python packages numpy and cffi. A row that nib refuses is left out, and a line says so with nib's reason.

Exit status: 0 done, 1 losses or outputs differ, 2 wrong usage, 77 no numpy or cffi.
"""
import argparse
import importlib
import math
import os
import pathlib
import sys

from convnets import networks
from printing import print_head, print_row, skip, with_unit
from steps.fastest import fastest

# Set before the libraries are loaded, which read them once.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

PEERS = {"pytorch": ("PyTorch", "channels last", "compiled"), "jax_functions": ("JAX",),
         "onnx_runtime": ("ONNX Runtime",)}  # by the module of convnets/ that has them
RATE = 0.01
CHECKED_STEPS = 3
TOLERANCE = 1e-3  # of losses relative to each other, and of probabilities


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path, default="build", help="the folder (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--budget", type=float, default=0.5, help="seconds a figure and round (default: %(default)s)")
    parser.add_argument("--only", default="", help="only rows with this in their names, such as 'ResNet-20, a step'")
    parser.add_argument("--peers", default="", help="only peers with this in their names")
    options = parser.parse_args()
    if not (options.build / "lib" / "libnib.so").exists():
        parser.error(f"{options.build}/lib/libnib.so is not there: expected a build folder with it")
    if options.rounds < 1:
        parser.error("--rounds: expected 1 or more")
    if not selected(options):
        parser.error(f"--only is {options.only}: no row has that in its name")
    return options


def selected(options):
    return [work for work in networks.ALL if options.only in work.name]


def installed(options):
    """The classes of the installed peers, and their versions."""
    found, versions = [], []
    for module in PEERS:
        try:
            peers = importlib.import_module(f"convnets.{module}")
        except ImportError as error:
            skip(module, error)
            continue
        versions.append(peers.version)
        found += [peer for peer in peers.PEERS if options.peers in peer.name]
    return found, versions


class Measured:
    """A work, with run(count) for nib and for each peer that can do it."""

    def __init__(self, work, library, peers):
        self.work, self.best = work, {}
        random = numpy.random.default_rng(1)
        x = random.standard_normal((work.batch, *work.network.shape), "f4")
        classes = random.integers(0, work.network.classes, work.batch)
        model = nib.Model(library, work.network, x, classes)
        parameters = model.parameters()
        self.runs = {"nib": model.training(RATE) if work.trains else model.inference()}
        if not work.trains:
            self.add_folded(model)
        for peer in peers:
            if work.trains and peer.training is None:
                continue
            made = peer(work.network, parameters, x, classes, RATE)
            self.runs[peer.name] = made.training() if work.trains else made.inference()

    def add_folded(self, model):
        try:
            self.runs["nib folded"] = model.folded_inference()
        except nib.Refused as error:
            skip(f"{self.work.name}, nib folded", error)

    @property
    def base(self):
        return "nib folded" if "nib folded" in self.runs else "nib"

    def agrees(self):
        """Whether all have nib's result after some steps; prints those that have not."""
        results = {}
        for name, (run, result) in self.runs.items():
            run(CHECKED_STEPS if self.work.trains else 1)
            results[name] = numpy.asarray(result())
        right, scale = results["nib"], float(results["nib"]) if self.work.trains else 1
        wrong = {name: float(abs(result - right).max()) for name, result in results.items()
                 if not abs(result - right).max() <= TOLERANCE * scale}  # not >, which NaN would pass
        if wrong:
            print(f"{self.work.name}, batch {self.work.batch}: differ from nib: {wrong}", file=sys.stderr)
        return not wrong

    def measure(self, options):
        for name, (run, _) in self.runs.items():
            self.best[name] = min(fastest(run, options.budget), self.best.get(name, math.inf))

    def cell(self, name):
        if name not in self.best:
            return "-"
        text = with_unit(self.best[name])
        return text if name == self.base else f"{text}, {self.best[name] / self.best[self.base]:.2f}"


def measured_works(options, library, peers):
    works = []
    for work in selected(options):
        try:
            works.append(Measured(work, library, peers))
        except nib.Refused as error:
            skip(f"{work.name}, batch {work.batch}", error)
    return works


def main():
    global numpy, nib
    options = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
    try:
        import numpy
        nib = importlib.import_module("convnets.library")
    except ImportError as error:
        skip("all", error)
        return 77
    peers, versions = installed(options)
    library = nib.Library(options.build)
    print(f"{' '.join(sys.argv)}\n\nnib {library.version} ({library.isa}), {', '.join(versions)}; one thread\n")
    works = measured_works(options, library, peers)
    right = all([work.agrees() for work in works])
    for turn in range(options.rounds):
        for work in works:
            work.measure(options)
        print(f"\rround {turn + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    names = ["nib", "nib folded", *(peer.name for peer in peers)]
    print_head(["work", "batch"], names)
    for work in works:
        print_row([work.work.name, str(work.work.batch), *(work.cell(name) for name in names)])
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
