"""The wheel as a user gets it: what it needs of the system, and that it works where nothing else is installed."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

# pip says one of these where it reaches no index of packages.
NO_NETWORK = re.compile(
    "connection broken by|from versions: none|TLS CA certificate bundle|Max retries|Network is unreachable"
)


@pytest.fixture(scope="module")
def wheel():
    path = os.environ.get("NIB_WHEEL")
    if not path:
        pytest.skip("NIB_WHEEL is not set: it names the wheel")
    return Path(path).resolve()


def test_one_wheel_for_every_python(wheel):
    assert wheel.name.startswith("nib_nn-") and "-py3-none-manylinux" in wheel.name
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
    assert {"nib/libnib.so", "nib/_bindings.py", "nib/py.typed"} <= set(names)
    assert [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
    assert not [name for name in names if "cpython" in name or "abi3" in name]


def test_auditwheel(wheel):
    done = subprocess.run([sys.executable, "-m", "auditwheel", "show", wheel], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "manylinux" in done.stdout


def test_an_empty_environment_runs_the_example(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    install = [python, "-m", "pip", "install", "--quiet", "--retries", "1", wheel]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode != 0 and NO_NETWORK.search(done.stderr):
        pytest.skip("the packages that the wheel needs could not be downloaded")
    assert done.returncode == 0, done.stderr
    example = Path(__file__).parent.parent / "examples/first.py"
    assert len(example.read_text().splitlines()) == 10
    done = subprocess.run([python, "-I", example], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) > 0.9
