"""A training run: pieces of steps, evaluations between them, and a history of both."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np
from tqdm import tqdm

from ._arrays import Floats, pointer
from ._bindings import ffi
from ._interrupts import Interrupts
from ._library import Handle, lib
from ._validation import Evaluation, Validation
from .diagnostics import Observation, observe
from .errors import DivergedError

WANTED_SECONDS = 0.1  # a piece takes about this long: where it ends all threads meet, which costs some microseconds
LONGEST_PIECE = 65536


@dataclass
class History:
    """The record of a run."""

    losses: Floats = field(default_factory=lambda: np.empty(0, np.float32))  # the minibatch's loss before each update
    evaluations: list[Evaluation] = field(default_factory=list)  # the losses of the validation split
    observations: list[Observation] = field(default_factory=list)  # the statistics of each step that was measured
    seconds: float = 0.0
    interrupted: bool = False  # Ctrl-C ended the run
    best_step: int = 0  # the step of the best evaluation; 0: there was none
    best_loss: float = float("nan")  # that evaluation's loss


@dataclass
class Watch:
    """The observers of a run beside its steps."""

    words: dict[str, str]  # the layers' words by position
    validation: Validation | None
    progress: bool | None  # None: on a terminal
    stats_every: int
    on_observation: Callable[[Observation], None] | None


class _Pieces:
    """Decides how many steps to run until the next look at the clock."""

    def __init__(self, steps: int, watch: Watch) -> None:
        self._steps, self._watch, self._size = steps, watch, 1

    def size(self, step: int) -> int:
        """Returns the number of steps from `step` on that are run next."""
        size = min(self._size, self._steps - step)
        every = self._watch.stats_every
        if every > 0:
            size = min(size, (step + every - 1) // every * every - step + 1)
        return self._watch.validation.limit(step, size) if self._watch.validation else size

    def took(self, size: int, seconds: float) -> None:
        """Fits the size of the next piece to the time that the last one took."""
        growth = min(8.0, WANTED_SECONDS / max(seconds, 1e-9))
        self._size = int(min(max(size * growth, 1.0), LONGEST_PIECE))


def run(trainer: Handle, dataset: Handle, steps: int, watch: Watch) -> History:
    """Runs all steps of a trainer, until Ctrl-C, or until patience has run out.

    Raises DivergedError, whose attribute `history` then holds the good steps.
    """
    # tqdm disables itself if it is not on a terminal and this is None.
    disabled = None if watch.progress is None else not watch.progress
    with Interrupts() as interrupts, tqdm(total=steps, unit="step", disable=disabled) as bar:
        return _Run(trainer, dataset, steps, watch, bar).all(interrupts)


class _Run:
    """A run in progress."""

    def __init__(self, trainer: Handle, dataset: Handle, steps: int, watch: Watch, bar: Any) -> None:
        self._trainer, self._dataset = trainer, dataset
        self._steps, self._watch, self._bar = steps, watch, bar
        self._step = 0
        self._losses: list[Floats] = []
        self._history = History()

    def all(self, interrupts: Interrupts) -> History:
        """Runs the steps, and returns their history."""
        history, pieces, begin = self._history, _Pieces(self._steps, self._watch), time.perf_counter()
        try:
            while self._step < self._steps and not interrupts.came and not self._has_ended():
                then = time.perf_counter()
                size = pieces.size(self._step)
                self._piece(size)
                pieces.took(size, time.perf_counter() - then)
                self._look(size)
        except DivergedError as error:
            error.history = history
            raise
        finally:
            history.seconds = time.perf_counter() - begin
            history.losses = np.concatenate([history.losses, *self._losses])
            if self._watch.validation:
                history.best_step, history.best_loss = self._watch.validation.best
        history.interrupted = interrupts.came and self._step < self._steps
        return history

    def _has_ended(self) -> bool:
        return self._watch.validation is not None and self._watch.validation.has_ended(self._step)

    def _is_observed(self, step: int) -> bool:
        return self._watch.stats_every > 0 and step % self._watch.stats_every == 0

    def _piece(self, size: int) -> None:
        function = lib.nib_trainer_observe if self._is_observed(self._step + size - 1) else lib.nib_trainer_run
        losses, done = np.empty(size, np.float32), ffi.new("int64_t *")
        try:
            self._trainer.context.call_with(
                self._dataset, function, self._trainer.pointer, size, pointer(losses, "float"), done
            )
        finally:
            self._losses.append(losses[: done[0]])
            self._step += done[0]

    def _look(self, size: int) -> None:
        """Measures what is due after a piece."""
        if self._is_observed(self._step - 1):
            self._observe()
        if self._watch.validation:
            evaluation = self._watch.validation.add(self._step)
            self._history.evaluations += [evaluation] if evaluation else []
        self._show(size)

    def _observe(self) -> None:
        observation = observe(self._trainer, self._step - 1, self._watch.words)
        self._history.observations.append(observation)
        if self._watch.on_observation:
            self._watch.on_observation(observation)
        observation.expire()

    def _show(self, size: int) -> None:
        evaluations = self._history.evaluations
        validated = f", val {evaluations[-1].loss:.4f}" if evaluations else ""
        self._bar.set_postfix_str(f"loss {self._losses[-1][-1]:.4f}{validated}", False)
        self._bar.update(size)
