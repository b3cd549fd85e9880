"""A training step seen from inside: statistics of activations, gradients and updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._arguments import choice, whole
from ._arrays import Floats, pointer
from ._library import Handle, lib, struct, text
from .errors import InvalidArgumentError, StateError

QUANTITIES = {"activations": 0, "activation_gradients": 1, "parameter_gradients": 2, "activation_slopes": 3}
OF_TENSORS = "parameter_gradients"  # the others are quantities of activations


@dataclass(frozen=True)
class LayerStatistics:
    """An activation of the network, over the minibatch's units * positions * rows numbers. Every std is over n - 1."""

    name: str  # its position, "4"
    activation: str  # its word, "tanh"
    units: int  # numbers of a row, or channels of planes
    positions: int  # of a unit: the numbers of a plane; 1 in a row
    rows: int  # examples of the minibatch
    dead: int  # units that are saturated in every row, at every position
    mean: float
    std: float
    saturated: float  # the share that passes on almost nothing of a gradient, 0..1
    gradient_mean: float  # the minibatch's loss is differentiated with respect to the activations
    gradient_std: float


@dataclass(frozen=True)
class TensorStatistics:
    """A trainable tensor after the step's update, and the gradient before it. Every std is over n - 1."""

    name: str  # as in a state_dict, "2.weight"
    shape: tuple[int, int]
    mean: float
    std: float
    gradient_mean: float
    gradient_std: float
    update_std: float
    gradient_to_data: float  # gradient_std / std
    log10_update_to_data: float  # log10(update_std / std): about -3 if training goes well


@dataclass(frozen=True)
class Histogram:
    """As torch.histogram(x, bins=100, density=True): 100 bins of equal width from low to high."""

    low: float
    high: float
    density: Floats

    @property
    def centres(self) -> Floats:
        """The middle of each bin, (100)."""
        width = (self.high - self.low) / len(self.density)
        return (self.low + width * (np.arange(len(self.density)) + 0.5)).astype(np.float32)


class Observation:
    """A measured training step. Its histograms and values can be had only while on_observation runs."""

    def __init__(
        self, trainer: Handle, step: int, layers: list[LayerStatistics], tensors: list[TensorStatistics]
    ) -> None:
        self.step = step  # counted from 0
        self.layers = layers
        self.tensors = tensors
        self._trainer: Handle | None = trainer

    def expire(self) -> None:
        """Lets go of the trainer, which goes on to the next step."""
        self._trainer = None

    def _measured(self) -> Handle:
        if self._trainer is None:
            raise StateError(f"step {self.step} is over: expected a call while on_observation runs")
        return self._trainer

    def histogram(self, quantity: str, index: int) -> Histogram:
        """Returns the histogram of a quantity of the activation or tensor number index.

        quantity: "activations", "activation_gradients", "activation_slopes" or "parameter_gradients".
        """
        trainer, found = self._measured(), struct("nib_histogram")
        trainer.context.call(lib.nib_trainer_histogram, trainer.pointer, *self._place(quantity, index), found)
        return Histogram(found.min, found.max, np.array(list(found.density), np.float32))

    def values(self, quantity: str, index: int) -> Floats:
        """Returns the numbers themselves: (rows, columns) of a tensor, (units, rows) of an activation.

        Over planes the shape is (units, positions, rows).
        """
        trainer, (kind, index) = self._measured(), self._place(quantity, index)
        layer = None if quantity == OF_TENSORS else self.layers[index]
        numbers = np.empty(self.tensors[index].shape if layer is None else _shape(layer), np.float32)
        trainer.context.call(lib.nib_trainer_values, trainer.pointer, kind, index, pointer(numbers, "float"))
        return numbers

    def _place(self, quantity: str, index: int) -> tuple[int, int]:
        """Returns a quantity and an index as the library takes them."""
        kind = choice(quantity, QUANTITIES, "quantity")
        count = len(self.tensors) if quantity == OF_TENSORS else len(self.layers)
        if count == 0:
            raise InvalidArgumentError(f"quantity is {quantity!r}: expected another, as the network has no activation")
        return kind, whole(index, "index", 0, count - 1)


def observe(trainer: Handle, step: int, words: dict[str, str]) -> Observation:
    """Returns the measurements of the step that a trainer has just run; words: of the layers by position."""
    layers = [_layer(info, words) for info in _all(trainer, "layer")]
    return Observation(trainer, step, layers, [_tensor(info) for info in _all(trainer, "tensor")])


def _all(trainer: Handle, kind: str) -> list[Any]:
    function = getattr(lib, f"nib_trainer_{kind}_statistics")
    found: list[Any] = []
    with trainer.context.lock:
        while True:
            info = struct(f"nib_{kind}_statistics")
            status = function(trainer.pointer, len(found), info)
            if status == lib.NIB_ERR_INVALID_ARGUMENT:  # past the last
                return found
            trainer.context.check(status)
            found.append(info)


def _shape(layer: LayerStatistics) -> tuple[int, ...]:
    return (layer.units, layer.rows) if layer.positions == 1 else (layer.units, layer.positions, layer.rows)


def _layer(info: Any, words: dict[str, str]) -> LayerStatistics:
    name = text(info.name)
    return LayerStatistics(
        name,
        words[name],
        info.units,
        info.positions,
        info.rows,
        info.dead,
        info.mean,
        info.std,
        info.saturated,
        info.gradient_mean,
        info.gradient_std,
    )


def _tensor(info: Any) -> TensorStatistics:
    return TensorStatistics(
        text(info.name),
        (info.rows, info.columns),
        info.mean,
        info.std,
        info.gradient_mean,
        info.gradient_std,
        info.update_std,
        info.gradient_to_data,
        info.log10_update_to_data,
    )
