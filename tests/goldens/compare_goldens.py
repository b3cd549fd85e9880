"""The largest differences between the goldens here and those of another folder: python3 compare_goldens.py DIR

Made with another PyTorch, or with --dtype float64, the other folder's goldens differ by rounding alone: what is seen
here is what a test's tolerance has to be well above.
"""

import glob
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DEPTH = 2  # of the field by which differences are summed up, as in "runs.losses"


def differences(one, other, path=()):
    """(path, difference) of every number; words must be equal. Entries of an array share its path."""
    if isinstance(one, dict):
        for key in one:
            if key != "made_by":
                yield from differences(one[key], other[key], path + (key,))
    elif isinstance(one, list):
        if len(one) != len(other):
            raise SystemExit(f"{'.'.join(path)}: {len(one)} entries against {len(other)}")
        for a, b in zip(one, other):
            yield from differences(a, b, path)
    elif isinstance(one, (int, float)):
        yield path, abs(one - other)
    else:
        yield path, 0.0 if one == other else float("inf")


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return json.load(file)


def main(folder):
    for name in sorted(map(os.path.basename, glob.glob(os.path.join(folder, "*.json")))):
        largest = {}
        for path, difference in differences(read(HERE, name), read(folder, name)):
            field = ".".join(path[:DEPTH])
            largest[field] = max(difference, largest.get(field, 0.0))
        print(name, ", ".join(f"{field} {d:.1e}" for field, d in largest.items() if d > 0) or "equal")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
