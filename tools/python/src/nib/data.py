"""Data sets: text of one item a line, and tables of rows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from ._arguments import choice, number, path_bytes, set_member, texts, utf8, whole
from ._arrays import Floats, Ids, as_rows, as_vector, pointer, stride_of
from ._bindings import ffi
from ._library import Context, Handle, defaults, lib, struct, text
from .errors import InvalidArgumentError

MOST_EXTENTS = 3  # of a row
SPLITS = {"train": 0, "val": 1, "test": 2}
LONGEST_CONTEXT = 256  # symbols
ENCODINGS = {"utf8": 0, "bytes": 1}

# The rows of a split: x, y and, if examples have weights, the weights.
Rows = Union["tuple[npt.ArrayLike, npt.ArrayLike]", "tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]"]


@dataclass(frozen=True)
class DatasetInfo:
    """The sizes and the contents of a data set."""

    examples: dict[str, int]  # the examples of each split: "train", "val", "test"
    checksum: int  # CRC-32C of the data in their shuffled order
    items: int  # the items of a text; 0 for a table
    vocabulary: int  # the symbols of a text and the end mark; 0 for a table
    features: int  # the numbers of a table's row; 0 for a text
    classes: int  # the classes that a table's model learns; 0 if it learns numbers
    targets: int  # the numbers that it learns for each row; 0 if it learns classes
    # Sentences, a line each, on what was guessed from a file, and on columns and targets that have a single value in
    # the training split; "": none.
    note: str


class Dataset:
    """Text or a table, divided into the splits train, val and test. Made by text(), table(), load_text(), load_table().

    Any number of threads may use a data set, one at a time: the others wait.
    """

    def __init__(self, handle: Handle, kept: Sequence[object] = ()) -> None:
        self._handle = handle
        self._kept = kept  # the arrays that the data set uses in place

    @classmethod
    def text(cls, items: Iterable[str] | bytes, *, seed: int = 42, encoding: str = "utf8", like: Any = None) -> Dataset:
        """Makes a data set of items, each a str; or of bytes that hold one item a line, as a file does.

        seed: of the order in which the items are divided into 0.8, 0.1 and 0.1. encoding: "utf8", a symbol is a
        character; "bytes", a symbol is a byte. like: a model whose vocabulary is used. Raises DataError: fewer than 10
        items, an item of more than 4,096 symbols, more than 4,095 different symbols; MismatchError: a symbol that
        `like` does not know; InvalidArgumentError: an item that is empty or has a line end.
        """
        data = items if isinstance(items, bytes) else _joined(items)
        options = defaults("nib_dataset_options")
        options.encoding = choice(encoding, ENCODINGS, "encoding")
        set_member(options, "shuffle_seed", seed)
        context = Context(1)
        with _like(options, "vocabulary_of", like):
            return cls(
                context.make(
                    "nib_dataset", lib.nib_dataset_from_memory, context.handle, data, len(data), b"items", options
                )
            )

    @classmethod
    def load_text(
        cls, path: str | os.PathLike[str], *, seed: int = 42, encoding: str = "utf8", like: Any = None
    ) -> Dataset:
        """Reads a text file of one item a line, as `nib train` does. Raises FileError, and what text() raises."""
        options = defaults("nib_dataset_options")
        options.encoding = choice(encoding, ENCODINGS, "encoding")
        set_member(options, "shuffle_seed", seed)
        context = Context(1)
        with _like(options, "vocabulary_of", like):
            return cls(context.make("nib_dataset", lib.nib_dataset_load, context.handle, path_bytes(path), options))

    @classmethod
    def table(
        cls,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        sample_weight: npt.ArrayLike | None = None,
        validation: float | Rows = 0.1,
        test: float | Rows = 0.0,
        seed: int = 42,
        columns: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
    ) -> Dataset:
        """Makes a data set of arrays, which are used in place if they are float32 and a row's numbers adjoin.

        x: (n, columns), finite, or with more extents, such as (n, channels, height, width), which a network of planes
        needs. y: (n) of whole numbers, bool or str for classes; (n) or (n, targets) of floats for
        numbers to learn. sample_weight: (n), 0 or above, not all 0. validation, test: the share of the rows, 0 to below
        1, or rows of their own: (x, y) or (x, y, weights). seed: of the order of rows. columns: their names.
        classes: the names of all classes in their order; without it, those that occur in y, in ascending order.
        Arrays in use must stay unchanged. Raises DataError: a number that is not finite, a class that is not among
        `classes`; the message names split, row and column.
        """
        maker = _Tables(columns, _labels(learned(y), classes))
        train = maker.table((x, y) if sample_weight is None else (x, y, sample_weight), "x")
        parts = [maker.part(validation, "validation"), maker.part(test, "test")]
        options = defaults("nib_split_options")
        set_member(options, "seed", seed)
        given = {"validation": validation, "test": test}
        shares = [0.0 if own_rows(each, what) else number(each, what) for what, each in given.items()]
        options.val, options.test = shares
        if any(part != ffi.NULL for part in parts) and any(shares):
            raise InvalidArgumentError("validation and test: expected two shares, or rows for one or both and 0 else")
        context = Context(1)
        return cls(
            context.make("nib_dataset", lib.nib_dataset_from_tables, context.handle, train, *parts, options), maker.kept
        )

    @classmethod
    def load_table(
        cls,
        path: str | os.PathLike[str],
        *,
        target: str | int | Sequence[str | int] = (),
        drop: str | int | Sequence[str | int] = (),
        missing: str = "error",
        task: str = "auto",
        validation: float = 0.1,
        test: float = 0.1,
        seed: int = 42,
        like: Any = None,
    ) -> Dataset:
        """Reads CSV, .npy, .npz or IDX as `nib train` does.

        target: the column or columns to learn; drop: the one or those to leave out; both by name, or by number from 1.
        missing: "error" or "mean". task: "auto", "classify" or "regress". validation, test: shares of the rows. like:
        a model whose columns and classes are used. Raises FileError, DataError, MismatchError; the message names file,
        line and column.
        """
        options = defaults("nib_table_options")
        targets, dropped = _Strings(_columns(target, "target"), "target"), _Strings(_columns(drop, "drop"), "drop")
        options.targets, options.target_count = targets.pointer, targets.count
        options.drop, options.drop_count = dropped.pointer, dropped.count
        options.missing = choice(missing, {"error": 0, "mean": 1}, "missing")
        options.task = choice(task, {"auto": 0, "classify": 1, "regress": 2}, "task")
        options.val, options.test = number(validation, "validation"), number(test, "test")
        set_member(options, "seed", seed)
        context = Context(1)
        with _like(options, "schema_of", like):
            return cls(
                context.make("nib_dataset", lib.nib_dataset_load_table, context.handle, path_bytes(path), options)
            )

    @property
    def info(self) -> DatasetInfo:
        """The sizes and the contents of the data set."""
        info = struct("nib_dataset_info")
        self._handle.context.call(lib.nib_dataset_get_info, self._handle.pointer, info)
        return DatasetInfo(
            {split: int(info.examples[i]) for split, i in SPLITS.items()},
            int(info.checksum),
            int(info.items),
            int(info.vocabulary),
            int(info.features),
            int(info.classes),
            int(info.targets),
            text(info.note),
        )

    def rows(self, split: str = "train") -> tuple[Floats, npt.NDArray[Any]]:
        """Returns a table's split in its own order: x (n, features), and classes (n) or numbers (n, targets)."""
        number_of_split, info = choice(split, SPLITS, "split"), self.info
        count = info.examples[split]
        x = np.empty((count, info.features), np.float32)
        y = np.empty(count, np.int32) if info.classes else np.empty((count, info.targets), np.float32)
        places = (pointer(y, "int32_t"), ffi.NULL) if info.classes else (ffi.NULL, pointer(y, "float"))
        self._handle.context.call(
            lib.nib_dataset_rows,
            self._handle.pointer,
            number_of_split,
            0,
            count,
            pointer(x, "float"),
            *places,
            ffi.NULL,
        )
        return x, y

    def contexts(self, split: str, length: int) -> tuple[Ids, Ids]:
        """Returns a text's split: contexts (n, length) of ids, oldest first, and the id that follows each."""
        number_of_split, length = choice(split, SPLITS, "split"), whole(length, "length", 1, LONGEST_CONTEXT)
        count = self.info.examples[split]
        contexts, following = np.empty((count, length), np.int32), np.empty(count, np.int32)
        self._handle.context.call(
            lib.nib_dataset_examples,
            self._handle.pointer,
            number_of_split,
            0,
            count,
            length,
            pointer(contexts, "int32_t"),
            pointer(following, "int32_t"),
        )
        return contexts, following


def class_names(labels: npt.ArrayLike) -> list[str]:
    """Returns the names of the classes that occur, in ascending order of the labels."""
    try:
        return [str(label) for label in np.unique(np.asarray(labels))]
    except TypeError as fault:
        raise InvalidArgumentError(f"y: expected classes of one kind, whole numbers, bool or str: {fault}") from None


def learned(y: npt.ArrayLike | None) -> npt.ArrayLike:
    """Returns y; raises InvalidArgumentError if there is none."""
    if y is None:
        raise InvalidArgumentError("y is None: expected what to learn, a class or numbers for each row of x")
    return y


def own_rows(given: float | Rows, what: str) -> Rows | None:
    """Returns the rows of a split that has rows of its own; None for a share of the rows."""
    if isinstance(given, tuple) and len(given) in (2, 3):
        return given
    if not np.isscalar(given) or isinstance(given, (str, bytes)):
        raise InvalidArgumentError(f"{what}: expected a share of the rows, or a tuple (x, y) or (x, y, weights)")
    return None


def are_numbers(y: npt.ArrayLike) -> bool:
    """Returns whether y holds numbers to learn, and not classes."""
    return np.asarray(y).dtype.kind == "f"


def _joined(items: Iterable[str]) -> bytes:
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise InvalidArgumentError(f"items is {items!r:.40}: expected a sequence of texts, or bytes of one item a line")
    lines = []
    for i, item in enumerate(items):
        lines.append(utf8(item, f"items[{i}]"))
        if not item or "\n" in item or item.endswith("\r"):
            raise InvalidArgumentError(f"items[{i}] is {item!r}: expected a text that is not empty and has no line end")
    return b"\n".join(lines)


def _columns(given: str | int | Sequence[str | int], what: str) -> list[str]:
    """Returns names or numbers of columns of a file as texts."""
    if isinstance(given, (str, int, np.integer)):
        return [str(given)]
    if not isinstance(given, Iterable):
        raise InvalidArgumentError(f"{what} is {given!r}: expected columns, each by its name or by its number from 1")
    return [str(each) for each in given]


class _like:
    """Sets an option to a model's handle, and holds the model's lock while that is read."""

    def __init__(self, options: Any, member: str, model: Any) -> None:
        self._lock = None
        if model is not None:
            handle = model._handle
            setattr(options, member, handle.pointer)
            self._lock = handle.context.lock

    def __enter__(self) -> None:
        if self._lock is not None:
            self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        if self._lock is not None:
            self._lock.release()


class _Strings:
    """An array of strings for the library; NULL for none."""

    def __init__(self, strings: Sequence[str] | None, what: str) -> None:
        self._kept = [ffi.new("char[]", each) for each in texts(() if strings is None else strings, what)]
        self.count = len(self._kept)
        self.pointer: Any = ffi.new("char *[]", self._kept) if self._kept else ffi.NULL


class _Tables:
    """Makes the structs of tables that have the same columns and classes, and keeps what they point to."""

    def __init__(self, columns: Sequence[str] | None, classes: list[str] | None) -> None:
        self._columns, self._classes = _Strings(columns, "columns"), classes
        self._names = _Strings(classes, "classes")
        self._width = None if columns is None else self._columns.count
        self.kept: list[object] = []

    def part(self, given: float | Rows, what: str) -> Any:
        """Returns the table of a split that has rows of its own; NULL for a share."""
        rows = own_rows(given, what)
        return ffi.NULL if rows is None else self.table(rows, what)

    def table(self, rows: Rows, what: str) -> Any:
        """Returns the table of (x, y) or (x, y, weights)."""
        x = as_rows(rows[0], what)
        if x.size == 0:
            raise InvalidArgumentError(f"{what} has no {'columns' if len(x) else 'rows'}: expected one at least")
        if self._width not in (None, x.shape[1]):
            raise InvalidArgumentError(f"{what} has shape {x.shape}: expected {self._width} columns, as `columns` has")
        table = struct("nib_table")
        table.x, table.rows, table.columns = pointer(x, "float"), x.shape[0], x.shape[1]
        table.row_stride, table.borrow = stride_of(x), 1
        extents = np.shape(rows[0])[1:]
        if 1 < len(extents) <= MOST_EXTENTS:
            table.row_shape = [*extents, *[0] * (MOST_EXTENTS - len(extents))]
        table.column_names = self._columns.pointer
        y = self._learned(table, np.asarray(rows[1]), x.shape[0])
        weights = None if len(rows) < 3 else as_vector(rows[2], "sample_weight", x.shape[0])
        if weights is not None:
            table.weights = pointer(weights, "float")
        self.kept.append((x, y, weights, table))
        return table

    def _learned(self, table: Any, y: npt.NDArray[Any], rows: int) -> npt.NDArray[Any]:
        if y.ndim not in (1, 2) or y.shape[0] != rows:
            raise InvalidArgumentError(f"y has shape {y.shape}: expected {rows} rows, as x has")
        if self._classes is None:
            targets = as_rows(y.reshape(rows, -1), "y")
            table.targets, table.target_columns = pointer(targets, "float"), targets.shape[1]
            table.target_stride = stride_of(targets)
            return targets
        classes = _indices(y, self._classes)
        table.classes, table.class_count = pointer(classes, "int32_t"), len(self._classes)
        table.class_names = self._names.pointer
        return classes


def _labels(y: npt.ArrayLike, classes: Sequence[str] | None) -> list[str] | None:
    """Returns the names of all classes, two at least; None if numbers are learned."""
    if classes is None and are_numbers(y):
        return None
    names = class_names(y) if classes is None else [each.decode("utf-8") for each in texts(classes, "classes")]
    if len(names) < 2:
        found = f"one class, '{names[0]}'" if names else "no class"
        raise InvalidArgumentError(f"y has {found}: expected two at least")
    return names


def _indices(labels: npt.NDArray[Any], names: list[str]) -> Ids:
    if labels.ndim != 1:
        raise InvalidArgumentError(f"y has shape {labels.shape}: expected ({labels.shape[0]},), a class for each row")
    found, inverse = np.unique(labels, return_inverse=True)
    places = {name: i for i, name in enumerate(names)}
    missing = [str(label) for label in found if str(label) not in places]
    if missing:
        raise InvalidArgumentError(f"y has the class '{missing[0]}': expected one of {', '.join(names[:20])}")
    return np.asarray([places[str(label)] for label in found], np.int32)[inverse]
