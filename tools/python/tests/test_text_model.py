"""Models of text: fitting on items, drawing new ones, probabilities."""

import math
import pickle

import numpy as np
import pytest

import nib


def test_learns_and_draws(text_model):
    items = text_model.sample(20)
    assert len(items) == 20 and items == text_model.sample(20) and items != text_model.sample(20, seed=7)
    assert set("".join(items)) <= set(text_model.vocabulary)
    assert all(item.startswith("ma") for item in text_model.sample(5, start="ma"))
    assert all(len(item) <= 3 for item in text_model.sample(20, max_length=3))
    assert text_model.sample(5, stream="counter") == text_model.sample(9, stream="counter")[:5]


def test_probabilities_are_those_of_the_logits(text_model):
    ids = text_model.encode("ann")
    symbols = [0, 0, 0, 0, *ids, 0]
    contexts = np.array([symbols[i : i + 4] for i in range(4)])
    logits = text_model.logits(contexts).astype(np.float64)
    logarithms = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = sum(logarithms[i, symbols[i + 4]] for i in range(4))
    assert math.isclose(text_model.log_probability("ann"), expected, rel_tol=1e-5)
    with pytest.raises(nib.errors.MismatchError):
        text_model.log_probability("ann!")


def test_folds(text_model, names):
    folded = text_model.fold(dataset=nib.Dataset.text(names[:400]))
    assert folded.sample(20) == text_model.sample(20)
    assert math.isclose(folded.log_probability("anna"), text_model.log_probability("anna"), rel_tol=1e-4)
    contexts = np.zeros((2, 4), np.int32)
    np.testing.assert_allclose(folded.logits(contexts), text_model.logits(contexts), atol=1e-4)
    assert folded.info.certificate_examples > 0
    assert abs(folded.info.loss_after - folded.info.loss_before) < 1e-5


def test_files_and_pickle(text_model, names, tmp_path):
    text_model.save(tmp_path / "m.safetensors")
    for twin in (nib.load_text(tmp_path / "m.safetensors"), pickle.loads(pickle.dumps(text_model))):
        assert twin.sample(10) == text_model.sample(10)
        assert twin.vocabulary == text_model.vocabulary
        twin.fit(names[:400], keep_best=True)
        assert twin.steps > text_model.steps and twin.network == text_model.network


def test_a_loaded_model_trains_further(text_model, names, tmp_path):
    text_model.save(tmp_path / "m.safetensors")
    model = nib.load_text(tmp_path / "m.safetensors", steps=30, learning_rate=1e-3)
    assert len(model.fit(names[:400]).losses) == 30
    with pytest.raises(nib.errors.InvalidArgumentError, match="network has no effect on a model of a file"):
        nib.load_text(tmp_path / "m.safetensors", network="embedding 3, flatten, linear")


def test_small_texts_get_fewer_steps(names):
    history = nib.TextModel(network="embedding 2, flatten, linear", batch_size=256).fit(names[:100])
    assert len(history.losses) == 500


def test_symbols_beyond_ascii():
    items = ["жара", "ёлка", "東京", "大阪", "naïve", "cafè", "año", "über", "føl", "ça", "œuf", "zoë"]
    model = nib.TextModel(network="embedding 4, flatten, linear", steps=50)
    model.fit(items)
    assert "東" in model.vocabulary and len(model.sample(10)) == 10


def test_splits_are_those_of_the_data_set(names):
    data = nib.Dataset.text(names[:100])
    assert sum(data.info.examples.values()) == sum(len(name) + 1 for name in names[:100])
    contexts, following = data.contexts("train", 3)
    assert contexts.shape == (data.info.examples["train"], 3) and following.shape == (len(contexts),)
    as_bytes = nib.Dataset.text("\n".join(names[:100]).encode())
    assert as_bytes.info.checksum == data.info.checksum


def test_lecture(lecture_names):
    """The lecture's deep network: both final losses to all printed decimals, and the twenty names."""
    data = nib.Dataset.load_text(lecture_names)
    model = nib.TextModel("lecture-deep", steps=1001)
    history = model.fit(data)
    assert f"{history.losses[1000]:.4f}" == "2.2807"
    losses = [model.evaluate(data, split) for split in ("train", "val")]
    np.testing.assert_allclose(losses, [2.4002976, 2.3982467], rtol=0, atol=2e-6)
    assert " ".join(model.sample(20, seed=2147483657)) == (
        "carpah qarlileif jmrix thty sacansa jazhnte dpn arciigqeiunellaia chriiv kalein dhlm join qhinn sroin "
        "arian quiqaelogiearyxix kaeklinsan ed ecoia gtleley"
    )
