"""Models of text: they learn items, such as names, and draw new ones."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from typing import Any, Callable

import numpy as np
import numpy.typing as npt

from ._arguments import encoded
from ._arrays import Floats, Ids, pointer
from ._bindings import ffi
from ._library import lib, text
from ._network import Following, Network
from ._options import Value, model_options, preset, set_options, train_options, unknown
from ._run import History
from .data import Dataset
from .diagnostics import Observation
from .errors import InvalidArgumentError, MismatchError
from .folded import draw, log_probability, logits_of, sampler_options

# Without steps, a run is as long as the preset's, or as this many epochs if those are fewer steps.
EPOCHS, LEAST_STEPS = 12, 500


class TextModel(Network):
    """A model of items of text.

        model = nib.TextModel(preset="mlp", steps=2000)
        model.fit(names)
        new = model.sample(20)

    preset: what the other options override; "default", "mlp" and the lecture's, as `nib train --help` lists them.
    context: the symbols that the network sees, in place of the input's. threads: 0: every core. options: those of
    `nib train` by the names that nib.h and the model files give them: network, input, loss, seed; steps, batch_size,
    optimizer, learning_rate, schedule, decay_at, decay_factor, min_learning_rate, warmup_steps, weight_decay, momentum,
    clip_norm. Raises InvalidArgumentError for an unknown option, with the one that was probably meant.
    """

    def __init__(
        self, preset: str | None = None, *, context: int | None = None, threads: int = 0, **options: Value
    ) -> None:
        self._preset, self._given = preset, options
        network, _ = self._made()
        if context is not None:
            if "input" in options:
                raise InvalidArgumentError("context has no effect beside input, which says it: expected one of both")
            network["input"] = f"symbols context={context}"
        super().__init__(network, threads)

    def _made(self) -> tuple[dict[str, Value], Any]:
        """The options of the model, and those of its training, with what was given."""
        model, training = preset("default" if self._preset is None else self._preset)
        of_model = {name: value for name, value in self._given.items() if name in model_options()}
        of_training = {name: value for name, value in self._given.items() if name not in of_model}
        for name in of_training:
            if name not in train_options():
                raise unknown(name, "an option", ["preset", "context", "threads", *model_options(), *train_options()])
        set_options(training, train_options(), of_training)
        usual: dict[str, Value] = {"network": text(model.network), "input": text(model.input), "seed": int(model.seed)}
        return {**usual, **of_model}, training

    def fit(
        self,
        items: Iterable[str] | Dataset,
        *,
        eval_every: int | None = None,
        patience: int = 0,
        keep_best: bool = False,
        progress: bool | None = None,
        stats_every: int = 0,
        on_observation: Callable[[Observation], None] | None = None,
    ) -> History:
        """Trains on items, or trains further, and returns the run's losses and validation curve.

        items: each a str of 1 to 4,096 characters, at least 10 of them, or a Dataset of text. A tenth of them are for
        validation and a tenth for tests. The other arguments are those of Model.train; the lecture's presets have no
        evaluations unless eval_every says so. A fit has the bytes of `nib train` with the same options on a file of
        these items. Raises DataError, InvalidArgumentError, DivergedError.
        """
        dataset = items if isinstance(items, Dataset) else Dataset.text(items, like=self if self.is_trained else None)
        _, training = self._made()
        self._fit_steps(training, dataset.info.examples["train"])
        if eval_every is None and (self._preset or "").startswith("lecture-"):
            eval_every = 0
        return self._train(
            dataset, training, Following(progress, eval_every, patience, keep_best, stats_every, on_observation)
        )

    def _fit_steps(self, training: Any, examples: int) -> None:
        if training.warmup_steps >= training.steps and "warmup_steps" not in self._given:
            training.warmup_steps = training.steps // 10
        if self._preset is None and "steps" not in self._given:
            enough = max(math.ceil(EPOCHS * float(examples) / training.batch_size), LEAST_STEPS)
            training.steps = min(enough, training.steps)

    def sample(
        self,
        n: int,
        *,
        seed: int = 42,
        temperature: float = 1.0,
        start: str = "",
        max_length: int = 4096,
        stream: str = "lecture",
    ) -> list[str]:
        """Returns n items drawn from the model.

        seed: the same one gives the same items. temperature: above 0; logits are divided by it. start: text that each
        item begins with. max_length: the most symbols of an item, 1..4096. stream: "lecture", one MT19937 stream for
        all items, as PyTorch draws; "counter", item i of a seed does not depend on those before it. Raises
        MismatchError: start has a symbol that the model does not know.
        """
        options = sampler_options(seed, temperature, start, max_length, stream)
        return draw(lib.nib_sampler_create, self._handle, options, n)

    def log_probability(self, item: str) -> float:
        """Returns the natural logarithm of an item's probability, its end mark included.

        Raises MismatchError: the item has a symbol that the model does not know.
        """
        return log_probability(lib.nib_model_log_probability, self._handle, item)

    def logits(self, contexts: npt.ArrayLike) -> Floats:
        """Returns logits (n, vocabulary) for contexts (n, context length) of ids, oldest first, 0 before an item."""
        return logits_of(lib.nib_model_logits, self._handle, self._shape(), contexts)

    def encode(self, item: str) -> Ids:
        """Returns the ids of an item's symbols. Raises MismatchError: a symbol that the model does not know."""
        count, symbols = ffi.new("size_t *"), encoded(item, "item")
        ids = np.empty(len(symbols), np.int32)
        self._context.call(
            lib.nib_model_encode, self._handle.pointer, symbols, pointer(ids, "int32_t"), len(ids), count
        )
        return ids[: count[0]]

    @property
    def vocabulary(self) -> list[str]:
        """The symbols by id; id 0 is the end mark, shown as "."."""
        found, symbol = [], ffi.new("char **")
        for i in range(self._info().vocabulary):
            self._context.call(lib.nib_model_symbol, self._handle.pointer, i, symbol)
            found.append(text(symbol[0]))
        return found


def load_text(path: str | os.PathLike[str], threads: int = 0, **options: Any) -> TextModel:
    """Loads a model of text: a file of save() or of `nib train`.

    options: of its further training, as TextModel's. Raises FileError, FormatError, MismatchError;
    InvalidArgumentError for an option of the network, which the file has.
    """
    for name in options:
        if name in model_options():
            raise InvalidArgumentError(f"{name} has no effect on a model of a file: expected options of training")
    model = TextModel(threads=threads, **options)
    model._load(path)
    if not model._info().vocabulary:
        raise MismatchError(f"{os.fspath(path)}: a model of a table: expected one of text")
    return model
