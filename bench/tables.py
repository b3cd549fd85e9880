#!/usr/bin/env python3
"""Trains small networks on tables with nib, scikit-learn and PyTorch, and prints the steps a second of each.

    bench/tables.py [NIB] [options]
    bench/tables.py [NIB] --quality

NIB is the program (default build/bin/nib). All three train the same network on the same rows, with minibatches of the
same size, on one thread; they are tested after the same number of steps. A step's time is that of a long run less that of
a short one, over the steps between, so that start-up, reading and writing count nothing. It is processor time, which other
programs on the machine disturb less than the clock's. Of --repeats runs of each length the fastest counts; the programs
take turns.

--quality instead compares nib's accuracy, or R2, on rows held out with the reference figures below.

Needs the Python package numpy. scikit-learn has the small sets; without it, without PyTorch or without Fashion-MNIST
(Debian's dataset-fashion-mnist), what needs them is left out, and a line says so.

Exit status: 0 done, 1 nib's mean is more than a standard error below a reference, 2 wrong usage, 77 nothing to measure.
"""
import argparse
import gzip
import importlib
import math
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import typing
import warnings

from printing import print_head, print_row, skip

# Set before numpy and PyTorch are loaded, which read them once.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

RATE = 3e-3
WEIGHT_DECAY = 0.01


class Case(typing.NamedTuple):
    """A set, a network with one hidden layer, and how long it is trained."""

    set: str
    width: int
    activation: str = "relu"
    epochs: int = 30
    batch: int = 32
    scaled: bool = True
    batchnorm: bool = False
    reference: float = math.nan  # PyTorch's, the mean of five seeds


SPEED = (
    Case("digits", 32),
    Case("digits", 128),
    Case("breast cancer", 32),
    Case("wine", 32),
    Case("diabetes", 16, "tanh", 40),
    Case("Fashion-MNIST", 128, epochs=3, batch=128),
)
QUALITY = (
    Case("digits", 32, reference=0.9738),
    Case("breast cancer", 32, reference=0.958),
    Case("breast cancer", 32, scaled=False, reference=0.902),
    Case("wine", 32, reference=1.000),
    Case("wine", 32, scaled=False, reference=0.724),
    Case("diabetes", 16, "tanh", 40, reference=0.350),
    Case("Fashion-MNIST", 128, epochs=3, batch=128, batchnorm=True, reference=0.866),
)


class Rows(typing.NamedTuple):
    """A set in two parts, in two forms: as files, which nib reads, and as arrays."""

    train_file: str
    test_file: str
    x: typing.Any
    y: typing.Any
    test_x: typing.Any
    test_y: typing.Any
    classes: int  # 0: y is a number to learn


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nib", nargs="?", default="build/bin/nib", help="the program (default: %(default)s)")
    parser.add_argument("--quality", action="store_true", help="accuracy and R2 beside the reference figures")
    parser.add_argument("--seeds", type=int, help="runs whose accuracy or R2 is averaged (default: 1, with --quality 5)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each length (default: %(default)s)")
    parser.add_argument("--budget", type=float, default=0.5,
                        help="seconds between a long run and a short one, at least (default: %(default)s)")
    parser.add_argument("--filter", default="", help="only sets with this in their names")
    parser.add_argument("--fashion-mnist", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist",
                        metavar="DIR", help="the folder of its IDX files (default: %(default)s)")
    options = parser.parse_args()
    if options.seeds is None:
        options.seeds = 5 if options.quality else 1
    if options.seeds < 1 or options.repeats < 1:
        parser.error("--seeds and --repeats: expected 1 or more")
    try:
        subprocess.run([options.nib, "--version"], stdout=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        parser.error(f"{options.nib} does not run: expected the program nib")
    return options


# Sets ----------------------------------------------------------------------------------------------------------------


def idx(path):
    """The array of an IDX file of bytes."""
    content = gzip.decompress(path.read_bytes())
    dimensions = content[3]
    shape = numpy.frombuffer(content, ">i4", dimensions, 4)
    return numpy.frombuffer(content, "u1", offset=4 + 4 * dimensions).reshape(shape)


def fashion_mnist(folder):
    images = [folder / f"{part}-images-idx3-ubyte.gz" for part in ("train", "t10k")]
    labels = [folder / f"{part}-labels-idx1-ubyte.gz" for part in ("train", "t10k")]
    x, test_x = (idx(path).reshape(-1, 784).astype("f4") for path in images)
    y, test_y = (idx(path).astype("i8") for path in labels)
    return Rows(*map(str, images), x, y, test_x, test_y, 10)


def small_set(name, folder):
    """One of scikit-learn's own sets; a quarter of its rows is held out, the same share of each class."""
    from sklearn import datasets, model_selection

    load = {"digits": datasets.load_digits, "breast cancer": datasets.load_breast_cancer, "wine": datasets.load_wine,
            "diabetes": datasets.load_diabetes}[name]
    x, y = load(return_X_y=True)
    classes = 0 if name == "diabetes" else int(y.max()) + 1
    x, y = x.astype("f4"), y.astype("i8" if classes else "f4")
    x, test_x, y, test_y = model_selection.train_test_split(x, y, test_size=0.25, random_state=0,
                                                            stratify=y if classes else None)
    files = [os.path.join(folder, f"{name}-{part}.npz") for part in ("train", "test")]
    numpy.savez(files[0], x=x, y=y)
    numpy.savez(files[1], x=test_x, y=test_y)
    return Rows(*files, x, y, test_x, test_y, classes)


def load(case, options, folder):
    """The rows of a case; None if they are not on this machine."""
    try:
        if case.set == "Fashion-MNIST":
            return fashion_mnist(options.fashion_mnist)
        return small_set(case.set, folder)
    except (ImportError, FileNotFoundError) as error:
        skip(case.set, error)
        return None


def scaled(case, rows):
    """The rows for the Python packages: scaled by the training rows, as nib's own layers do."""
    if not case.scaled:
        return rows
    mean, deviation = rows.x.mean(0), rows.x.std(0)
    deviation[deviation == 0] = 1
    rows = rows._replace(x=(rows.x - mean) / deviation, test_x=(rows.test_x - mean) / deviation)
    if not rows.classes:
        mean, deviation = rows.y.mean(), rows.y.std()
        rows = rows._replace(y=(rows.y - mean) / deviation, test_y=(rows.test_y - mean) / deviation)
    return rows


# Programs: each trains for a number of epochs and returns the processor's seconds and what it predicts for the test rows


def steps_of(case, rows, epochs):
    """The packages' last minibatch of an epoch is smaller; nib, whose minibatches are all full, takes as many."""
    return epochs * math.ceil(len(rows.x) / case.batch)


def network(case):
    """The network, with the initial weights of PyTorch's Linear."""
    batchnorm = "batchnorm, " if case.batchnorm else ""
    return f"linear {case.width} gain=0.577, {batchnorm}{case.activation}, linear gain=0.577"


class Nib:
    name = "nib"

    def __init__(self, program, case, rows, folder):
        self.program, self.case, self.rows = program, case, rows
        self.out, self.answers = os.path.join(folder, "run"), os.path.join(folder, "answers.npy")

    def train(self, epochs, seed):
        task = "classify" if self.rows.classes else "regress"
        command = [self.program, "train", self.rows.train_file, "--test", self.rows.test_file, "--task", task,
                   "--network", network(self.case), "--scale", "on" if self.case.scaled else "off", "--threads", "1",
                   "--steps", steps_of(self.case, self.rows, epochs), "--batch", self.case.batch, "--lr", RATE,
                   "--weight-decay", WEIGHT_DECAY, "--schedule", "constant", "--warmup", 0, "--seed", seed,
                   # A run of nothing but steps.
                   "--eval-every", 0, "--stats-every", 0, "--log-every", 2**40, "--checkpoint-every", 2**40,
                   "--out", self.out, "--overwrite"]
        begin = self.children()
        self.run(command)
        return self.children() - begin

    def predict(self):
        self.run([self.program, "predict", os.path.join(self.out, "model.safetensors"), self.rows.test_file,
                  "-o", self.answers])
        answers = numpy.load(self.answers)
        return answers.argmax(1) if self.rows.classes else answers.ravel()

    @staticmethod
    def run(command):
        run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"nib {command[1]} failed: {run.stderr.strip()[-2000:]}")

    @staticmethod
    def children():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime


class ScikitLearn:
    name = "scikit-learn"

    def __init__(self, case, rows):
        self.case, self.rows = case, rows

    def train(self, epochs, seed):
        from sklearn import exceptions, neural_network

        # A run that stops at its number of epochs is intended.
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        kind = neural_network.MLPClassifier if self.rows.classes else neural_network.MLPRegressor
        self.model = kind(hidden_layer_sizes=(self.case.width,), activation=self.case.activation, solver="adam",
                          batch_size=self.case.batch, learning_rate_init=RATE, max_iter=epochs, tol=0,
                          n_iter_no_change=epochs + 1, random_state=seed)
        begin = time.process_time()
        self.model.fit(self.rows.x, self.rows.y)
        return time.process_time() - begin

    def predict(self):
        return self.model.predict(self.rows.test_x)


class PyTorch:
    name = "PyTorch"
    fused = False

    def __init__(self, case, rows):
        import torch

        torch.set_num_threads(1)
        self.torch, self.case, self.rows, self.classes = torch, case, rows, rows.classes
        self.x, self.y, self.test_x = (torch.from_numpy(array) for array in (rows.x, rows.y, rows.test_x))

    def module(self):
        nn = self.torch.nn
        batchnorm = [nn.BatchNorm1d(self.case.width)] if self.case.batchnorm else []
        activation = {"relu": nn.ReLU, "tanh": nn.Tanh}[self.case.activation]()
        return nn.Sequential(nn.Linear(self.x.shape[1], self.case.width), *batchnorm, activation,
                             nn.Linear(self.case.width, self.classes or 1), *([] if self.classes else [nn.Flatten(0)]))

    def train(self, epochs, seed):
        self.torch.manual_seed(seed)
        self.model = self.module()
        optimizer = self.torch.optim.AdamW(self.model.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY, fused=self.fused)
        loss = self.torch.nn.CrossEntropyLoss() if self.classes else self.torch.nn.MSELoss()
        begin = time.process_time()
        for _ in range(epochs):
            for picked in self.torch.randperm(len(self.x)).split(self.case.batch):
                optimizer.zero_grad()
                loss(self.model(self.x[picked]), self.y[picked]).backward()
                optimizer.step()
        return time.process_time() - begin

    def predict(self):
        self.model.eval()
        with self.torch.no_grad():
            answers = self.model(self.test_x).numpy()
        return answers.argmax(1) if self.classes else answers


class FusedPyTorch(PyTorch):
    """PyTorch with AdamW as one operation, which gives the same numbers faster."""

    name = "PyTorch fused"
    fused = True


def packages():
    """The Python programs whose packages are installed."""
    there = []
    for package, programs in (("sklearn", [ScikitLearn]), ("torch", [PyTorch, FusedPyTorch])):
        try:
            print(f"{programs[0].name} {importlib.import_module(package).__version__}, ", end="")
            there += programs
        except ImportError as error:
            skip(programs[0].name, error)
    print(f"numpy {numpy.__version__}, one thread each\n")
    return there


# Figures -------------------------------------------------------------------------------------------------------------


def score(predicted, rows):
    """The share of correct classes, or R2."""
    if rows.classes:
        return float((predicted == rows.test_y).mean())
    return 1 - float(((predicted - rows.test_y) ** 2).sum() / ((rows.test_y - rows.test_y.mean()) ** 2).sum())


def scores(program, epochs, seeds):
    found = []
    for seed in range(1, seeds + 1):
        program.train(epochs, seed)
        found.append(score(program.predict(), program.rows))
    return found


def mean_and_error(values):
    """The mean, and its standard error, which is 0 for a single value."""
    mean = sum(values) / len(values)
    if len(values) == 1:
        return mean, 0
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))


def written(values):
    mean, error = mean_and_error(values)
    return f"{mean:.4f}" if len(values) == 1 else f"{mean:.4f} ± {error:.4f}"


def long_run(program, epochs, budget):
    """The epochs of a run that takes longer than one of `epochs` by at least the budget."""
    short, long = program.train(epochs, 1), 2 * epochs
    while program.train(long, 1) - short < budget:
        long *= 2
    return long


def steps_per_second(programs, case, rows, options):
    """A figure for each program."""
    lengths = {program: (case.epochs, long_run(program, case.epochs, options.budget)) for program in programs}
    best = {}
    for _ in range(options.repeats):
        for program in programs:
            for epochs in lengths[program]:
                seconds = program.train(epochs, 1)
                best[program, epochs] = min(seconds, best.get((program, epochs), math.inf))
    return [steps_of(case, rows, long - short) / (best[program, long] - best[program, short])
            for program, (short, long) in lengths.items()]


def with_rows(cases, options, folder):
    """Pairs of a case and its rows, for the requested cases whose rows are on this machine."""
    pairs = [(case, load(case, options, folder)) for case in cases if options.filter in case.set]
    return [(case, rows) for case, rows in pairs if rows is not None]


def shape(case, rows):
    batchnorm = " batchnorm" if case.batchnorm else ""
    return f"{rows.x.shape[1]}-{case.width}-{rows.classes or 1}{batchnorm} {case.activation}"


def print_speed(pairs, options, folder, packages):
    names = [package.name for package in packages]
    tested = [name for name in ["nib", *names] if name != FusedPyTorch.name]
    print_head(["set", "network", "batch"], ["nib, steps/s", *names, *(f"nib / {name}" for name in names),
                                             *(f"test, {name}" for name in tested)])
    for case, rows in pairs:
        for_packages = scaled(case, rows)
        programs = [Nib(options.nib, case, rows, folder), *(package(case, for_packages) for package in packages)]
        speeds = steps_per_second(programs, case, rows, options)
        quality = [written(scores(program, case.epochs, options.seeds)) for program in programs if program.name in tested]
        print_row([case.set, shape(case, rows), str(case.batch), *(f"{speed:,.0f}" for speed in speeds),
                   *(f"{speeds[0] / speed:.1f}" for speed in speeds[1:]), *quality])


def print_quality(pairs, options, folder, packages):
    """Returns whether nib is nowhere more than one standard error below the reference."""
    with_pytorch = PyTorch in packages
    print_head(["set", "network", "scaled"], ["reference", "nib", *(["PyTorch here"] if with_pytorch else []), ""])
    good = True
    for case, rows in pairs:
        found = scores(Nib(options.nib, case, rows, folder), case.epochs, options.seeds)
        beside = [written(scores(PyTorch(case, scaled(case, rows)), case.epochs, options.seeds))] if with_pytorch else []
        mean, error = mean_and_error(found)
        enough = mean + error >= case.reference
        good = good and enough
        print_row([case.set, shape(case, rows), "yes" if case.scaled else "no", f"{case.reference:.4g}", written(found), *beside,
                   "ok" if enough else "LOWER"])
    return good


def main():
    global numpy
    options = arguments()
    try:
        import numpy
    except ImportError as error:
        skip("all", error)
        return 77
    print(subprocess.run([options.nib, "--version"], capture_output=True, text=True).stdout.strip(), end=", ")
    there = packages()
    with tempfile.TemporaryDirectory() as folder:
        pairs = with_rows(QUALITY if options.quality else SPEED, options, folder)
        if not pairs:
            return 77
        if options.quality:
            return 0 if print_quality(pairs, options, folder, there) else 1
        print_speed(pairs, options, folder, there)
    return 0


if __name__ == "__main__":
    sys.exit(main())
