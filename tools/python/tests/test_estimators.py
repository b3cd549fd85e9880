"""The estimators of scikit-learn, by its own checks, and beside its own perceptron."""

import math
import pickle
import warnings

import numpy as np
import pytest

import nib

sklearn = pytest.importorskip("sklearn")
from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_diabetes, load_digits  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

# The checks of check_estimator that the estimators do not pass, with the reasons. README.md has the same list.
MINIBATCHES = {
    "check_sample_weight_equivalence_on_dense_data": "a row twice and a row of weight 2 fall into different minibatches"
}
DEVIATIONS = {
    nib.Classifier: MINIBATCHES,
    nib.Regressor: {**MINIBATCHES, "check_regressor_multioutput": "predictions are float32, as the network computes"},
}


@pytest.mark.parametrize("kind", [nib.Classifier, nib.Regressor])
def test_checks_of_scikit_learn(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(
            kind(threads=1, epochs=100), on_fail=None, on_skip=None, expected_failed_checks=DEVIATIONS[kind]
        )
    failed = {each["check_name"]: each["exception"] for each in results if each["status"] == "failed"}
    assert not failed
    assert sum(each["status"] == "passed" for each in results) >= 40
    # A deviation that is gone is taken out of the list.
    assert {each["check_name"] for each in results if each["status"] == "xfail"} == set(DEVIATIONS[kind])


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)


def test_digits_beside_the_perceptron_of_scikit_learn(digits):
    """No more than a standard error of an accuracy below, on the mean of three seeds."""
    x, x_test, y, y_test = digits
    scaler = StandardScaler().fit(x)
    ours, theirs = [], []
    for seed in range(3):
        ours.append(nib.Classifier((64,), epochs=40, batch_size=32, random_state=seed).fit(x, y).score(x_test, y_test))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = MLPClassifier((64,), max_iter=40, batch_size=32, n_iter_no_change=40, random_state=seed)
            theirs.append(peer.fit(scaler.transform(x), y).score(scaler.transform(x_test), y_test))
    error = math.sqrt(np.mean(theirs) * (1 - np.mean(theirs)) / len(y_test))
    assert np.mean(ours) >= np.mean(theirs) - error


def test_diabetes():
    x, y = load_diabetes(return_X_y=True)
    scores = cross_val_score(nib.Regressor((16,), epochs=20, weight_decay=1.0, random_state=0), x, y, cv=3)
    assert scores.mean() > 0.4


def test_several_numbers_keep_their_shape(digits):
    x, _, y, _ = digits
    targets = np.column_stack([y, -y]).astype(float)
    model = nib.Regressor((32,), epochs=10, random_state=0).fit(x, targets)
    assert model.predict(x).shape == targets.shape
    assert nib.Regressor((8,), epochs=1, random_state=0).fit(x, targets[:, 0]).predict(x).shape == y.shape


def test_parameters_and_clones():
    model = nib.Classifier((8, 4), activation="gelu", batchnorm=True, dropout=0.1, class_weight="balanced")
    twin = clone(model)
    assert twin.get_params() == model.get_params() and twin.set_params(epochs=3).epochs == 3
    x, y = np.random.default_rng(0).normal(size=(100, 3)), np.repeat(["a", "b"], [90, 10])
    model.fit(x, y)
    assert model.model_.network == (
        "standardize, linear 8 gain=0.577, batchnorm, gelu, dropout 0.1, "
        "linear 4 gain=0.577, batchnorm, gelu, dropout 0.1, linear gain=0.1"
    )
    assert model.model_.classes == ["a", "b"]
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(x), model.predict_proba(x))


def test_best_of_the_validation(digits):
    x, x_test, y, y_test = digits
    model = nib.Classifier((64,), epochs=200, validation_fraction=0.1, patience=4, random_state=0).fit(x, y)
    assert model.n_iter_ < 200 * math.ceil(len(x) * 0.9 / 32)
    assert model.model_.steps == model.history_.best_step
    assert model.score(x_test, y_test) > 0.95


@pytest.mark.parametrize("labels", [[-1, 10, 9], [-1.0, 0.0, 2.0], ["yes", "no", ""], [True, False, True]])
def test_labels_of_any_kind(labels):
    x = np.random.default_rng(0).normal(size=(90, 3)) + 5 * np.eye(3)[np.arange(90) % 3]
    y = np.array(labels)[np.arange(90) % 3]
    model = nib.Classifier(epochs=20, random_state=0).fit(x, y)
    assert model.predict(x).dtype == y.dtype and model.score(x, y) > 0.95
    assert model.model_.classes == [str(label) for label in np.unique(y)]


def test_pictures(digits):
    x_train, x_test, y_train, y_test = digits
    network = "conv2d 16 3 padding=1, batchnorm, relu, maxpool 2, flatten, linear"
    model = nib.Classifier(network=network, epochs=10, random_state=0)
    model.fit(x_train.reshape(-1, 8, 8), y_train)
    assert model.model_.input == "floats 1x8x8"
    assert model.score(x_test.reshape(-1, 8, 8), y_test) > 0.95
    np.testing.assert_array_equal(model.predict(x_test), model.predict(x_test.reshape(-1, 1, 8, 8)))


def test_logistic_loss(digits):
    x, _, y, _ = digits
    model = nib.Classifier(loss="logistic", epochs=5, random_state=0).fit(x, y > 4)
    assert model.score(x, y > 4) > 0.95 and model.predict_proba(x).shape == (len(x), 2)


def test_same_seed_same_model(digits):
    x, _, y, _ = digits
    files = [nib.Classifier((8,), epochs=2, random_state=seed).fit(x, y).model_.to_bytes() for seed in (1, 1, 2)]
    assert files[0] == files[1] != files[2]


def test_grid_search_in_two_processes(digits):
    x, _, y, _ = digits
    pipeline = make_pipeline(StandardScaler(), nib.Classifier(scale=False, epochs=3, random_state=0))
    search = GridSearchCV(pipeline, {"classifier__hidden": [(4,), (32,)]}, n_jobs=2, cv=2)
    search.fit(x, y)
    assert search.best_params_ == {"classifier__hidden": (32,)}
