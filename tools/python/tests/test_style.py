"""The package is typed and formatted."""

import dataclasses
import inspect
import subprocess
import sys
import types
from pathlib import Path

import pytest

import nib

MEMBERS = (types.FunctionType, property, classmethod, staticmethod)
FOLDER = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "words",
    [
        ("mypy", "--cache-dir=/dev/null"),
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
    ],
)
def test_tool(words):
    pytest.importorskip(words[0])
    done = subprocess.run([sys.executable, "-m", *words], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", nib.__all__)
def test_everything_public_has_a_docstring(name):
    for package in {"Classifier": ["sklearn"], "Regressor": ["sklearn"], "from_torch": ["torch"]}.get(name, []):
        pytest.importorskip(package)
    thing = getattr(nib, name)
    documentation = inspect.getdoc(thing)
    assert documentation
    if dataclasses.is_dataclass(thing):
        assert not documentation.startswith(f"{name}("), "this is the docstring that dataclasses generate"
    for member in inspect.classify_class_attrs(thing) if isinstance(thing, type) else ():
        is_ours = member.defining_class.__module__.startswith("nib") and isinstance(member.object, MEMBERS)
        if is_ours and not member.name.startswith("_"):
            assert inspect.getdoc(getattr(thing, member.name)), f"{name}.{member.name}"
