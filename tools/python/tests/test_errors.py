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
    with pytest.raises(errors.InvalidArgumentError, match="threads is -1: expected a whole number, 0 to 1024"):
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
        ({"learning_rate": "0.1"}, "learning_rate is '0.1': expected a number"),
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": np.inf}, "epochs is inf: expected a number above 0 that is at most 9223372036854775807 steps"),
        ({"epochs": 1e300}, r"epochs is 1e\+300: expected a number above 0 that is at most 9223372036854775807 steps"),
        ({"epochs": "3"}, "epochs is '3': expected a number"),
        ({"eval_every": "a"}, "eval_every is 'a': expected a whole number, 0 to 9223372036854775807"),
        ({"patience": 1.5}, "patience is 1.5: expected a whole number, 0 to 9223372036854775807"),
        ({"stats_every": -1}, "stats_every is -1: expected a whole number, 0 to 9223372036854775807"),
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
        (X[:0], Y[:0], "x has no rows: expected one at least"),
        (X[:, :0], Y, "x has no columns: expected one at least"),
        (X, np.array([None, "a"] * 10), "y: expected classes of one kind"),
    ],
)
def test_arrays(x, y, sentence):
    with pytest.raises((errors.InvalidArgumentError, errors.DataError), match=sentence):
        nib.Model("linear 4, relu, linear").train(x, y, validation=0.0)


@pytest.mark.parametrize(
    ("x", "y", "options", "sentence"),
    [
        (X[:0], Y[:0], {}, "y has no class: expected two at least"),
        (X[:0], X[:0], {}, "x has no rows: expected one at least"),
        (X, Y, {"validation": (X[:0], Y[:0])}, "validation has no rows: expected one at least"),
        (X, None, {}, "y is None: expected what to learn"),
        (X, Y, {"validation": [X, Y]}, r"validation: expected a share of the rows, or a tuple \(x, y\) or"),
        (X, Y, {"test": (X,)}, r"test: expected a share of the rows, or a tuple"),
        (X, Y, {"validation": "half"}, r"validation: expected a share of the rows"),
        (X, Y, {"sample_weight": ["a"] * 20}, r"sample_weight: expected an array of numbers, \(20,\)"),
        (X, Y, {"columns": [1, 2, 3, 4]}, r"columns\[0\] is 1: expected a text"),
        (X, Y, {"columns": "abcd"}, "columns is 'abcd': expected a sequence of texts"),
        (X, Y, {"columns": 4}, "columns is 4: expected a sequence of texts"),
        (X, Y, {"classes": [0, 1]}, r"classes\[0\] is 0: expected a text"),
        (X, Y, {"classes": ["0", "1\0"]}, r"classes\[1\] is '1\\x00': expected a text without NUL"),
        (X, Y, {"classes": ["0", "\ud800"]}, r"classes\[1\] is '\\ud800': expected a text without surrogates"),
    ],
)
def test_tables(x, y, options, sentence):
    with pytest.raises(errors.InvalidArgumentError, match=sentence):
        nib.Dataset.table(x, y, **options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"y": Y}, "y has no effect beside a Dataset, which has its own: expected None"),
        (
            {"sample_weight": np.ones(20)},
            "sample_weight has no effect beside a Dataset, which has its own: expected None",
        ),
        ({"validation": 0.5}, "validation has no effect beside a Dataset, which has its own: expected 0.1"),
        ({"validation": (X, Y)}, "validation has no effect beside a Dataset"),
        ({"test": 0.1}, "test has no effect beside a Dataset, which has its own: expected 0.0"),
        ({"split_seed": 7}, "split_seed has no effect beside a Dataset, which has its own: expected 42"),
    ],
)
def test_arguments_beside_a_data_set(options, sentence):
    with pytest.raises(errors.InvalidArgumentError, match=sentence):
        nib.Model("linear 4, relu, linear").train(nib.Dataset.table(X, Y), **options)


def test_columns_of_a_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("ab,a,b,y\n" + "".join(f"{i},{i * i},{-i},{i % 2}\n" for i in range(30)))
    assert nib.Dataset.load_table(path, target="y", drop="ab").info.features == 2
    assert nib.Dataset.load_table(path, target=4, drop=[1, "b"]).info.features == 1
    with pytest.raises(errors.InvalidArgumentError, match=r"drop is 1.5: expected columns, each by its name or"):
        nib.Dataset.load_table(path, target="y", drop=1.5)
    with pytest.raises(errors.InvalidArgumentError, match="test is 'a': expected a number"):
        nib.Dataset.load_table(path, target="y", test="a")


def test_splits_and_contexts(names):
    table, items = nib.Dataset.table(X, Y), nib.Dataset.text(names[:20])
    with pytest.raises(errors.InvalidArgumentError, match="split is 'vall': expected train or val or test"):
        table.rows("vall")
    with pytest.raises(errors.InvalidArgumentError, match="split is 'vall': expected train or val or test"):
        items.contexts("vall", 3)
    with pytest.raises(errors.InvalidArgumentError, match="length is 0: expected a whole number, 1 to 256"):
        items.contexts("val", 0)


def test_observations(model):
    found = []

    def look(observation):
        for wrong in (lambda: observation.values("activations", 99), lambda: observation.histogram("activations", "a")):
            with pytest.raises(errors.InvalidArgumentError, match="expected a whole number, 0 to 0") as caught:
                wrong()
            found.append(str(caught.value))

    nib.Model("linear 4, relu, linear").train(X, Y, steps=1, stats_every=1, on_observation=look)
    assert [each.split(":")[0] for each in found] == ["index is 99", "index is 'a'"]


@pytest.mark.parametrize("write", ["save", "export_pytorch"])
def test_a_path_with_nul_writes_nothing(model, tmp_path, write):
    with pytest.raises(errors.InvalidArgumentError, match="expected a path without NUL"):
        getattr(model, write)(str(tmp_path / "good\0.bak"))
    with pytest.raises(errors.InvalidArgumentError, match=r"path is 3.5: expected the path of a file"):
        getattr(model, write)(3.5)
    assert not list(tmp_path.iterdir())


def test_texts_with_nul_or_surrogates(model, text_model, tmp_path):
    model.save(tmp_path / "m")
    with pytest.raises(errors.InvalidArgumentError, match="expected a path without NUL"):
        nib.load(str(tmp_path / "m") + "\0.bak")
    with pytest.raises(errors.InvalidArgumentError, match=r"network is .*: expected a text without NUL"):
        nib.Model("linear 4, relu, linear\0, tanh")
    with pytest.raises(errors.InvalidArgumentError, match=r"start is .*: expected a text without NUL"):
        text_model.sample(1, start="a\0")
    with pytest.raises(errors.InvalidArgumentError, match=r"item is .*: expected a text without NUL"):
        text_model.encode("a\0b")
    with pytest.raises(errors.InvalidArgumentError, match=r"prefix is .*: expected a text without NUL"):
        model.fold().export_c(tmp_path / "m.c", prefix="a\0b")
    with pytest.raises(errors.InvalidArgumentError, match=r"item is .*: expected a text without surrogates"):
        text_model.log_probability("\ud800")
    with pytest.raises(errors.InvalidArgumentError, match=r"items\[1\] is .*: expected a text without surrogates"):
        nib.TextModel(steps=1).fit(["emma", "\ud800"] * 10)


def test_arguments_of_other_types(model, text_model):
    expected = {
        "threads is '2': expected a whole number, 0 to 1024": lambda: nib.Model("linear", threads="2"),
        "threads is 1.5: expected a whole number, 0 to 1024": lambda: nib.Model("linear", threads=1.5),
        "max_loss_difference is 'a': expected a number": lambda: model.fold(max_loss_difference="a"),
        "contexts: expected an array of ids, \\(n, 4\\)": lambda: text_model.logits([["a"]]),
        "n is 'a': expected a whole number": lambda: text_model.sample("a"),
        "stream is 3: expected lecture or counter": lambda: text_model.sample(1, stream=3),
        "preset is 3: expected a text": lambda: nib.TextModel(3),
        "'': expected a preset": lambda: nib.TextModel(""),
        "out: expected a contiguous float32 array": lambda: model.predict(X, out=[]),
        "y: expected an array of numbers": lambda: nib.Model("linear", loss="squared").train(X, ["a", "b"] * 10),
    }
    for sentence, call in expected.items():
        with pytest.raises(errors.InvalidArgumentError, match=sentence):
            call()


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
        (["emma", 3] * 10, r"items\[1\] is 3: expected a text"),
        (["emma"], "10"),
        ("emma, olivia", "items is 'emma, olivia': expected a sequence of texts"),
        (None, "items is None: expected a sequence of texts"),
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
