"""Bad input gets nib's sentence, as an exception of the fitting kind."""

import copy

import numpy as np
import pytest

import nib
from nib import errors

X = np.arange(80, dtype=np.float32).reshape(20, 4)
Y = np.arange(20) % 2


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ("linear 64, liner", r"network, line 1, byte 12: 'liner': expected a layer: .* \(linear\?\)"),
        ("linear 0, linear", r"width is '0': expected a whole number, 1 to 65536"),
        ("embedding 4, flatten, linear", r"layer 0 \(embedding\)"),
    ],
)
def test_networks(network, sentence):
    with pytest.raises(errors.InvalidArgumentError, match=sentence):
        nib.Model(network, "floats 4")


def test_arguments_of_models():
    with pytest.raises(errors.InvalidArgumentError, match="threads is -1: expected 0 to 1024"):
        nib.Model("linear 4, relu, linear", threads=-1)
    with pytest.raises(errors.InvalidArgumentError, match="seed is -1: expected a whole number, 0 to 4294967295"):
        nib.Model("linear 4, relu, linear", seed=-1)
    with pytest.raises(errors.InvalidArgumentError, match="seed is -1: expected a number within its range"):
        nib.Dataset.table(X, Y, seed=-1)
    assert repr(nib.Model("linear 4, relu, linear")) == "nib.Model('linear 4, relu, linear', input='floats')"


def test_sizes_that_the_data_give_are_not_checked_before():
    nib.Model("linear 8, relu, linear 3", "floats")
    nib.Model("linear 8, relu, linear 3, unscale", "floats 4")
    with pytest.raises(errors.InvalidArgumentError, match=r"leaves \(3\): expected \(2\)"):
        nib.Model("linear 8, relu, linear 3").train(X, Y)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"learning_rat": 1}, r"'learning_rat': expected an option: .* \(learning_rate\?\)"),
        ({"learning_rate": -1}, "learning_rate is -1: expected a number above 0"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast': expected a number"),
        ({"batch_size": 1.5}, "batch_size is 1.5: expected a whole number"),
        ({"batch_size": 2**40}, "batch_size is 1099511627776: expected a whole number, 1 to 1048576"),
        ({"optimizer": "adam"}, "optimizer is 'adam': expected sgd or adamw"),
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": 2, "steps": 3}, "epochs has no effect beside steps"),
        ({"validation": 0.0, "patience": 3}, "patience and keep_best have no effect"),
    ],
)
def test_options(options, sentence):
    with pytest.raises(errors.InvalidArgumentError, match=sentence):
        nib.Model("linear 4, relu, linear").train(X, Y, **options)


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (X[0], Y, r"x has shape \(4,\): expected \(rows, columns\)"),
        (X, Y[:5], r"y has shape \(5,\): expected 20 rows"),
        (X, np.zeros(20, int), "y has one class, '0': expected two at least"),
        (np.where(X == 7, np.nan, X), Y, "row 2.* column 4"),
        ([["a", "b"]] * 20, Y, "x: expected an array of numbers"),
        (X, None, "y is None"),
    ],
)
def test_arrays(x, y, sentence):
    with pytest.raises((errors.InvalidArgumentError, errors.DataError), match=sentence):
        nib.Model("linear 4, relu, linear").train(x, y, validation=0.0)


def test_predictions(model):
    with pytest.raises(errors.InvalidArgumentError, match=r"x has shape \(20, 3\): expected 4 numbers a row"):
        model.predict(X[:, :3])
    with pytest.raises(errors.InvalidArgumentError, match="out: expected a contiguous float32 array of shape"):
        model.predict(X, out=np.empty((20, 3)))
    with pytest.raises(errors.StateError, match="has not been trained"):
        nib.Model("linear 4, relu, linear").predict(X)
    with pytest.raises(errors.InvalidArgumentError, match="y has the class '9': expected one of 0, 1, 2"):
        copy.copy(model).train(X, np.full(20, 9))


def test_files(tmp_path, model, text_model):
    with pytest.raises(errors.FileError, match=r"nowhere/m\.safetensors"):
        model.save("/nowhere/m.safetensors")
    with pytest.raises(OSError, match="missing"):
        nib.load(tmp_path / "missing")
    (tmp_path / "text").write_text("no model")
    with pytest.raises(errors.FormatError, match="text"):
        nib.load(tmp_path / "text")
    text_model.save(tmp_path / "t.safetensors")
    with pytest.raises(errors.MismatchError, match="a model of text: expected one of a table"):
        nib.load(tmp_path / "t.safetensors")
    model.save(tmp_path / "m.safetensors")
    with pytest.raises(errors.MismatchError, match="a model of a table: expected one of text"):
        nib.load_text(tmp_path / "m.safetensors")


def test_divergence_keeps_the_good_steps():
    model = nib.Model("linear 64, relu, linear", loss="squared")
    with pytest.raises(errors.DivergedError) as caught:
        model.train(X, X[:, :2], steps=2000, learning_rate=1e30, optimizer="sgd", validation=0.0)
    assert "step" in str(caught.value)
    assert len(caught.value.history.losses) < 2000


def test_divergence_keeps_the_best_evaluation():
    data = nib.Dataset.table(X, X[:, :2], validation=0.2)
    model = nib.Model("linear", loss="squared")
    # Each step makes the loss some 10,000 times larger: the first evaluations are finite.
    options = {"learning_rate": 1e-2, "warmup_steps": 0, "schedule": "constant", "optimizer": "sgd", "clip_norm": 0}
    with pytest.raises(errors.DivergedError) as caught:
        model.train(data, steps=2000, eval_every=1, keep_best=True, **options)
    history = caught.value.history
    best = min((each for each in history.evaluations if each.is_best), key=lambda each: each.loss)
    assert (history.best_step, history.best_loss) == (best.step, best.loss)
    assert model.steps == best.step and model.evaluate(data) == best.loss


@pytest.mark.parametrize("refused", [{"learning_rate": -1}, {"eval_every": -1}, {"patience": 3, "validation": 0.0}])
def test_a_refused_run_leaves_the_model_untrained(refused):
    model = nib.Model("linear 4, relu, linear")
    with pytest.raises(errors.InvalidArgumentError):
        model.train(X, Y, **refused)
    assert not model.is_trained
    model.train(X, np.arange(20) % 3, steps=1)
    assert model.classes == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        (["emma", ""] * 10, r"items\[1\] is ''"),
        (["emma", "a\nb"] * 10, r"items\[1\] is 'a\\nb'"),
        (["emma", 3] * 10, r"items\[1\] is 3: expected a str"),
        (["emma"], "10"),
    ],
)
def test_items(items, sentence):
    with pytest.raises((errors.InvalidArgumentError, errors.DataError), match=sentence):
        nib.TextModel(steps=10).fit(items)


def test_text_options():
    with pytest.raises(errors.InvalidArgumentError, match=r"'step': expected an option: .* \(steps\?\)"):
        nib.TextModel(step=3)
    with pytest.raises(errors.InvalidArgumentError, match=r"'lecture-dep': expected a preset: .* \(lecture-deep\?\)"):
        nib.TextModel("lecture-dep")
    with pytest.raises(errors.InvalidArgumentError, match=r"'liner': expected a layer"):
        nib.TextModel(network="embedding 3, flatten, liner")
    with pytest.raises(errors.InvalidArgumentError, match="context has no effect beside input"):
        nib.TextModel(context=3, input="symbols context=4")
