"""The base of all models: the network, its training, files, pickles and folding."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np

from ._arguments import MOST, choice, encoded, number, path_bytes, whole
from ._arrays import Floats, pointer
from ._bindings import ffi
from ._library import Context, Handle, defaults, lib, struct, text
from ._options import Value, model_options, set_options
from ._run import History, Watch, run
from ._validation import Validation, examples_of, usual_interval
from .data import SPLITS, Dataset
from .diagnostics import Observation
from .errors import InvalidArgumentError, StateError
from .folded import FIRST_LAYERS, WEIGHTS, FoldedModel

# The data say how many numbers a row has, how many outputs there are, and whether they are classes. A message with one
# of these words is about nothing else.
OF_THE_DATA = ("leaves (", "expected how many numbers", "the data have")


@dataclass(frozen=True)
class Layer:
    """A layer of a network."""

    position: str  # "4"; in a residual at 4 "4.0", in its second list "4.shortcut.0"
    word: str  # "linear"
    text: str  # "linear 96 gain=0.1"
    input: tuple[int, ...]  # the shape of one example before it
    output: tuple[int, ...]
    parameters: int  # trainable numbers
    multiply_adds: int  # for one example, forward


@dataclass
class Following:
    """How a run is followed beside its steps."""

    progress: bool | None = None
    eval_every: int | None = None
    patience: int = 0
    keep_best: bool = False
    stats_every: int = 0
    on_observation: Callable[[Observation], None] | None = None

    def __post_init__(self) -> None:
        if self.eval_every is not None:
            self.eval_every = whole(self.eval_every, "eval_every", 0, MOST)
        self.patience = whole(self.patience, "patience", 0, MOST)
        self.stats_every = whole(self.stats_every, "stats_every", 0, MOST)


class Network:
    """A model of nib: a network and, once it is trained or loaded, its parameters.

    Any number of threads may use a model, one at a time: the others wait. Different models run side by side.
    """

    _handle_or_none: Handle | None
    _shape_or_none: tuple[int, int] | None

    def __init__(self, options: Mapping[str, Value], threads: int) -> None:
        self._options = dict(options)  # members of nib_model_options, as given
        self._threads = threads
        self._context = Context(threads)
        if options:
            check_texts(self._context, options)
        self._handle_or_none = None
        self._shape_or_none = None

    # ---- What it is

    def __repr__(self) -> str:
        return f"nib.{type(self).__name__}({self.network!r}, input={self.input!r})"

    @property
    def _handle(self) -> Handle:
        if self._handle_or_none is None:
            raise StateError("this model has not been trained yet: expected a call of train() or fit() first")
        return self._handle_or_none

    @property
    def is_trained(self) -> bool:
        """Whether the model has parameters: it was trained or loaded."""
        return self._handle_or_none is not None

    def _info(self) -> Any:
        info = struct("nib_model_info")
        self._context.call(lib.nib_model_get_info, self._handle.pointer, info)
        return info

    def _text_option(self, name: str) -> str:
        if self._handle_or_none is None:
            return str(self._options.get(name, ""))
        options = struct("nib_model_options")
        self._context.call(lib.nib_model_get_options, self._handle.pointer, options)
        return text(getattr(options, name))

    @property
    def network(self) -> str:
        """The list of layers as a text; of a trained model on one line, as nib prints it."""
        return self._text_option("network")

    @property
    def input(self) -> str:
        """The input as a text: "floats 13", "symbols context=8"."""
        return self._text_option("input")

    @property
    def steps(self) -> int:
        """Training steps that the parameters have seen."""
        return int(self._info().steps)

    @property
    def layers(self) -> list[Layer]:
        """The layers in the order of the list; a residual follows the layers in it."""
        found = []
        info = struct("nib_layer_info")
        for i in range(self._info().layers):
            self._context.call(lib.nib_model_layer, self._handle.pointer, i, info)
            found.append(
                Layer(
                    text(info.position),
                    text(info.word),
                    text(info.text),
                    extents(info, "in"),
                    extents(info, "out"),
                    info.parameters,
                    info.multiply_adds,
                )
            )
        return found

    def _shape(self) -> tuple[int, int]:
        """The numbers of a row, or the symbols of a context, and the outputs."""
        if self._shape_or_none is None:
            info, layer = self._info(), struct("nib_layer_info")
            self._context.call(lib.nib_model_layer, self._handle.pointer, 0, layer)
            inputs = info.features if info.vocabulary == 0 else extents(layer, "in")[0]
            self._shape_or_none = (int(inputs), int(info.outputs))
        return self._shape_or_none

    # ---- Parameters

    def parameters(self) -> dict[str, Floats]:
        """Returns a copy of every trainable tensor, by its name and in its shape in a state_dict of PyTorch."""
        found = {}
        info = struct("nib_tensor_info")
        for i in range(self._info().tensors):
            self._context.call(lib.nib_model_tensor, self._handle.pointer, i, info, ffi.NULL)
            numbers = np.empty([info.shape[axis] for axis in range(info.rank)], np.float32)
            self._context.call(lib.nib_model_tensor, self._handle.pointer, i, info, pointer(numbers, "float"))
            found[text(info.name)] = numbers
        return found

    def load_parameters(self, path: str | os.PathLike[str], names: Mapping[str, str] | None = None) -> None:
        """Replaces parameters and running statistics by those of a safetensors file of the same network.

        names: for a file whose tensors have other names, the network's name of each. Raises FileError, FormatError,
        MismatchError; the model is then unchanged.
        """
        lines = ffi.NULL if names is None else "".join(f"{key} {names[key]}\n" for key in names).encode()
        self._context.call(lib.nib_model_load_parameters, self._handle.pointer, path_bytes(path), lines)

    # ---- Training

    def _create(self, dataset: Dataset) -> Handle:
        options = defaults_of_model()
        kept = set_options(options, model_options(), self._options)
        with dataset._handle.context.lock:
            made = self._context.make(
                "nib_model", lib.nib_model_create, self._context.handle, options, dataset._handle.pointer
            )
        del kept
        return made

    def _train(self, dataset: Dataset, training: Any, following: Following) -> History:
        before = self._handle_or_none
        if before is None:
            self._handle_or_none = self._create(dataset)
        try:
            validation = self._validation(dataset, training, following)
            trainer = self._trainer(dataset, training)
        except BaseException:
            self._handle_or_none = before  # a run that was refused leaves a new model open to other data
            raise
        words = {layer.position: layer.word for layer in self.layers}
        watch = Watch(words, validation, following.progress, following.stats_every, following.on_observation)
        try:
            return run(trainer, dataset._handle, training.steps, watch)
        finally:
            trainer.destroy()
            if following.keep_best and validation:
                validation.restore()

    def _trainer(self, dataset: Dataset, training: Any) -> Handle:
        data = dataset._handle
        with data.context.lock:
            return self._context.make(
                "nib_trainer",
                lib.nib_trainer_create,
                self._context.handle,
                self._handle.pointer,
                data.pointer,
                training,
            )

    def _validation(self, dataset: Dataset, training: Any, following: Following) -> Validation | None:
        every = following.eval_every
        split = dataset.info.examples["val"]
        if every is None:
            every = usual_interval(training.steps)
        if every == 0 or split == 0:
            if following.patience > 0 or following.keep_best:
                raise InvalidArgumentError(
                    "patience and keep_best have no effect without evaluations: expected "
                    "validation rows and eval_every above 0"
                )
            return None
        return Validation(
            self._handle,
            self._create(dataset),
            dataset._handle,
            training.steps,
            every,
            following.patience,
            examples_of(every, training.batch_size, split),
        )

    def evaluate(self, dataset: Dataset, split: str = "val") -> float:
        """Returns the mean loss of an example of a split, in evaluation mode; in nats for classes and text.

        Raises MismatchError: the data have another vocabulary, or other columns or classes; DataError: the split is
        empty; DivergedError: the loss is not finite.
        """
        loss = ffi.new("double *")
        self._context.call_with(
            dataset._handle,
            lib.nib_model_evaluate,
            self._handle.pointer,
            dataset._handle.pointer,
            choice(split, SPLITS, "split"),
            loss,
        )
        return float(loss[0])

    def calibrate(self, dataset: Dataset, split: str = "train") -> None:
        """Replaces the running statistics of every batchnorm by those of a whole split in one pass."""
        self._context.call_with(
            dataset._handle,
            lib.nib_model_calibrate,
            self._handle.pointer,
            dataset._handle.pointer,
            choice(split, SPLITS, "split"),
        )

    # ---- Files, pickles and copies

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes model.safetensors as `nib train` does: a state_dict of PyTorch, and options in its metadata.

        path holds the old file or the whole new one, whatever happens. Raises FileError.
        """
        self._context.call(lib.nib_model_save, self._handle.pointer, path_bytes(path))

    def to_bytes(self) -> bytes:
        """Returns the bytes of the file that save() writes."""
        data, size = ffi.new("void **"), ffi.new("size_t *")
        with self._context.lock:
            self._context.call(lib.nib_model_data, self._handle.pointer, data, size)
            return bytes(ffi.buffer(data[0], size[0]))

    def _load(self, path: str | os.PathLike[str]) -> None:
        """Takes the model of a file, with its options."""
        self._handle_or_none = self._context.make(
            "nib_model", lib.nib_model_load, self._context.handle, path_bytes(path)
        )
        options = struct("nib_model_options")
        self._context.call(lib.nib_model_get_options, self._handle.pointer, options)
        self._options = {name: text(getattr(options, name)) for name in ("network", "input", "loss")}
        self._options["seed"] = int(options.seed)

    def _load_bytes(self, file: bytes, name: str) -> None:
        self._handle_or_none = self._context.make(
            "nib_model", lib.nib_model_from_memory, self._context.handle, file, len(file), encoded(name, "name")
        )

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in self.__dict__.items() if name not in ("_context", "_handle_or_none")}
        return {"kept": kept, "file": self.to_bytes() if self.is_trained else None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state["kept"])
        self._context = Context(self._threads)
        self._handle_or_none = None
        if state["file"] is not None:
            self._load_bytes(state["file"], "pickle")

    def __copy__(self) -> Any:
        return copy.deepcopy(self)

    # ---- Other forms

    def fold(
        self,
        weights: str = "f32",
        *,
        dataset: Dataset | None = None,
        split: str = "val",
        first_layer: str = "smallest",
        max_loss_difference: float = 0.0,
    ) -> FoldedModel:
        """Returns the model folded for deployment: batch normalisation becomes part of the weights.

        weights: "f32", "bf16" or "int8", how they are stored. dataset, split: where the cost of folding is measured,
        for the certificate in the file; None: not at all. first_layer: "smallest" or "table". max_loss_difference: in
        nats; 0: 1e-5 with f32, else 0.005. Raises MismatchError: folding costs more; UnsupportedError.
        """
        options = defaults("nib_fold_options")
        options.weights = choice(weights, WEIGHTS, "weights")
        options.first_layer = choice(first_layer, FIRST_LAYERS, "first_layer")
        options.split = choice(split, SPLITS, "split")
        options.max_loss_difference = number(max_loss_difference, "max_loss_difference")
        arguments = ("nib_folded", lib.nib_fold, self._handle.pointer, options)
        if dataset is None:
            return FoldedModel(self._context.make(*arguments))
        options.dataset = dataset._handle.pointer
        with dataset._handle.context.lock:
            return FoldedModel(self._context.make(*arguments))

    def export_pytorch(self, path: str | os.PathLike[str]) -> None:
        """Writes the network as a Python file whose load() makes a torch.nn.Module of a file of save()."""
        self._context.call(lib.nib_export_pytorch, self._handle.pointer, path_bytes(path))

    def to_torch(self) -> Any:
        """Returns the network as a torch.nn.Sequential in evaluation mode; needs torch and safetensors."""
        from .pytorch import to_torch

        return to_torch(self)


def extents(layer: Any, side: str) -> tuple[int, ...]:
    """Returns the shape before a nib_layer_info, "in", or behind it, "out"."""
    return tuple(getattr(layer, side)[0 : getattr(layer, side + "_rank")])


def defaults_of_model() -> Any:
    """Returns the options of a model before any are given: nib's own loss and seed."""
    options = struct("nib_model_options")
    options.seed = 2147483647
    return options


def check_texts(context: Context, given: Mapping[str, Value]) -> None:
    """Raises InvalidArgumentError for a mistake in the texts of a model whose data are not known yet."""
    options = defaults_of_model()
    kept = set_options(options, model_options(), given)
    plan = struct("nib_plan_info")
    try:
        context.call(lib.nib_plan, context.handle, options, 2, ffi.NULL, plan)
    except InvalidArgumentError as error:
        if not any(words in str(error) for words in OF_THE_DATA):
            raise
    del kept
