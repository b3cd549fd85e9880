"""The options of a model and of its training, by the names that nib.h and the model files give them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ._arguments import encoded, number
from ._bindings import ffi
from ._library import lib, struct, text
from .errors import InvalidArgumentError

Value = object  # an option has an int, a float, a bool or a str


def unknown(name: str, what: str, known: Iterable[str]) -> InvalidArgumentError:
    """Returns the error for a name that is not among the known ones, with the one that was probably meant."""
    known = list(known)
    near = difflib.get_close_matches(name, known, 1)
    meant = f" ({near[0]}?)" if near else ""
    return InvalidArgumentError(f"'{name}': expected {what}: {', '.join(known)}{meant}")


class Option:
    """A member of nib_model_options or nib_train_options."""

    def __init__(self, info: Any) -> None:
        self.name = text(info.name)
        self.kind = int(info.kind)
        self.words = [text(info.words[i]) for i in range(info.word_count)]
        self._low, self._high = float(info.low), float(info.high)

    def range(self) -> str:
        """Returns what is expected of a whole number, in words."""
        low = 0 if math.isinf(self._low) else int(self._low)
        high = 2**63 - 1 if math.isinf(self._high) else int(self._high)
        return f"a whole number, {low} to {high}"

    def value(self, given: Value) -> Any:
        """Returns the value in the form that the struct takes; a text must be kept alive by the caller."""
        if self.kind == lib.NIB_OPTION_TEXT:
            return ffi.new("char[]", encoded(given, self.name))
        if self.words:
            return self._word(given)
        if self.kind == lib.NIB_OPTION_DOUBLE:
            return number(given, self.name)
        return self._whole(given)

    def refusal(self, given: Value, expected: str) -> InvalidArgumentError:
        """Returns the error for a value that was given."""
        return InvalidArgumentError(f"{self.name} is {given!r}: expected {expected}")

    def _word(self, given: Value) -> int:
        if not isinstance(given, str) or given not in self.words:
            raise self.refusal(given, " or ".join(self.words))
        return self.words.index(given)

    def _whole(self, given: Any) -> int:
        try:
            whole = int(given)
        except (TypeError, ValueError, OverflowError):
            raise self.refusal(given, "a whole number") from None
        if whole != given:
            raise self.refusal(given, "a whole number")
        return whole


def _described(function: Any) -> dict[str, Option]:
    options: dict[str, Option] = {}
    info = struct("nib_option_info")
    while function(len(options), info) == 0:
        option = Option(info)
        options[option.name] = option
    return options


@cache
def model_options() -> dict[str, Option]:
    """Returns every member of nib_model_options by its name."""
    return _described(lib.nib_model_option)


@cache
def train_options() -> dict[str, Option]:
    """Returns every member of nib_train_options by its name."""
    return _described(lib.nib_train_option)


def set_options(options: Any, known: Mapping[str, Option], given: Mapping[str, Value]) -> list[Any]:
    """Sets members of a struct of options. Returns what must stay alive as long as the struct is used."""
    kept = []
    for name, value in given.items():
        if name not in known:
            raise unknown(name, "an option", known)
        try:
            converted = known[name].value(value)
            setattr(options, name, converted)
        except OverflowError:
            raise known[name].refusal(value, known[name].range()) from None
        kept.append(converted)
    return kept


def preset(name: str) -> tuple[Any, Any]:
    """Returns the nib_model_options and the nib_train_options of a preset."""
    model, train = struct("nib_model_options"), struct("nib_train_options")
    if lib.nib_preset(encoded(name, "preset"), model, train) != 0:
        raise unknown(name, "a preset", preset_names())
    return model, train


def preset_names() -> list[str]:
    """Returns the names of all presets."""
    names: list[str] = []
    while (name := lib.nib_preset_name(len(names))) != ffi.NULL:
        names.append(text(name))
    return names
