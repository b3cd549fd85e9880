"""The validation loss during a run: when it is measured, on how many examples, and the best model by it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ._bindings import ffi
from ._library import Handle, lib
from .errors import DivergedError

# As `nib train` does, so that a run from Python has the same best model.
EVALUATIONS = 10
MOST_SHARE = 0.04  # the evaluations' share of the run's time
EVALUATED = 1 / 3  # the time to evaluate an example over the time to train on one
LEAST_EXAMPLES = 256  # fewer are not representative

VAL = 1


@dataclass(frozen=True)
class Evaluation:
    """A loss of the validation split."""

    step: int  # steps run
    loss: float  # NaN if it is not finite
    is_best: bool


def usual_interval(steps: int) -> int:
    """Returns the steps from one evaluation to the next if no option says so: ten evaluations a run."""
    return (steps + EVALUATIONS - 1) // EVALUATIONS


def examples_of(every: int, batch_size: int, split: int) -> int:
    """Returns how many examples each evaluation uses: all, or as many as keep the evaluations near 4% of the run."""
    most = max(MOST_SHARE / EVALUATED * float(every) * float(batch_size), float(LEAST_EXAMPLES))
    return int(most) if most < split else split


class Validation:
    """Evaluates a model as it is trained, and keeps a copy of the best one."""

    def __init__(
        self, model: Handle, best: Handle, dataset: Handle, steps: int, every: int, patience: int, examples: int
    ) -> None:
        self._model, self._best, self._dataset = model, best, dataset
        self._steps, self.every, self._patience, self.examples = steps, every, patience, examples
        self._best_step = 0
        self._best_loss = math.nan

    @property
    def best(self) -> tuple[int, float]:
        """The step and the loss of the best evaluation; step 0 if there was none."""
        return self._best_step, self._best_loss

    def limit(self, step: int, piece: int) -> int:
        """Limits the next piece of steps so that it does not pass the next evaluation."""
        return min(piece, self.every - step % self.every)

    def add(self, step: int) -> Evaluation | None:
        """Evaluates the model if it is time."""
        if step == 0 or (step % self.every != 0 and step != self._steps):
            return None
        loss = self._loss()
        is_best = math.isfinite(loss) and (self._best_step == 0 or loss < self._best_loss)
        if is_best:
            copy_parameters(self._model, self._best)
            self._best_step, self._best_loss = step, loss
        return Evaluation(step, loss, is_best)

    def has_ended(self, step: int) -> bool:
        """Returns whether patience has run out."""
        return (
            self._patience > 0 and self._evaluations_by(step) - self._evaluations_by(self._best_step) >= self._patience
        )

    def restore(self) -> None:
        """Gives the model the best parameters."""
        if self._best_step > 0:
            copy_parameters(self._best, self._model)

    def _evaluations_by(self, step: int) -> int:
        return step // self.every + (1 if step == self._steps and step % self.every != 0 else 0)

    def _loss(self) -> float:
        loss = ffi.new("double *")
        try:
            self._model.context.call_with(
                self._dataset,
                lib.nib_model_evaluate_range,
                self._model.pointer,
                self._dataset.pointer,
                VAL,
                0,
                self.examples,
                loss,
            )
        except DivergedError:
            return math.nan
        return float(loss[0])


def copy_parameters(source: Handle, target: Handle) -> None:
    """Copies the parameters and running statistics of a model to another one of the same network."""
    with source.context.lock:
        target.context.call(lib.nib_model_copy, source.pointer, target.pointer)
