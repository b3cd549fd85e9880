#!/usr/bin/env python3
"""Times ONNX Runtime on the model that "nib export FILE --format onnx" wrote, beside nib's own figures.

    bench/onnxruntime.py MODEL.onnx [NIB_BENCH]

One thread each. NIB_BENCH (default build/bin/nib_bench) is run for infer/1/..., whose model has lecture-deep's sizes:
compare with an export of that preset. Needs the Python packages onnxruntime and numpy; without them, exit status 77.
"""
import re
import subprocess
import sys
import time

# This file has the package's name: from its own folder, first in the path, Python would import it.
sys.path.pop(0)

BATCHES = (1, 16, 64, 256)


def onnx_ns_per_row(path, batch, budget=1.0):
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    kind = {"tensor(int64)": numpy.int64, "tensor(int32)": numpy.int32}[entry.type]
    contexts = numpy.zeros((batch, entry.shape[1]), dtype=kind)
    contexts[:] = numpy.arange(contexts.size).reshape(contexts.shape) * 7 % 27
    best, end = float("inf"), time.perf_counter() + budget
    while time.perf_counter() < end:
        begin = time.perf_counter()
        for _ in range(20):
            session.run(None, {entry.name: contexts})
        best = min(best, (time.perf_counter() - begin) / 20)
    return best / batch * 1e9


def nib_ns_per_row(bench):
    """The figures by batch, empty where the program is not there."""
    try:
        text = subprocess.run([bench, "--benchmark_filter=^infer/1/"], stdout=subprocess.PIPE, check=True, text=True).stdout
    except FileNotFoundError:
        return {}
    return {int(batch): float(ns) for batch, ns in re.findall(r"infer/1/(\d+) .*ns_per_char ([0-9.e+]+)", text)}


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        import onnxruntime
    except ImportError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 77
    nib = nib_ns_per_row(sys.argv[2] if len(sys.argv) == 3 else "build/bin/nib_bench")
    print(f"ONNX Runtime {onnxruntime.__version__}, ns a row")
    print(f"{'batch':>6} {'ONNX Runtime':>14} {'nib':>8}")
    for batch in BATCHES:
        print(f"{batch:>6} {onnx_ns_per_row(sys.argv[1], batch):>14.0f} {nib.get(batch, float('nan')):>8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
