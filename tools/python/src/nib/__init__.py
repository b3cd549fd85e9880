"""nib: small neural networks on a CPU.

Model trains a network on rows of numbers, TextModel on items of text; Classifier and Regressor are estimators for
scikit-learn, which they need. A trained model can be folded into a small file, or into C, for programs without Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from ._library import lib, text
from ._network import Layer
from ._options import preset_names
from ._run import History
from ._validation import Evaluation
from .data import Dataset, DatasetInfo
from .diagnostics import Histogram, LayerStatistics, Observation, TensorStatistics
from .errors import Error
from .folded import FoldedInfo, FoldedModel, load_folded
from .model import Model, load
from .text_model import TextModel, load_text

if TYPE_CHECKING:
    from .estimators import Classifier, Regressor
    from .pytorch import from_torch

__version__: str = text(lib.nib_version())

__all__ = [
    "Classifier",
    "Dataset",
    "DatasetInfo",
    "Error",
    "Evaluation",
    "FoldedInfo",
    "FoldedModel",
    "Histogram",
    "History",
    "Layer",
    "LayerStatistics",
    "Model",
    "Observation",
    "Regressor",
    "TensorStatistics",
    "TextModel",
    "errors",
    "from_torch",
    "load",
    "load_folded",
    "load_text",
    "preset_names",
]

# These names need a package that nib itself does not need, so they are imported when they are first used.
_LATER = {"Classifier": "estimators", "Regressor": "estimators", "from_torch": "pytorch"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'nib' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("." + _LATER[name], __name__), name)
