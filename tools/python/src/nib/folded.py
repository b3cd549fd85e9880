"""Folded models: what is deployed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ._arguments import MOST, choice, encoded, path_bytes, set_member, utf8, whole
from ._arrays import Floats, as_rows, pointer, stride_of
from ._bindings import ffi
from ._library import Context, Handle, defaults, lib, struct, text
from .errors import InvalidArgumentError

Function = Callable[..., int]  # a function of the library that returns a nib_status

WEIGHTS = {"f32": 0, "bf16": 1, "int8": 2}
FIRST_LAYERS = {"smallest": 0, "table": 1}
STREAMS = {"lecture": 0, "counter": 1}


@dataclass(frozen=True)
class FoldedInfo:
    """The sizes of a folded model, and its certificate."""

    network: str  # the trained network's text
    weight_bits: int  # 32, 16 or 8
    file_bytes: int  # flash
    workspace_bytes: int  # RAM for one symbol or row at a time
    multiply_adds: int  # for one symbol or row
    certificate_examples: int  # 0: it has no certificate, and the rest says nothing
    loss_before: float  # the trained model's loss
    loss_after: float  # the folded model's loss
    largest_difference: float  # the most that an output differs by
    equal_argmax: float  # share of examples with the same likeliest answer, 0..1


class FoldedModel:
    """A folded model. Any number of threads may use it, one at a time: the others wait."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        info = self._struct()
        self._shape = (int(info.features or info.context_length), int(info.outputs or info.vocabulary))

    def _struct(self) -> Any:
        info = struct("nib_folded_info")
        self._handle.context.call(lib.nib_folded_get_info, self._handle.pointer, info)
        return info

    @property
    def info(self) -> FoldedInfo:
        """Sizes and certificate."""
        i = self._struct()
        return FoldedInfo(
            text(i.network),
            i.weight_bits,
            i.file_bytes,
            i.workspace_bytes,
            i.multiply_adds,
            i.certificate_examples,
            i.loss_before,
            i.loss_after,
            i.largest_logit_difference,
            i.equal_argmax,
        )

    def predict(self, x: npt.ArrayLike, out: Floats | None = None) -> Floats:
        """Returns predictions (n, outputs) for rows x (n, features), as Model.predict; int8 within its rounding."""
        return predict_rows(lib.nib_folded_predict, self._handle, self._shape, x, out)

    def logits(self, contexts: npt.ArrayLike) -> Floats:
        """Returns logits (n, vocabulary) for contexts (n, context length) of ids, oldest first."""
        return logits_of(lib.nib_folded_logits, self._handle, self._shape, contexts)

    def log_probability(self, item: str) -> float:
        """Returns the natural logarithm of an item's probability, its end mark included."""
        return log_probability(lib.nib_folded_log_probability, self._handle, item)

    def sample(
        self,
        n: int,
        *,
        seed: int = 42,
        temperature: float = 1.0,
        start: str = "",
        max_length: int = 4096,
        stream: str = "lecture",
    ) -> list[str]:
        """Returns n items drawn from a model of text, as TextModel.sample does."""
        options = sampler_options(seed, temperature, start, max_length, stream)
        return draw(lib.nib_sampler_create_folded, self._handle, options, n)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a .nib file. Raises FileError."""
        self._handle.context.call(lib.nib_folded_save, self._handle.pointer, path_bytes(path))

    def export_c(self, path: str | os.PathLike[str], prefix: str = "nib") -> None:
        """Writes the model as one file of C99 whose names begin with prefix. Raises FileError."""
        self._handle.context.call(lib.nib_export_c, self._handle.pointer, encoded(prefix, "prefix"), path_bytes(path))

    def export_onnx(self, path: str | os.PathLike[str]) -> None:
        """Writes the model as an ONNX file. Raises FileError; UnsupportedError: weights of fewer than 32 bits."""
        self._handle.context.call(lib.nib_export_onnx, self._handle.pointer, path_bytes(path))

    def to_bytes(self) -> bytes:
        """Returns the bytes of the file that save() writes."""
        data, size = ffi.new("void **"), ffi.new("size_t *")
        with self._handle.context.lock:
            self._handle.context.call(lib.nib_folded_data, self._handle.pointer, data, size)
            return bytes(ffi.buffer(data[0], size[0]))

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return _from_bytes, (self.to_bytes(),)


def load_folded(path: str | os.PathLike[str], threads: int = 0) -> FoldedModel:
    """Loads a .nib file. Raises FileError; FormatError: not such a file, or a damaged one."""
    context = Context(threads)
    return FoldedModel(context.make("nib_folded", lib.nib_folded_load, context.handle, path_bytes(path)))


def _from_bytes(file: bytes) -> FoldedModel:
    context = Context()
    return FoldedModel(
        context.make("nib_folded", lib.nib_folded_from_memory, context.handle, file, len(file), b"pickle")
    )


def predict_rows(
    function: Function, handle: Handle, shape: tuple[int, int], x: npt.ArrayLike, out: Floats | None
) -> Floats:
    """Returns the predictions of a model of a table, of which function is the library's call."""
    rows = as_rows(x, "x")
    features, outputs = shape
    if rows.shape[1] != features:
        raise InvalidArgumentError(f"x has shape {rows.shape}: expected {features} numbers a row")
    if out is None:
        out = np.empty((rows.shape[0], outputs), np.float32)
    elif (
        not isinstance(out, np.ndarray)
        or out.shape != (rows.shape[0], outputs)
        or out.dtype != np.float32
        or not out.flags.carray
    ):
        raise InvalidArgumentError(f"out: expected a contiguous float32 array of shape {(rows.shape[0], outputs)}")
    handle.context.call(
        function,
        handle.pointer,
        pointer(rows, "float"),
        rows.shape[0],
        stride_of(rows),
        pointer(out, "float"),
    )
    return out


def logits_of(function: Function, handle: Handle, shape: tuple[int, int], contexts: npt.ArrayLike) -> Floats:
    """Returns the logits of a model of text for contexts (n, context length)."""
    try:
        ids = np.ascontiguousarray(contexts, dtype=np.int32)
    except (TypeError, ValueError, OverflowError) as fault:
        raise InvalidArgumentError(f"contexts: expected an array of ids, (n, {shape[0]}): {fault}") from None
    length, outputs = shape
    if ids.ndim != 2 or ids.shape[1] != length:
        raise InvalidArgumentError(f"contexts have shape {ids.shape}: expected (n, {length})")
    logits = np.empty((len(ids), outputs), np.float32)
    handle.context.call(function, handle.pointer, pointer(ids, "int32_t"), len(ids), pointer(logits, "float"))
    return logits


def log_probability(function: Function, handle: Handle, item: str) -> float:
    """Returns the natural logarithm of an item's probability."""
    found, symbols = ffi.new("double *"), utf8(item, "item")
    handle.context.call(function, handle.pointer, symbols, len(symbols), found)
    return float(found[0])


def sampler_options(seed: int, temperature: float, start: str, max_length: int, stream: str) -> dict[str, Any]:
    """Returns the members of nib_sampler_options."""
    return {
        "seed": seed,
        "temperature": temperature,
        "start": start,
        "max_length": max_length,
        "stream": choice(stream, STREAMS, "stream"),
    }


def draw(create: Function, handle: Handle, members: dict[str, Any], n: int) -> list[str]:
    """Returns n items of a sampler."""
    options = defaults("nib_sampler_options")
    start = ffi.new("char[]", encoded(members["start"], "start"))
    for name, value in {**members, "start": start}.items():
        set_member(options, name, value)
    sampler = handle.context.make("nib_sampler", create, handle.pointer, options)
    try:
        return list(_items(sampler, whole(n, "n", 0, MOST)))
    finally:
        sampler.destroy()


def _items(sampler: Handle, n: int) -> Iterator[str]:
    item, length = ffi.new("char **"), ffi.new("size_t *")
    for _ in range(n):
        with sampler.context.lock:
            sampler.context.call(lib.nib_sampler_next, sampler.pointer, item, length)
            symbols = bytes(ffi.buffer(item[0], length[0]))
        yield symbols.decode("utf-8", "backslashreplace")
