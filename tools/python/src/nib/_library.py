"""The shared library, and what every call of it needs: contexts, handles, structs and strings."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from pathlib import Path
from typing import Any, Callable

from ._arguments import whole
from ._bindings import ffi
from .errors import OF_STATUS, InternalError

# The library stays loaded: as Python ends, cffi would close it under OpenMP's threads, which still wait in it.
lib: Any = ffi.dlopen(str(Path(__file__).with_name("libnib.so")), ffi.RTLD_NOW | ffi.RTLD_NODELETE)


def text(pointer: Any) -> str:
    """Returns a string of the library; "" for NULL."""
    return "" if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")


def struct(name: str) -> Any:
    """Returns a struct of the ABI with struct_size set and everything else zero."""
    made = ffi.new(name + " *")
    made.struct_size = ffi.sizeof(name)
    return made


def check(status: int, sentence: str = "") -> None:
    """Raises the exception of a status unless it is NIB_OK."""
    if status != 0:
        raise OF_STATUS.get(status, InternalError)(sentence or text(lib.nib_status_string(status)))


def defaults(name: str) -> Any:
    """Returns an option struct of the ABI with its default values."""
    made = struct(name)
    check(getattr(lib, name + "_default")(made))
    return made


MOST_THREADS = 1024

# Handles that are to be destroyed, with the function for each.
_Ended = deque[tuple[Callable[[Any], None], Any]]


class Context:
    """A context of the library, and a lock: only one thread at a time may use a context and what was made in it.

    threads: for training and evaluation; 0: every core that the process may use.
    """

    def __init__(self, threads: int = 0) -> None:
        options = defaults("nib_context_options")
        options.threads = whole(threads, "threads", 0, MOST_THREADS)
        out = ffi.new("nib_context **")
        check(lib.nib_context_create(options, out))
        self.handle: Any = out[0]
        self.lock = threading.RLock()
        self._ended: _Ended = deque()
        # As Python ends, a daemon thread may still be in a call: the system takes the memory back, not these two.
        weakref.finalize(self, _end_context, self.handle, self._ended).atexit = False

    def check(self, status: int) -> None:
        """Raises the exception of a status, with the context's message, unless it is NIB_OK. Needs the lock."""
        if status != 0:
            check(status, text(lib.nib_context_message(self.handle)))

    def call(self, function: Callable[..., int], *arguments: Any) -> None:
        """Calls a function of this context that returns a nib_status; other Python threads run meanwhile."""
        with self.lock:
            if self._ended:
                _destroy_all(self._ended)
            status = function(*arguments)
            if status != 0:
                self.check(status)

    def end(self, destroy: Callable[[Any], None], pointer: Any) -> None:
        """Destroys a handle, or leaves it to the next call if another thread is using the context.

        Python may drop an object at any moment, also while this thread holds another context's lock: to wait for this
        one then could last for ever.
        """
        self._ended.append((destroy, pointer))
        if self.lock.acquire(blocking=False):
            try:
                _destroy_all(self._ended)
            finally:
                self.lock.release()

    def call_with(self, other: Handle, function: Callable[..., int], *arguments: Any) -> None:
        """Calls a function of this context that also uses a handle of another context, a data set for example.

        The other context's lock is always taken first, so that two threads never wait for each other.
        """
        with other.context.lock:
            self.call(function, *arguments)

    def make(self, kind: str, function: Callable[..., int], *arguments: Any) -> Handle:
        """Calls a function whose last argument is where to write a new handle: kind is "nib_model", for example."""
        out = ffi.new(kind + " **")
        self.call(function, *arguments, out)
        return Handle(self, out[0], getattr(lib, kind + "_destroy"))


class Handle:
    """A handle of the library, which ends with this object, and keeps its context alive until then."""

    def __init__(self, context: Context, pointer: Any, destroy: Callable[[Any], None]) -> None:
        self.context = context
        self.pointer = pointer
        self._end = weakref.finalize(self, context.end, destroy, pointer)
        self._end.atexit = False

    def destroy(self) -> None:
        """Ends the handle now."""
        self._end()


def _destroy_all(ended: _Ended) -> None:
    while ended:
        destroy, pointer = ended.popleft()
        destroy(pointer)


def _end_context(handle: Any, ended: _Ended) -> None:
    _destroy_all(ended)
    lib.nib_context_destroy(handle)
