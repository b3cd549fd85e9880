"""Networks from PyTorch and to it. Needs the packages torch and safetensors."""

from __future__ import annotations

import importlib.util
import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Callable

import numpy as np
import safetensors.numpy
import torch
from torch import nn

from ._bindings import ffi
from ._library import lib
from ._network import Network
from .data import Dataset
from .errors import UnsupportedError
from .model import LOSSES_OF_NUMBERS, Model
from .text_model import TextModel

LEAST_ITEMS = 10  # a text has at least so many


class Residual(nn.Sequential):
    """The sum of what the modules and the shortcut's make of the input; without a shortcut, of the input itself.

    It is the word `residual` of a network, which torch.nn has no module for.
    """

    def __init__(self, *modules: nn.Module, shortcut: Iterable[nn.Module] = ()) -> None:
        super().__init__(*modules)
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Returns a tensor of the shape that both lists make of x."""
        y: torch.Tensor = x
        for module in _main(self):
            y = module(y)
        other: torch.Tensor = self.shortcut(x)
        return y + other


def _main(residual: nn.Module) -> list[nn.Module]:
    return [module for name, module in residual.named_children() if name != "shortcut"]


def _requires(module: nn.Module, **values: object) -> None:
    """Raises UnsupportedError unless the module's attributes have these values."""
    for name, value in values.items():
        if getattr(module, name) != value:
            raise UnsupportedError(f"{module}: {name} is {getattr(module, name)!r}: expected {value!r}")


def _norm(word: str, module: Any, eps: float, usual: float) -> str:
    if len(module.normalized_shape) != 1:
        raise UnsupportedError(f"{module}: expected a norm of a row, with one size")
    _requires(module, elementwise_affine=True)
    return word if eps == usual else f"{word} eps={eps!r}"


def _linear(module: Any) -> str:
    return f"linear {module.out_features} bias={'off' if module.bias is None else 'on'}"


def _batchnorm(module: Any) -> str:
    _requires(module, affine=True, track_running_stats=True)
    if module.momentum is None:
        raise UnsupportedError(f"{module}: momentum is None, a cumulative average: expected a number")
    return f"batchnorm eps={module.eps!r} momentum={module.momentum!r}"


def _extents(given: int | Sequence[int]) -> str:
    """Returns the text of a window's numbers: "3" of 3 or (3,), "3x5" of (3, 5)."""
    return str(given) if isinstance(given, int) else "x".join(map(str, given))


def _keys(module: Any, **usual: object) -> str:
    """Returns the options, in nib's words, of a window whose attributes differ from these."""
    values = {name: getattr(module, name) for name in usual}
    kept = {name: given for name, given in values.items() if set(_as_tuple(given)) != {usual[name]}}
    return "".join(f" {name}={_extents(given)}" for name, given in kept.items())


def _as_tuple(given: Any) -> tuple[Any, ...]:
    return given if isinstance(given, tuple) else (given,)


def _convolution(word: str) -> Callable[[Any], str]:
    def text(module: Any) -> str:
        _requires(module, padding_mode="zeros")
        if isinstance(module.padding, str):
            raise UnsupportedError(f"{module}: padding is {module.padding!r}: expected a number")
        keys = _keys(module, stride=1, padding=0, dilation=1, groups=1)
        bias = "off" if module.bias is None else "on"
        return f"{word} {module.out_channels} {_extents(module.kernel_size)}{keys} bias={bias}"

    return text


def _pool(word: str, **values: object) -> Callable[[Any], str]:
    def text(module: Any) -> str:
        _requires(module, ceil_mode=False, **values)
        size, stride = _as_tuple(module.kernel_size), _as_tuple(module.stride)
        own = "" if stride in (size, size[:1]) else f" stride={_extents(stride)}"
        return f"{word} {_extents(size)}{own}{_keys(module, padding=0)}"

    return text


def _adaptive(module: Any) -> str:
    if set(_as_tuple(module.output_size)) != {1}:
        raise UnsupportedError(f"{module}: output_size is {module.output_size!r}: expected 1")
    return "global-average"


def _layernorm(module: Any) -> str:
    if module.bias is None:
        raise UnsupportedError(f"{module}: bias is False: expected a layernorm with a bias")
    return _norm("layernorm", module, module.eps, 1e-5)


def _rmsnorm(module: Any) -> str:
    usual = 2.0**-23
    if not hasattr(module, "normalized_shape"):  # its module is one of a file that nib exported
        return "rmsnorm" if module.eps == usual else f"rmsnorm eps={module.eps!r}"
    return _norm("rmsnorm", module, usual if module.eps is None else module.eps, usual)


def _plain(word: str, **values: object) -> Callable[[Any], str]:
    """The word of a module whose attributes must have these values."""

    def text(module: Any) -> str:
        _requires(module, **values)
        return word

    return text


def _gelu(module: Any) -> str:
    return "gelu form=tanh" if module.approximate == "tanh" else "gelu"


# By the name of the class, as a file that nib exported brings classes of its own.
WORDS: dict[str, Callable[[Any], str]] = {
    "Embedding": lambda module: f"embedding {module.embedding_dim}",
    "Flatten": _plain("flatten", start_dim=1, end_dim=-1),
    "Linear": _linear,
    "Conv1d": _convolution("conv1d"),
    "Conv2d": _convolution("conv2d"),
    "MaxPool1d": _pool("maxpool", dilation=1, return_indices=False),
    "MaxPool2d": _pool("maxpool", dilation=1, return_indices=False),
    "AvgPool1d": _pool("avgpool", count_include_pad=True),
    "AvgPool2d": _pool("avgpool", count_include_pad=True, divisor_override=None),
    "AdaptiveAvgPool1d": _adaptive,
    "AdaptiveAvgPool2d": _adaptive,
    "GlobalAverage": _plain("global-average"),
    "BatchNorm1d": _batchnorm,
    "BatchNorm2d": _batchnorm,
    "LayerNorm": _layernorm,
    "RMSNorm": _rmsnorm,
    "Dropout": lambda module: f"dropout {module.p!r}",
    "Dropout1d": lambda module: f"dropout {module.p!r} of=channels",
    "Dropout2d": lambda module: f"dropout {module.p!r} of=channels",
    "Standardize": _plain("standardize"),
    "Unscale": _plain("unscale"),
    "Tanh": _plain("tanh"),
    "ReLU": _plain("relu"),
    "Identity": _plain("identity"),
    "GELU": _gelu,
    "SiLU": _plain("silu"),
    "Sigmoid": _plain("sigmoid"),
    "LeakyReLU": _plain("leaky-relu", negative_slope=0.01),
    "ELU": _plain("elu", alpha=1.0),
    "Hardtanh": _plain("hardtanh", min_val=-1.0, max_val=1.0),
    "Softplus": _plain("softplus", beta=1.0),
    "ReLU6": _plain("relu6"),
}


class _Reader:
    """Goes through modules, and collects the words and the tensors under nib's names."""

    def __init__(self) -> None:
        self.tensors: dict[str, Any] = {}
        self.leaves: list[nn.Module] = []

    def items(self, modules: Iterable[nn.Module], prefix: str) -> str:
        """Returns the items of a list; a Sequential within it counts as its modules."""
        flat = list(_flat(modules))
        return ", ".join(self._item(module, f"{prefix}{i}") for i, module in enumerate(flat))

    def _item(self, module: nn.Module, position: str) -> str:
        kind = type(module).__name__
        if kind == "Residual":
            main = self.items(_main(module), position + ".")
            shortcut = self.items(module.get_submodule("shortcut").children(), position + ".shortcut.")
            return f"residual({main} | {shortcut})" if shortcut else f"residual({main})"
        if kind not in WORDS:
            raise UnsupportedError(
                f"module {position}, {module}: nib has no such layer: expected one of {', '.join([*WORDS, 'Residual'])}"
            )
        self.leaves.append(module)
        for name, tensor in module.state_dict().items():
            self.tensors[f"{position}.{name}"] = tensor.detach().cpu().contiguous().numpy()
        return WORDS[kind](module)


def _flat(modules: Iterable[nn.Module]) -> Iterator[nn.Module]:
    for module in modules:
        if isinstance(module, nn.Sequential) and type(module).__name__ != "Residual":
            yield from _flat(module.children())
        else:
            yield module


def from_torch(
    sequential: nn.Sequential,
    *,
    input: str = "",
    loss: str = "",
    classes: Sequence[str] | None = None,
    vocabulary: Sequence[str] | None = None,
    threads: int = 0,
) -> Network:
    """Returns a model with the network and the parameters of a Sequential: a Model, or a TextModel for an Embedding.

    input: "floats 1x28x28", the planes of an example, for a network that begins with a convolution or a pool; "" for
    others. loss: as Model's; "" is cross-entropy if there are several outputs and the list does not end with Unscale,
    else squared. classes: the names of the outputs; None: "0", "1" ... vocabulary: for an Embedding, the symbols behind
    its ids from 1 on; id 0 is the end mark. The outputs differ from PyTorch's by at most 2e-5 max(1, the largest).
    Raises UnsupportedError: a module that nib does not have, or a setting of one, by its position and name.
    """
    reader = _Reader()
    network = reader.items([sequential], "")
    leaves = reader.leaves
    weighted = [leaf for leaf in leaves if type(leaf).__name__ in ("Linear", "Conv1d", "Conv2d")]
    if not weighted:
        raise UnsupportedError("the Sequential has no Linear: expected one at least")
    last: Any = weighted[-1]
    outputs = int(last.out_features if isinstance(last, nn.Linear) else last.out_channels)
    file = safetensors.numpy.save(reader.tensors)
    model = (
        _text_model(network, leaves, vocabulary, threads)
        if isinstance(leaves[0], nn.Embedding)
        else _table_model(network, input or _rows_of(leaves), leaves, outputs, loss, classes, threads)
    )
    model._context.call(
        lib.nib_model_parameters_from_memory, model._handle.pointer, file, len(file), b"Sequential", ffi.NULL
    )
    return model


def _text_model(network: str, leaves: list[nn.Module], vocabulary: Sequence[str] | None, threads: int) -> TextModel:
    embedding, linear = leaves[0], next(leaf for leaf in leaves if isinstance(leaf, nn.Linear))
    assert isinstance(embedding, nn.Embedding)
    if vocabulary is None or len(set(vocabulary)) != embedding.num_embeddings - 1:
        raise UnsupportedError(
            f"{embedding}: expected a vocabulary of {embedding.num_embeddings - 1} symbols: its ids "
            "from 1 on; 0 is the end mark"
        )
    context = linear.in_features // embedding.embedding_dim
    model = TextModel(network=network, input=f"symbols context={context}", threads=threads)
    item = "".join(sorted(vocabulary))
    if item != "".join(vocabulary):
        raise UnsupportedError("vocabulary: expected symbols in ascending order")
    model._handle_or_none = model._create(Dataset.text([item] * LEAST_ITEMS))
    return model


def _rows_of(leaves: list[nn.Module]) -> str:
    """Returns the input of a network of rows, whose size the first Linear says."""
    for leaf in leaves:
        if isinstance(leaf, nn.Linear):
            return f"floats {leaf.in_features}"
        if type(leaf).__name__.endswith(("1d", "2d", "Average")) and not isinstance(leaf, nn.BatchNorm1d):
            break
    raise UnsupportedError(f"{leaf}: needs the shape of an example: expected input='floats CxHxW' or 'floats CxL'")


def _table_model(
    network: str,
    input: str,
    leaves: list[nn.Module],
    outputs: int,
    loss: str,
    classes: Sequence[str] | None,
    threads: int,
) -> Model:
    width = math.prod(map(int, re.findall(r"\d+", input)))
    learns_numbers = loss.split(" ")[0] in LOSSES_OF_NUMBERS or type(leaves[-1]).__name__ == "Unscale"
    learns_numbers = learns_numbers or (loss == "" and outputs == 1)
    names = list(classes or [str(i) for i in range(2 if loss == "logistic" else outputs)])
    model = Model(network, input, loss=loss, threads=threads)
    x = np.zeros((max(len(names), 2), width), np.float32)
    y: Any = np.zeros((len(x), outputs), np.float32) if learns_numbers else np.array(names)
    # The data set says only how many columns and outputs there are: nothing is trained on it.
    model._handle_or_none = model._create(
        Dataset.table(x, y, validation=0.0, classes=None if learns_numbers else names)
    )
    return model


def to_torch(model: Network) -> nn.Sequential:
    """Returns a model's network as a Sequential in evaluation mode, with its parameters."""
    with tempfile.TemporaryDirectory() as folder:
        source, parameters = Path(folder) / "network.py", Path(folder) / "model.safetensors"
        model.export_pytorch(source)
        model.save(parameters)
        spec = importlib.util.spec_from_file_location("nib_network", source)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        made: nn.Sequential = module.load(str(parameters))
    return made
