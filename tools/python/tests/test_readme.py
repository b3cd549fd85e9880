"""The Python blocks of the documents run as they stand."""

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def blocks():
    guide = (ROOT / "tools/python/README.md").read_text(encoding="utf-8")
    for i, block in enumerate(re.findall(r"^```python\n(.*?)^```", guide, re.S | re.M)):
        yield pytest.param(block, id=f"tools/python/README.md, block {i}")
    section = re.search(r"^## From Python\n\n((?:    .*\n)+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert section is not None
    yield pytest.param(textwrap.dedent(section[1]), id="README.md")


BLOCKS = list(blocks())


def test_there_are_blocks():
    assert len(BLOCKS) == 5


@pytest.mark.parametrize("block", BLOCKS)
def test_block(block, tmp_path, monkeypatch):
    for package in ("torch", "sklearn"):
        if package in block or ("Classifier" in block and package == "sklearn"):
            pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
