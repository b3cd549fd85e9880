"""Models of tables: training, predicting, and what goes in and out."""

import copy
import json
import math
import pickle

import numpy as np
import pytest

import nib
from nib import errors


def test_learns_classes(model, blobs):
    x, y = blobs
    probabilities = model.predict(x)
    assert probabilities.shape == (300, 3) and probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities.argmax(axis=1) == y).mean() > 0.8
    assert model.classes == ["0", "1", "2"]
    assert model.network == "standardize, linear 16, batchnorm, relu, linear"
    assert model.input == "floats 4"


def test_learns_numbers(blobs):
    x, _ = blobs
    y = (3 * x[:, 0] - x[:, 1] + 100).astype(np.float64)
    model = nib.Model("standardize, linear 16, tanh, linear, unscale")
    model.train(x, y, epochs=100)
    assert np.abs(model.predict(x)[:, 0] - y).mean() < 1
    assert model.classes == []
    found = model.metrics(nib.Dataset.table(x, y, validation=0.5), "val")
    assert set(found) == {"loss", "rmse", "mae", "r2"} and found["r2"] > 0.9


def test_whole_numbers_are_numbers_for_a_loss_of_numbers(blobs):
    x, y = blobs
    model = nib.Model("linear 4, tanh, linear", loss="huber delta=0.5")
    model.train(x, y, epochs=2)
    assert model.predict(x).shape == (300, 1)


def test_words_and_logistic_loss(blobs):
    x, y = blobs
    words = np.where(y == 0, "yes", "no")
    model = nib.Model("standardize, linear 8, relu, linear 1", loss="logistic")
    model.train(x, words, epochs=20)
    assert model.classes == ["no", "yes"]
    np.testing.assert_allclose(model.predict(x).sum(axis=1), 1, atol=1e-6)


def test_history(blobs):
    x, y = blobs
    model = nib.Model("standardize, linear 16, relu, linear")
    history = model.train(x, y, steps=95, batch_size=16, validation=0.2)
    assert history.losses.shape == (95,) and history.losses[-1] < history.losses[0]
    assert [evaluation.step for evaluation in history.evaluations] == [*range(10, 91, 10), 95]
    best = min(history.evaluations, key=lambda evaluation: evaluation.loss)
    assert (history.best_step, history.best_loss) == (best.step, best.loss)
    assert model.steps == 95 and not history.interrupted


def test_keep_best_and_patience(blobs):
    x, y = blobs
    data = nib.Dataset.table(x[:60], y[:60], validation=0.4)
    model = nib.Model("linear 64, relu, linear")
    history = model.train(data, steps=3000, learning_rate=0.05, eval_every=20, patience=5, keep_best=True)
    assert len(history.losses) == history.best_step + 5 * 20
    assert model.steps == history.best_step
    assert model.evaluate(data) == history.best_loss


def test_training_goes_on(blobs):
    x, y = blobs
    model = nib.Model("standardize, linear 16, relu, linear")
    model.train(x, y, steps=20)
    before = model.parameters()
    model.train(x, y, steps=30)
    assert model.steps == 50
    assert not np.array_equal(before["1.weight"], model.parameters()["1.weight"])


def test_rows_of_their_own_and_weights(blobs):
    x, y = blobs
    weights = np.ones(200, np.float32)
    model = nib.Model("standardize, linear 16, relu, linear")
    history = model.train(x[:200], y[:200], sample_weight=weights, validation=(x[200:], y[200:]), epochs=5)
    assert [evaluation.step for evaluation in history.evaluations] == [*range(4, 33, 4)]


def test_arrays_are_used_in_place(model, blobs):
    x, _ = blobs
    wide = np.zeros((300, 9), np.float32)
    wide[:, 2:6] = x
    expected = model.predict(x)
    for given in (wide[:, 2:6], x.astype(np.float64), np.asfortranarray(x), x[::-1][::-1], x.tolist()):
        np.testing.assert_array_equal(model.predict(given), expected)
    np.testing.assert_array_equal(model.predict(x[::2]), expected[::2])
    np.testing.assert_array_equal(model.predict(x[::-1]), expected[::-1])
    out = np.empty((300, 3), np.float32)
    assert model.predict(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    assert model.predict(np.empty((0, 4), np.float32)).shape == (0, 3)


def test_threads_do_not_change_bits(blobs):
    x, y = blobs
    files = []
    for threads in (1, 2):
        model = nib.Model("standardize, linear 40, batchnorm, gelu, dropout 0.1, linear", threads=threads)
        model.train(x, y, steps=50, batch_size=64)
        files.append(model.to_bytes())
    assert files[0] == files[1]


def test_pickle_copy_and_files(model, blobs, tmp_path):
    x, _ = blobs
    expected = model.predict(x)
    model.save(tmp_path / "m.safetensors")
    assert (tmp_path / "m.safetensors").read_bytes() == model.to_bytes()
    twins = [pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)]
    for twin in [*twins, nib.load(tmp_path / "m.safetensors")]:
        np.testing.assert_array_equal(twin.predict(x), expected)
        assert twin.to_bytes() == model.to_bytes()
    loaded = nib.load(tmp_path / "m.safetensors")
    loaded.train(*blobs, steps=20, keep_best=True)
    assert loaded.steps > model.steps and loaded.network == model.network
    untrained = pickle.loads(pickle.dumps(nib.Model("linear 3, relu, linear", seed=5)))
    assert not untrained.is_trained and untrained.network == "linear 3, relu, linear"
    twins[0].train(*blobs, steps=5)
    np.testing.assert_array_equal(model.predict(x), expected)


def test_fold(model, blobs, tmp_path):
    x, y = blobs
    expected = model.predict(x)
    data = nib.Dataset.table(x, y, validation=0.5)
    for weights, apart in (("f32", 1e-5), ("bf16", 0.02), ("int8", 0.05)):
        folded = model.fold(weights=weights, dataset=data)
        np.testing.assert_allclose(folded.predict(x), expected, atol=apart)
        assert folded.info.certificate_examples == 150
        folded.save(tmp_path / "m.nib")
        assert (tmp_path / "m.nib").stat().st_size == folded.info.file_bytes
        for twin in (nib.load_folded(tmp_path / "m.nib"), pickle.loads(pickle.dumps(folded))):
            np.testing.assert_array_equal(twin.predict(x), folded.predict(x))
        folded.export_c(tmp_path / "m.c", prefix="blobs")
        assert "blobs_classify" in (tmp_path / "m.c").read_text()
    model.fold().export_onnx(tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").stat().st_size > 100
    with pytest.raises(nib.errors.UnsupportedError, match="32"):
        model.fold(weights="int8").export_onnx(tmp_path / "m.onnx")


def pictures():
    """Pictures of 8 x 9 with a bright upper or lower half, and which half it is."""
    generator = np.random.default_rng(3)
    x = generator.normal(size=(300, 8, 9)).astype(np.float32)
    y = generator.integers(0, 2, 300)
    x[y == 0, :4] += 1
    x[y == 1, 4:] += 1
    return x, y


def test_arrays_of_planes_are_used_as_they_are():
    x, y = pictures()
    network = "conv2d 4 3, batchnorm, relu, maxpool 2, flatten, linear"
    predictions = []
    for shape, given in (((300, 8, 9), "floats"), ((300, 1, 8, 9), "floats"), ((300, 72), "floats 1x8x9")):
        model = nib.Model(network, given, threads=1)
        rows = x.reshape(shape)
        model.train(rows, y, epochs=10, progress=False)
        assert model.input == "floats 1x8x9"
        predictions.append(model.predict(rows))
        assert (predictions[-1].argmax(axis=1) == y).mean() > 0.95
        assert model.parameters()["0.weight"].shape == (4, 1, 3, 3)
    np.testing.assert_array_equal(predictions[0], predictions[1])
    np.testing.assert_array_equal(predictions[0], predictions[2])
    with pytest.raises(nib.errors.InvalidArgumentError, match="input floats CxHxW gives one"):
        nib.Model(network).train(x.reshape(300, 72), y, epochs=1, progress=False)
    with pytest.raises(nib.errors.InvalidArgumentError, match="expected 72 numbers a row"):
        model.predict(x[:, 1:])


def test_load_parameters_of_other_names(model, tmp_path):
    model.save(tmp_path / "m.safetensors")
    names = {name: name for name in model.parameters()}
    names.update({f"2.{each}": f"2.{each}" for each in ("running_mean", "running_var", "num_batches_tracked")})
    names.update({f"0.{each}": f"0.{each}" for each in ("mean", "inverse_std")})
    before = model.parameters()
    model.load_parameters(tmp_path / "m.safetensors", names)
    for name, each in model.parameters().items():
        np.testing.assert_array_equal(each, before[name])
    del names["4.bias"]
    with pytest.raises(nib.errors.InvalidArgumentError, match=r"names: no line for '4\.bias'"):
        model.load_parameters(tmp_path / "m.safetensors", names)


def test_layers_and_parameters(model):
    assert [layer.word for layer in model.layers] == ["standardize", "linear", "batchnorm", "relu", "linear"]
    assert model.layers[1].input == (4,) and model.layers[1].output == (16,) and model.layers[1].parameters == 64
    shapes = {name: each.shape for name, each in model.parameters().items()}
    assert shapes == {
        "1.weight": (16, 4),
        "2.weight": (16,),
        "2.bias": (16,),
        "4.weight": (3, 16),
        "4.bias": (3,),
    }


def tensors(file):
    """The vectors of a safetensors file in memory, by name."""
    size = int.from_bytes(file[:8], "little")
    header = json.loads(file[8 : 8 + size])
    places = {name: info["data_offsets"] for name, info in header.items() if name != "__metadata__"}
    return {name: np.frombuffer(file[8 + size :][begin:end], np.float32) for name, (begin, end) in places.items()}


def test_calibrate(blobs):
    x, y = blobs
    model = nib.Model("batchnorm, linear")
    model.train(x + 5, y, steps=3)
    assert np.abs(tensors(model.to_bytes())["0.running_mean"] - (x + 5).mean(axis=0)).max() > 1
    model.calibrate(nib.Dataset.table(x + 5, y, validation=0.0), "train")
    found = tensors(model.to_bytes())
    np.testing.assert_allclose(found["0.running_mean"], (x + 5).mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found["0.running_var"], x.var(axis=0), rtol=1e-2)
    with pytest.raises(errors.DataError, match="val"):
        model.calibrate(nib.Dataset.table(x, y, validation=0.0), "val")


def test_load_parameters(model, blobs, tmp_path):
    x, y = blobs
    model.save(tmp_path / "m.safetensors")
    other = nib.Model("standardize, linear 16, batchnorm, relu, linear", "floats 4", seed=3)
    other.train(x[::2], y[::2], steps=1)
    assert not np.array_equal(other.predict(x), model.predict(x))
    other.load_parameters(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(other.predict(x), model.predict(x))
    smaller = nib.Model("linear 8, relu, linear", "floats 4")
    smaller.train(x, y, steps=1)
    before = smaller.to_bytes()
    with pytest.raises(errors.MismatchError, match=r"m\.safetensors"):
        smaller.load_parameters(tmp_path / "m.safetensors")
    assert smaller.to_bytes() == before


def test_observations(blobs):
    x, y = blobs
    seen = []

    def look(observation):
        histogram = observation.histogram("activations", 0)
        width = (histogram.high - histogram.low) / 100
        assert histogram.density.shape == histogram.centres.shape == (100,)
        assert math.isclose(float(histogram.density.sum()) * width, 1, rel_tol=1e-3)
        seen.append(observation.values("activations", 0))

    model = nib.Model("standardize, linear 8, tanh, linear")
    history = model.train(x, y, steps=21, batch_size=16, stats_every=10, on_observation=look)
    assert [observation.step for observation in history.observations] == [0, 10, 20]
    last = history.observations[-1]
    layer, tensor = last.layers[0], last.tensors[0]
    assert (layer.name, layer.activation, layer.units, layer.rows) == ("2", "tanh", 8, 16)
    assert math.isclose(seen[-1].std(ddof=1), layer.std, rel_tol=1e-5)
    assert (tensor.name, tensor.shape) == ("1.weight", (8, 4))
    with pytest.raises(nib.errors.StateError, match="step 20 is over"):
        last.histogram("activations", 0)
    unseen = nib.Model("standardize, linear 8, tanh, linear")
    unseen.train(x, y, steps=21, batch_size=16)
    assert unseen.to_bytes() == model.to_bytes()
