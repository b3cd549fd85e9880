"""The program nib, run and asked for what a comparison with PyTorch needs. sys.argv[1] is its path."""

import importlib.util
import pathlib
import subprocess
import sys

from safetensors import safe_open

ROOT = pathlib.Path(__file__).resolve().parents[2]
NIB = pathlib.Path(sys.argv[1]).resolve()


def run(*arguments, code=0, cwd=None):
    done = subprocess.run([NIB, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
    assert done.returncode == code, f"nib {arguments}: exit {done.returncode}\n{done.stderr}"
    return done.stdout, done.stderr


def metadata_of(path):
    with safe_open(path, "pt") as file:
        return file.metadata()


def exported(file, path):
    """The module that nib export writes for a model.safetensors, imported."""
    run("export", file, "--format", "pytorch", "-o", path)
    lines = path.read_text("ascii").split("\n")
    assert max(map(len, lines)) <= 100, f"{path} has longer lines"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def logits_apart(expected, got):
    """The largest difference, over the largest number or 1."""
    return (expected - got).abs().max().item() / max(1.0, expected.abs().max().item())
