"""The fixtures of all tests: the program nib, data, and small models."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import nib

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def program():
    """Runs the program nib with the given words in a folder; skipped without the program."""
    path = Path(os.environ.get("NIB_PROGRAM", ROOT / "build/bin/nib"))
    if not path.exists():
        pytest.skip(f"there is no {path}: NIB_PROGRAM names the program")

    def run(*words, cwd):
        done = subprocess.run([path, *map(str, words)], cwd=cwd, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def names():
    """The names that come with nib, a list of str."""
    return (ROOT / "data/names.txt").read_text(encoding="utf-8").split("\n")[:-1]


@pytest.fixture(scope="session")
def lecture_names():
    """The lecture's list of names, as a path; skipped without it."""
    path = os.environ.get("NIB_LECTURE_NAMES")
    if not path:
        pytest.skip("NIB_LECTURE_NAMES is not set: it names the lecture's names.txt")
    return Path(path)


@pytest.fixture(scope="session")
def blobs():
    """300 rows (n, 4) of three classes that overlap a little, and the classes (n)."""
    random = np.random.default_rng(1)
    y = np.arange(300) % 3
    x = random.normal(size=(300, 4)) + 2 * np.eye(4)[y]
    return x.astype(np.float32), y


@pytest.fixture(scope="session")
def model(blobs):
    """A trained model of blobs; tests must not train it further."""
    made = nib.Model("standardize, linear 16, batchnorm, relu, linear", "floats 4")
    made.train(*blobs, epochs=10, progress=False)
    return made


@pytest.fixture(scope="session")
def text_model(names):
    """A trained model of the first 400 names; tests must not train it further."""
    made = nib.TextModel(network="embedding 8, flatten, linear 32, batchnorm, tanh, linear", steps=100, context=4)
    made.fit(names[:400], progress=False)
    return made
