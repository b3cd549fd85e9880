"""NumPy arrays as the library takes them: in place where their layout allows it, else a copy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ._bindings import ffi
from .errors import InvalidArgumentError

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int32]

_FLOAT_BYTES = 4


def as_floats(given: npt.ArrayLike, what: str, shape: str) -> Floats:
    """Returns an array of floats; shape: what is expected, in words."""
    try:
        return np.asarray(given, dtype=np.float32)
    except (TypeError, ValueError, OverflowError) as fault:
        raise InvalidArgumentError(f"{what}: expected an array of numbers, {shape}: {fault}") from None


def as_rows(given: npt.ArrayLike, what: str) -> Floats:
    """Returns rows (n, columns) of floats whose numbers stand side by side; the rows may have any distance.

    An array of float32 in that layout is returned as it is, also a slice of rows or of columns. Of an array with more
    extents, (n, channels, height, width), each row is flattened, without a copy if its numbers are contiguous.
    """
    rows = as_floats(given, what, "(rows, columns)")
    if rows.ndim < 2:
        raise InvalidArgumentError(f"{what} has shape {rows.shape}: expected (rows, columns) or more extents")
    if rows.ndim > 2:
        rows = rows.reshape(len(rows), math.prod(rows.shape[1:]))
    beside = rows.strides[1] == _FLOAT_BYTES or rows.shape[1] == 1
    apart = rows.strides[0] >= rows.shape[1] * _FLOAT_BYTES and rows.strides[0] % _FLOAT_BYTES == 0
    if (beside and apart and rows.flags.aligned) or rows.size == 0:
        return rows
    return np.ascontiguousarray(rows)


def stride_of(rows: Floats) -> int:
    """Returns the distance of two rows of as_rows, in numbers."""
    return rows.strides[0] // _FLOAT_BYTES if rows.shape[0] > 1 else rows.shape[1]


def as_vector(given: npt.ArrayLike, what: str, length: int) -> Floats:
    """Returns numbers (length) as a contiguous array of floats."""
    numbers = np.ascontiguousarray(as_floats(given, what, f"({length},)"))
    if numbers.shape != (length,):
        raise InvalidArgumentError(f"{what} has shape {numbers.shape}: expected ({length},)")
    return numbers


def pointer(array: npt.NDArray[Any], kind: str) -> Any:
    """Returns the address of an array's first number as a pointer to kind, "float" for example.

    The array must be kept alive as long as the pointer is used.
    """
    if array.flags.c_contiguous:  # a fifth of the time of the other way, which a prediction of a few rows feels
        return ffi.from_buffer(kind + "[]", array)
    return ffi.cast(kind + " *", array.__array_interface__["data"][0])
