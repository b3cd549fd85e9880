#!/usr/bin/env python3
"""Measures the Python package: what a call costs beside C's, and digits beside scikit-learn's perceptron.

    build/python/venv/bin/python bench/python.py

Needs the packages nib-nn and scikit-learn, which tools/dev test-python installs there. One thread. Of several bursts the
fastest counts, as in the other benchmarks; of fits the fastest of three seeds.
"""
import os
import timeit
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

import nib  # noqa: E402
from nib._arrays import pointer  # noqa: E402
from nib._library import lib  # noqa: E402

EPOCHS, BATCH, HIDDEN, SEEDS = 40, 32, (64,), range(3)


def seconds(call):
    """Returns the time of one call, in the fastest burst of about 2 ms."""
    number = max(1, int(2e-3 / max(timeit.timeit(call, number=3) / 3, 1e-8)))
    return min(timeit.repeat(call, number=number, repeat=200)) / number


def print_predictions(x, y):
    """The time of Model.predict beside the same call of nib_model_predict from C's types."""
    model = nib.Model("standardize, linear 64, relu, linear", threads=1)
    model.train(x, y, epochs=2)
    print("rows    predict, us   nib_model_predict, us   ratio")
    for rows in (1, 32, 256, 1797):
        part, out = np.ascontiguousarray(x[:rows]), np.empty((rows, 10), np.float32)
        arguments = (model._handle.pointer, pointer(part, "float"), rows, part.shape[1], pointer(out, "float"))
        from_python = seconds(lambda: model.predict(part, out=out))
        from_c = seconds(lambda: lib.nib_model_predict(*arguments))
        print(f"{rows:<8}{from_python * 1e6:8.2f}{from_c * 1e6:20.2f}{from_python / from_c:16.3f}")


def fitted(make, x, y, x_test, y_test):
    """The mean accuracy over the seeds, and the time of the fastest fit in seconds."""
    accuracies, times = [], []
    for seed in SEEDS:
        model = make(seed)
        times.append(timeit.timeit(lambda: model.fit(x, y), number=1))
        accuracies.append(model.score(x_test, y_test))
    return np.mean(accuracies), min(times)


def print_digits(x, y):
    """Both classifiers with the same sizes, epochs and minibatches."""
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)
    scaler = StandardScaler().fit(x)
    nib_accuracy, nib_time = fitted(
        lambda seed: nib.Classifier(HIDDEN, epochs=EPOCHS, batch_size=BATCH, random_state=seed, threads=1),
        x, y, x_test, y_test)
    peer_accuracy, peer_time = fitted(
        lambda seed: MLPClassifier(HIDDEN, max_iter=EPOCHS, batch_size=BATCH, n_iter_no_change=EPOCHS, random_state=seed),
        scaler.transform(x), y, scaler.transform(x_test), y_test)
    error = (peer_accuracy * (1 - peer_accuracy) / len(y_test)) ** 0.5
    print(f"digits, {EPOCHS} epochs: nib {nib_accuracy:.4f} in {nib_time:.3f} s, scikit-learn {peer_accuracy:.4f} in "
          f"{peer_time:.3f} s: {peer_time / nib_time:.1f} times as fast; standard error {error:.4f}")


def main():
    warnings.simplefilter("ignore")  # scikit-learn's, that it has not converged
    x, y = load_digits(return_X_y=True)
    x = x.astype(np.float32)
    print_predictions(x, y)
    print_digits(x, y)


if __name__ == "__main__":
    main()
