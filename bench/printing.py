"""Printing that the scripts of this folder share."""
import sys


def skip(what, why):
    print(f"skipped: {what}: {why}", file=sys.stderr)


def print_row(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def print_head(left, right):
    print_row(left + right)
    print("|" + ":--|" * len(left) + "--:|" * len(right))


def with_unit(seconds):
    for unit, scale in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
