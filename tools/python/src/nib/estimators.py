"""Estimators for scikit-learn, 1.6 or later."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ._arrays import Floats
from .data import Dataset
from .errors import InvalidArgumentError
from .model import Model

# As torch.nn.Linear draws its weights: on some hundred rows, an activation's own gain generalises less well.
HIDDEN_GAIN, OUTPUT_GAIN = 0.577, 0.1


def perceptron(hidden: Sequence[int], activation: str, batchnorm: bool, dropout: float) -> str:
    """Returns the text of a multilayer perceptron whose last linear takes its size from the data."""
    layers = []
    for size in hidden:
        layers.append(f"linear {size} gain={HIDDEN_GAIN}")
        layers += ["batchnorm"] if batchnorm else []
        layers.append(activation)
        layers += [f"dropout {dropout}"] if dropout else []
    return ", ".join([*layers, f"linear gain={OUTPUT_GAIN}"])


FLAT = 2  # extents of rows of numbers


def _flattened(x: Any) -> Any:
    """Returns rows of numbers of an array of planes, (n, channels, height, width); others as they are."""
    return np.reshape(x, (len(x), -1)) if isinstance(x, np.ndarray) and x.ndim > FLAT else x


class _Estimator(BaseEstimator):
    """The base of both estimators: their parameters, and how a fit uses them."""

    model_: Model

    def __init__(
        self,
        hidden: Sequence[int] = (64,),
        *,
        activation: str = "relu",
        batchnorm: bool = False,
        dropout: float = 0.0,
        network: str | None = None,
        scale: bool = True,
        loss: str = "",
        epochs: float = 40,
        batch_size: int = 32,
        learning_rate: float = 3e-3,
        weight_decay: float = 0.01,
        validation_fraction: float = 0.0,
        patience: int = 0,
        random_state: Any = None,
        threads: int = 0,
        verbose: bool = False,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.batchnorm = batchnorm
        self.dropout = dropout
        self.network = network
        self.scale = scale
        self.loss = loss
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.threads = threads
        self.verbose = verbose

    def _text(self, last: str) -> str:
        network = self.network or perceptron(self.hidden, self.activation, self.batchnorm, self.dropout)
        return f"standardize, {network}{last}" if self.scale else network

    def _validated(self, x: npt.ArrayLike, y: npt.ArrayLike, **checks: Any) -> Any:
        """Returns rows and what to learn as scikit-learn checks them, and notes the extents of a row of planes."""
        self._row_shape = x.shape[1:] if isinstance(x, np.ndarray) and x.ndim > FLAT else (-1,)
        return validate_data(self, _flattened(x), y, dtype=np.float32, **checks)

    def _train(
        self, x: Floats, y: npt.NDArray[Any], weights: Floats | None, last: str, classes: list[str] | None = None
    ) -> None:
        # check_random_state also accepts a RandomState, from which each fit draws another seed.
        seed = int(check_random_state(self.random_state).randint(2**31))
        self.model_ = Model(self._text(last), "floats", loss=self.loss, seed=seed, threads=self.threads)
        validation = float(self.validation_fraction)
        self.history_ = self.model_.train(
            Dataset.table(
                x.reshape(len(x), *self._row_shape),
                y,
                sample_weight=weights,
                validation=validation,
                seed=seed,
                classes=classes,
            ),
            epochs=self.epochs,
            patience=self.patience,
            keep_best=validation > 0,
            progress=bool(self.verbose),
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )
        self.n_iter_ = len(self.history_.losses)
        if self.history_.interrupted:
            warnings.warn(
                "training was interrupted: the model has what it learnt until then", ConvergenceWarning, stacklevel=3
            )

    def _predict(self, x: npt.ArrayLike) -> Floats:
        check_is_fitted(self)
        return self.model_.predict(validate_data(self, _flattened(x), dtype=np.float32, reset=False))


class Classifier(ClassifierMixin, _Estimator):
    """A neural network that learns classes, for scikit-learn.

    hidden: the sizes of the hidden layers. activation: relu, tanh, gelu, silu ... batchnorm: batch normalisation before
    each activation. dropout: the share of numbers that become 0 in training behind each activation. network: a list of
    layers in place of these four. scale: whether the network begins with `standardize`. loss: "", "logistic" for two
    classes, or "cross-entropy smoothing=0.1". epochs, batch_size, learning_rate, weight_decay: of AdamW with a cosine.
    class_weight: None, a weight for each class, or "balanced" for the same total weight of each. validation_fraction:
    the share of rows that are only evaluated, of whose evaluations the best model is kept; with patience, the run ends
    after that many without a new best. random_state: of the initial weights and the order of rows. threads: 0: every
    core. verbose: whether to show a progress bar.

    After a fit: classes_, n_features_in_, n_iter_ (steps), history_ (nib.History) and model_ (nib.Model), which
    saves, folds and exports.
    """

    def __init__(
        self,
        hidden: Sequence[int] = (64,),
        *,
        activation: str = "relu",
        batchnorm: bool = False,
        dropout: float = 0.0,
        network: str | None = None,
        scale: bool = True,
        loss: str = "",
        epochs: float = 40,
        batch_size: int = 32,
        learning_rate: float = 3e-3,
        weight_decay: float = 0.01,
        class_weight: dict[Any, float] | str | None = None,
        validation_fraction: float = 0.0,
        patience: int = 0,
        random_state: Any = None,
        threads: int = 0,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            hidden,
            activation=activation,
            batchnorm=batchnorm,
            dropout=dropout,
            network=network,
            scale=scale,
            loss=loss,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            validation_fraction=validation_fraction,
            patience=patience,
            random_state=random_state,
            threads=threads,
            verbose=verbose,
        )
        self.class_weight = class_weight

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Classifier:
        """Learns the class of each row; X (n, features), y (n), sample_weight (n) or None. Returns itself.

        For a network of planes X is an array with more extents, such as (n, channels, height, width).
        """
        x, y = self._validated(X, y)
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise InvalidArgumentError(f"y has one class, {self.classes_[0]!r}: expected two at least")
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, x, dtype=np.float32)
        if self.class_weight is not None:
            of_classes = compute_sample_weight(self.class_weight, y).astype(np.float32)
            weights = of_classes if weights is None else weights * of_classes
        # The model has the labels as its classes' names, which its exports write.
        names = [str(label) for label in self.classes_]
        self._train(x, np.array(names)[indices], weights, "", names)
        return self

    def predict_proba(self, X: npt.ArrayLike) -> Floats:
        """Returns probabilities (n, classes), in the order of classes_."""
        return self._predict(X)

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Returns the likeliest class of each row, (n)."""
        likeliest = np.argmax(self._predict(X), axis=1)
        found: npt.NDArray[Any] = self.classes_[likeliest]
        return found


class Regressor(RegressorMixin, _Estimator):
    """A neural network that learns numbers, for scikit-learn; one or several for each row.

    The parameters are those of Classifier, without class_weight. loss: "" or "squared", or "huber delta=1". scale: the
    network begins with `standardize` and ends with `unscale`, so that x and y keep their own units.
    """

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Regressor:
        """Learns numbers; X (n, features), y (n) or (n, targets), sample_weight (n) or None. Returns itself."""
        x, y = self._validated(X, y, multi_output=True, y_numeric=True)
        targets = np.asarray(y, np.float32)
        self._has_one_target = targets.ndim == 1
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, x, dtype=np.float32)
        self._train(x, targets, weights, ", unscale")
        return self

    def predict(self, X: npt.ArrayLike) -> Floats:
        """Returns the numbers of each row: (n), or (n, targets) if y had that shape."""
        found = self._predict(X)
        return found[:, 0] if self._has_one_target else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
