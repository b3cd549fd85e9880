"""Threads, processes, interrupts and memory."""

import concurrent.futures
import gc
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import nib


def test_one_predicts_while_another_trains(model, blobs):
    x, y = blobs
    expected, other = model.predict(x), nib.Model("standardize, linear 64, relu, linear")
    predicted, ended = [], threading.Event()

    def predict():
        while not ended.is_set():
            predicted.append(np.array_equal(model.predict(x), expected))

    thread = threading.Thread(target=predict)
    thread.start()
    try:
        history = other.train(x, y, steps=30000, batch_size=8, eval_every=0)
    finally:
        ended.set()
        thread.join()
    assert all(predicted)
    # Both ran: the library's calls let other threads of Python run.
    assert len(predicted) > 20 and len(history.losses) == 30000


def test_two_models_train_on_one_data_set(blobs):
    data = nib.Dataset.table(*blobs)

    def fit(seed):
        model = nib.Model("standardize, linear 16, relu, linear", seed=seed)
        model.train(data, steps=3000)
        return model.to_bytes()

    expected = [fit(1), fit(2)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert list(pool.map(fit, [1, 2])) == expected


def test_an_object_that_ends_while_its_context_is_in_use_is_destroyed_later(model):
    folded = model.fold()
    context = folded._handle.context
    with concurrent.futures.ThreadPoolExecutor(1) as pool, context.lock:
        pool.submit(folded._handle.destroy).result(timeout=10)
        assert len(context._ended) == 1
    assert model.steps > 0 and len(context._ended) == 0


def test_one_model_in_many_threads(model, blobs):
    x, _ = blobs
    expected = model.predict(x)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: model.predict(x), range(100)))
    assert all(np.array_equal(each, expected) for each in found)


def _predict(task):
    model, x = task
    return model.predict(x)


def _fit(seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=(100, 4)).astype(np.float32)
    model = nib.Model("linear 16, relu, linear", seed=seed)
    model.train(x, (x[:, 0] > 0).astype(int), steps=50)
    return model


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(method, model, blobs):
    x, _ = blobs
    here = _fit(1)  # threads have run before the fork
    with multiprocessing.get_context(method).Pool(2) as pool:
        there = pool.map_async(_predict, [(model, x)] * 4).get(60)
        fitted = pool.map_async(_fit, [1, 2]).get(60)
    assert all(np.array_equal(each, model.predict(x)) for each in there)
    assert fitted[0].to_bytes() == here.to_bytes() != fitted[1].to_bytes()


def test_joblib(model, blobs):
    joblib = pytest.importorskip("joblib")
    x, _ = blobs
    found = joblib.Parallel(n_jobs=2)(joblib.delayed(_predict)((model, x)) for _ in range(4))
    assert all(np.array_equal(each, model.predict(x)) for each in found)


INTERRUPTED = """
import sys
import numpy as np
import nib

x = np.random.default_rng(0).normal(size=(1000, 8)).astype(np.float32)
model = nib.Model("linear 64, relu, linear")
def told(observation):
    if observation.step == 0:
        print("training", flush=True)
history = model.train(x, (x[:, 0] > 0).astype(int), steps=2**40, eval_every=0, stats_every=10000, on_observation=told)
assert history.interrupted and 0 < len(history.losses) == model.steps
assert (model.predict(x).argmax(axis=1) == (x[:, 0] > 0)).mean() > 0.9
print("kept")
"""


def test_ctrl_c_ends_a_run_and_keeps_the_model():
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "training\n"
    threading.Event().wait(0.5)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and output == "kept\n"


CLOSED = """
from nib._bindings import ffi
from nib._library import lib

ffi.dlclose(lib)
with open("/proc/self/maps") as maps:
    assert "libnib.so" in maps.read()
"""


def test_the_library_stays_loaded_as_python_ends():
    """Else one program in six crashed at its end, as OpenMP's threads were still in the code that was unloaded."""
    subprocess.run([sys.executable, "-c", CLOSED], check=True)


DAEMON = """
import threading
import numpy as np
import nib

x = np.random.default_rng(0).normal(size=(1000, 8)).astype(np.float32)
model, trains = nib.Model("linear 64, relu, linear"), threading.Event()
options = dict(steps=2**40, eval_every=0, progress=False, stats_every=100, on_observation=lambda _: trains.set())
threading.Thread(target=lambda: model.train(x, (x[:, 0] > 0).astype(int), **options), daemon=True).start()
assert trains.wait(60)
"""


def test_python_ends_while_a_daemon_thread_trains():
    for _ in range(3):  # a run that is between two calls of the library hides the fault
        done = subprocess.run([sys.executable, "-c", DAEMON], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


def resident():
    """Bytes of memory that the process has in use."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_a_thousand_fits_leave_no_memory_behind(blobs):
    x, y = blobs

    def fits(count):
        for _ in range(count):
            model = nib.Model("standardize, linear 64, relu, linear", threads=1)
            model.train(x, y, steps=5, keep_best=True)
            model.fold().predict(x)
        gc.collect()
        return resident()

    before = fits(200)
    # A model of this size has 2.5 KB of parameters: were it alone left behind, a thousand would take 2.5 MB.
    assert fits(1000) - before < 1_000_000
