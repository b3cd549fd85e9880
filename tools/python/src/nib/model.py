"""Models of tables: rows of numbers go in, probabilities of classes or numbers come out."""

from __future__ import annotations

import math
import os
from typing import Any, Callable

import numpy as np
import numpy.typing as npt

from ._arguments import MOST, choice, number
from ._arrays import Floats, as_floats
from ._bindings import ffi
from ._library import lib, struct, text
from ._network import Following, Network
from ._options import Value, preset, set_options, train_options
from ._run import History
from .data import SPLITS, Dataset, Rows, are_numbers, class_names, learned, own_rows
from .diagnostics import Observation
from .errors import InvalidArgumentError, MismatchError
from .folded import predict_rows

LOSSES_OF_NUMBERS = ("squared", "huber")

# How rows are divided if nothing else is said.
VALIDATION, TEST, SPLIT_SEED = 0.1, 0.0, 42


class Model(Network):
    """A network for rows of numbers.

        model = nib.Model("standardize, linear 64, batchnorm, relu, linear", input="floats 13")
        history = model.train(x, y, epochs=40)
        probabilities = model.predict(x)

    network: a list of layers; nib.h has the words under "Networks". A last linear without a size takes it from the
    data. input: "floats", or "floats 13" for rows of 13 numbers. loss: "cross-entropy smoothing=0.1", "logistic",
    "squared", "huber delta=1"; "": by the data. seed: of the initial weights and of the order of rows. threads: for
    training and prediction; 0: every core. Raises InvalidArgumentError for a mistake in a text, naming its place and
    the word that was probably meant.
    """

    def __init__(
        self, network: str, input: str = "floats", *, loss: str = "", seed: int = 2147483647, threads: int = 0
    ) -> None:
        super().__init__({"network": network, "input": input, "loss": loss, "seed": seed}, threads)

    def train(
        self,
        x: npt.ArrayLike | Dataset,
        y: npt.ArrayLike | None = None,
        *,
        sample_weight: npt.ArrayLike | None = None,
        validation: float | Rows = VALIDATION,
        test: float | Rows = TEST,
        split_seed: int = SPLIT_SEED,
        epochs: float | None = None,
        eval_every: int | None = None,
        patience: int = 0,
        keep_best: bool = False,
        progress: bool | None = None,
        stats_every: int = 0,
        on_observation: Callable[[Observation], None] | None = None,
        **options: Value,
    ) -> History:
        """Trains the model, or trains it further, and returns the run's losses and validation curve.

        x, y, sample_weight, validation, test and split_seed: as Dataset.table; or x alone, a Dataset. y holds numbers
        to learn if it has floats or if the loss is one for numbers; otherwise classes. epochs: how often the training
        split is gone through, default 40; the option steps takes its place. eval_every: steps between two evaluations
        of the validation split; None: ten in the run; 0: none. patience: evaluations in a row without a new best after
        which the run ends; 0: it never does. keep_best: the model ends with the parameters of the best evaluation, not
        with those of the last step. progress: whether to show a bar; None: on a terminal. stats_every: measure every
        Nth step, for History.observations; each measured step is also passed to on_observation. options: those of
        nib_train_options by name, such as learning_rate, batch_size, optimizer, schedule, weight_decay, clip_norm.

        Ctrl-C ends the run within a tenth of a second; the model keeps what it has learnt, and History.interrupted is
        True. Raises DivergedError: a loss or parameter is no longer finite; its attribute history has the steps before,
        and keep_best leaves the best model all the same. A run that is refused leaves the model as it was.
        """
        if isinstance(x, Dataset):
            _check_beside_dataset(
                y=y, sample_weight=sample_weight, validation=validation, test=test, split_seed=split_seed
            )
        dataset = x if isinstance(x, Dataset) else self._dataset(x, y, sample_weight, validation, test, split_seed)
        training = table_training(dataset.info.examples["train"], epochs, options)
        following = Following(progress, eval_every, patience, keep_best, stats_every, on_observation)
        return self._train(dataset, training, following)

    def _dataset(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike | None,
        sample_weight: npt.ArrayLike | None,
        validation: float | Rows,
        test: float | Rows,
        seed: int,
    ) -> Dataset:
        y = learned(y)
        labels = self.classes if self.is_trained else self._classes_in(y, validation, test)
        y = y if labels else as_floats(y, "y", "for each row one or several")
        return Dataset.table(
            x, y, sample_weight=sample_weight, validation=validation, test=test, seed=seed, classes=labels or None
        )

    def _classes_in(self, y: npt.ArrayLike, *others: Any) -> list[str]:
        loss = str(self._options["loss"]).split(" ")[0]
        if loss in LOSSES_OF_NUMBERS or (not loss and are_numbers(y)):
            return []
        others_rows = [rows for each in others if (rows := own_rows(each, "validation and test"))]
        all_labels = [np.ravel(y)] + [np.ravel(rows[1]) for rows in others_rows]
        return class_names(np.concatenate(all_labels))

    def predict(self, x: npt.ArrayLike, out: Floats | None = None) -> Floats:
        """Returns predictions (n, outputs) for rows x (n, features): probabilities of the classes, or numbers.

        x is used in place if it is float32 and a row's numbers adjoin, also a slice. out: where to write them, a
        contiguous float32 array. The same bits for any number of threads. Raises InvalidArgumentError for other shapes.
        """
        return predict_rows(lib.nib_model_predict, self._handle, self._shape(), x, out)

    @property
    def classes(self) -> list[str]:
        """The names of the classes, in the order of predict()'s columns; none if the model learns numbers."""
        return self._names(lib.nib_model_class, self._info().classes)

    @property
    def columns(self) -> list[str]:
        """The names of the columns, each "" if they have none."""
        return self._names(lib.nib_model_column, self._info().columns)

    def _names(self, function: Any, count: int) -> list[str]:
        found, name = [], ffi.new("char **")
        for i in range(count):
            self._context.call(function, self._handle.pointer, i, name)
            found.append(text(name[0]))
        return found

    def metrics(self, dataset: Dataset, split: str = "val") -> dict[str, float]:
        """Returns the quality over a split: loss, and accuracy, macro_f1, auc, or rmse, mae, r2, where they apply."""
        found = struct("nib_metrics")
        self._context.call_with(
            dataset._handle,
            lib.nib_model_metrics,
            self._handle.pointer,
            dataset._handle.pointer,
            choice(split, SPLITS, "split"),
            found,
        )
        names = ("loss", "accuracy", "macro_f1", "auc", "rmse", "mae", "r2")
        return {name: getattr(found, name) for name in names if not math.isnan(getattr(found, name))}


def _check_beside_dataset(**given: Any) -> None:
    """Raises InvalidArgumentError for an argument of Model.train that a Dataset already has."""
    usual = {"validation": VALIDATION, "test": TEST, "split_seed": SPLIT_SEED}
    for name, value in given.items():
        expected = usual.get(name)
        if value is not expected and not (isinstance(value, (int, float)) and value == expected):
            raise InvalidArgumentError(f"{name} has no effect beside a Dataset, which has its own: expected {expected}")


def table_training(examples: int, epochs: float | None, given: dict[str, Value]) -> Any:
    """Returns the training options of a table as `nib train` sets them, for so many training examples."""
    _, training = preset("mlp")
    training.batch_size, training.weight_decay = 32, 0.01
    set_options(training, train_options(), given)
    if "steps" not in given:
        passes = 40.0 if epochs is None else number(epochs, "epochs")
        if not passes > 0:
            raise InvalidArgumentError(f"epochs is {epochs}: expected a number above 0")
        wanted = passes * float(examples) / max(training.batch_size, 1)
        if wanted >= MOST:
            raise InvalidArgumentError(f"epochs is {epochs}: expected a number above 0 that is at most {MOST} steps")
        training.steps = max(math.ceil(wanted), 1)
    elif epochs is not None:
        raise InvalidArgumentError("epochs has no effect beside steps: expected one of both")
    if "warmup_steps" not in given:
        training.warmup_steps = min(200, training.steps // 20)
    return training


def load(path: str | os.PathLike[str], threads: int = 0) -> Model:
    """Loads a model of a table: a file of save() or of `nib train`. Raises FileError, FormatError, MismatchError."""
    model = Model.__new__(Model)
    Network.__init__(model, {}, threads)
    model._load(path)
    if model._info().vocabulary:
        raise MismatchError(f"{os.fspath(path)}: a model of text: expected one of a table")
    return model
