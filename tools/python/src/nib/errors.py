"""The exceptions that nib raises: one for each status of the C ABI, with nib's sentence as their text."""

from __future__ import annotations


class Error(Exception):
    """A call of nib that failed. Its text is nib's sentence, which names the file, line or value at fault.

    The subclasses stand for the statuses of nib.h. Each of them is also the built-in exception that a Python program
    would expect.
    """


class InvalidArgumentError(Error, ValueError):
    """An argument is out of its range or of an unknown kind; also a mistake in the text of a network."""


class OutOfMemoryError(Error, MemoryError):
    """An allocation failed. The objects of the call are as they were before it."""


class FileError(Error, OSError):
    """The system refused to open, read or write a file."""


class FormatError(Error, ValueError):
    """A file is damaged, of another kind, or of a later version of nib."""


class DataError(Error, ValueError):
    """A text or a table cannot be used as a data set."""


class MismatchError(Error, ValueError):
    """Two things do not belong together, such as a model and rows with another number of columns."""


class DivergedError(Error, ArithmeticError):
    """A loss, a gradient or a parameter is not finite. history: nib.History of the steps before, if a run diverged."""

    history: object = None


class UnsupportedError(Error, NotImplementedError):
    """This processor, this build or this kind of model cannot do it."""


class StateError(Error, RuntimeError):
    """The object cannot do this now, for example a model before its first training."""


class InternalError(Error, RuntimeError):
    """A fault of nib itself."""


# By nib_status.
OF_STATUS: dict[int, type[Error]] = {
    1: InvalidArgumentError,
    2: OutOfMemoryError,
    3: FileError,
    4: FormatError,
    5: DataError,
    6: MismatchError,
    7: DivergedError,
    8: UnsupportedError,
    9: StateError,
    11: InternalError,
}
