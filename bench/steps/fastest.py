"""The shortest time that something takes, measured as nib_bench does: bench/measure.hpp."""
import math
import time

BURST = 2e-3  # seconds, less than a time slice


def seconds_of(run, count):
    begin = time.perf_counter()
    done = run(count)
    return time.perf_counter() - begin, done


def fastest(run, budget):
    """Seconds for one call. run(count) makes `count` calls or a few more, and returns how many."""
    count = 1
    run(count)
    while True:
        run(count)  # the first call may compile
        seconds, done = seconds_of(run, count)
        if seconds >= BURST:
            break
        count = 2 * max(done, count)
    best, spent = seconds / done, 0
    while spent < budget:
        seconds, done = seconds_of(run, count)
        best, spent = min(best, seconds / done), spent + seconds
    return best if best > 0 else math.inf
