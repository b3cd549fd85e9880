"""The notebook runs from its first cell to its last, with few steps of the networks that take many."""

import os
import sys
from pathlib import Path

import pytest

import nib

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("matplotlib")
pytest.importorskip("ipykernel")

NOTEBOOK = Path(__file__).resolve().parents[1] / "examples/lecture.ipynb"

# These run before and after the maps: each title counts the columns that are white in its picture.
SATURATE = 'stages[0].first["values"][:] = 1'
DEAD = """
for axis in axes:
    dead = axis.get_images()[0].get_array().all(axis=0).sum()
    assert axis.get_title().endswith(f": {dead} dead units"), (axis.get_title(), dead)
"""


def test_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("NIB_LECTURE_STEPS", "1001")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    # The kernel finds the package that is tested, however it was installed.
    monkeypatch.setenv("PYTHONPATH", str(Path(nib.__file__).parents[1]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    maps = next(i for i, cell in enumerate(notebook.cells) if "imshow" in cell.source)
    notebook.cells.insert(maps, nbformat.v4.new_code_cell(SATURATE))
    notebook.cells.insert(maps + 2, nbformat.v4.new_code_cell(DEAD))
    folder = tmp_path / "lecture"
    folder.mkdir()
    for name in ("data", "build"):  # the notebook looks for them in its folder and above
        os.symlink(NOTEBOOK.parents[3] / name, tmp_path / name)
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    manager = client.create_kernel_manager()
    manager.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    client.execute()
    texts, pictures = [], 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            texts.append(output.get("text", ""))
            pictures += "image/png" in output.get("data", {})
    assert pictures == 8
    printed = "".join(texts)
    assert "lecture-batchnorm" in printed
    if os.environ.get("NIB_LECTURE_NAMES"):
        assert "carpah qarlileif jmrix thty" in printed
