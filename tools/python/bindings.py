"""Makes the module through which Python calls nib's C ABI.

    python bindings.py INCLUDE OUT

INCLUDE is the folder with nib/nib.h, OUT the Python file to write. The declarations are those of the headers, so no
struct and no function is described twice. The module is pure Python (cffi's ABI mode): one wheel serves every version
of Python, and building it needs no header of Python.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from cffi import FFI

# nib.h includes table.h behind its own declarations.
HEADERS = ("status.h", "nib.h", "table.h")


def declarations(header: str) -> str:
    """Returns a header's text in the form that cffi reads: without comments, directives and NIB_API."""
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    text = re.sub(r"#ifdef __cplusplus\n.*?#endif\n", "", text, flags=re.S)
    constants = re.findall(r"^#define \w+ \d+$", text, flags=re.M)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    return "\n".join(constants) + text.replace("NIB_API ", "")


def main() -> None:
    include, out = Path(sys.argv[1]), Path(sys.argv[2])
    ffi = FFI()
    for header in HEADERS:
        ffi.cdef(declarations((include / "nib" / header).read_text(encoding="utf-8")))
    ffi.set_source("nib._bindings", None)
    ffi.emit_python_code(str(out))


if __name__ == "__main__":
    main()
