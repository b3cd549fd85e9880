"""Arguments as the library takes them: each is converted, or refused with what was expected."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .errors import InvalidArgumentError

MOST = 2**63 - 1  # the largest int64_t


def choice(given: object, words: Mapping[str, int], what: str) -> int:
    """Returns the value of a word of the C ABI's."""
    if not isinstance(given, str) or given not in words:
        raise InvalidArgumentError(f"{what} is {given!r}: expected {' or '.join(words)}")
    return words[given]


def number(given: Any, what: str) -> float:
    """Returns a number; a text that says one is refused."""
    try:
        if not isinstance(given, (str, bytes)):
            return float(given)
    except (TypeError, ValueError, OverflowError):
        pass
    raise InvalidArgumentError(f"{what} is {given!r}: expected a number")


def whole(given: Any, what: str, low: int, high: int) -> int:
    """Returns a whole number of low to high."""
    try:
        found = int(given)
        if found == given and low <= found <= high:
            return found
    except (TypeError, ValueError, OverflowError):
        pass
    raise InvalidArgumentError(f"{what} is {given!r}: expected a whole number, {low} to {high}")


def utf8(given: object, what: str) -> bytes:
    """Returns a text in UTF-8, for a call that takes its size too: it may hold NUL."""
    if not isinstance(given, str):
        raise InvalidArgumentError(f"{what} is {given!r}: expected a text")
    try:
        return given.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"{what} is {given!r}: expected a text without surrogates") from None


def encoded(given: object, what: str) -> bytes:
    """Returns a text in UTF-8, for a call that takes it up to its first NUL: one within it is refused."""
    found = utf8(given, what)
    if b"\0" in found:
        raise InvalidArgumentError(f"{what} is {given!r}: expected a text without NUL")
    return found


def texts(given: Any, what: str) -> list[bytes]:
    """Returns a sequence of texts in UTF-8."""
    if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        raise InvalidArgumentError(f"{what} is {given!r}: expected a sequence of texts")
    return [encoded(each, f"{what}[{i}]") for i, each in enumerate(given)]


def path_bytes(path: str | os.PathLike[str]) -> bytes:
    """Returns a path as the system takes it; bytes of a name that are no UTF-8 stand for themselves."""
    try:
        found = os.fsencode(path)
    except (TypeError, UnicodeEncodeError):
        raise InvalidArgumentError(f"path is {path!r}: expected the path of a file") from None
    if b"\0" in found:
        raise InvalidArgumentError(f"path is {path!r}: expected a path without NUL")
    return found


def set_member(options: Any, name: str, value: Any) -> None:
    """Sets a number of a struct; raises InvalidArgumentError if the member cannot hold it."""
    try:
        setattr(options, name, value)
    except (OverflowError, TypeError):
        raise InvalidArgumentError(f"{name} is {value!r}: expected a number within its range") from None
