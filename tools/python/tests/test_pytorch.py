"""Networks from PyTorch and to it; skipped where torch is not installed."""

import numpy as np
import pytest

import nib

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")
from torch import nn  # noqa: E402

from nib.pytorch import Residual  # noqa: E402


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(1)


def apart(found, expected):
    """The largest difference, over max(1, the largest output)."""
    return np.abs(found - expected).max() / max(1, np.abs(expected).max())


def outputs(module, x):
    with torch.no_grad():
        return module(torch.from_numpy(x)).numpy()


def settled(module):
    """The module in evaluation mode, with statistics of batches that it might have seen."""
    for each in module.modules():
        if isinstance(each, (nn.BatchNorm1d, nn.BatchNorm2d)):
            each.running_mean.normal_()
            each.running_var.uniform_(0.5, 2)
            nn.init.normal_(each.weight)
            nn.init.normal_(each.bias)
    return module.eval()


ACTIVATIONS = [nn.Tanh, nn.ReLU, nn.Identity, nn.GELU, nn.SiLU, nn.Sigmoid]
ACTIVATIONS += [nn.LeakyReLU, nn.ELU, nn.Hardtanh, nn.Softplus, nn.ReLU6, lambda: nn.GELU(approximate="tanh")]


def sequentials():
    torch.manual_seed(5)
    yield nn.Sequential(nn.Linear(13, 3))
    yield nn.Sequential(*[layer for make in ACTIVATIONS for layer in (nn.Linear(13, 13), make())], nn.Linear(13, 4))
    yield nn.Sequential(
        nn.Linear(13, 32),
        nn.BatchNorm1d(32, eps=1e-3, momentum=0.2),
        nn.GELU(),
        Residual(nn.Linear(32, 32, bias=False), nn.LayerNorm(32, eps=1e-4), nn.SiLU(), nn.Dropout(0.3)),
        Residual(nn.Linear(32, 16), shortcut=[nn.Linear(32, 16), nn.BatchNorm1d(16)]),
        nn.Sequential(nn.Tanh(), nn.Linear(16, 8, bias=False), nn.Sequential(nn.BatchNorm1d(8), nn.ELU())),
        nn.Linear(8, 5),
    )
    if hasattr(nn, "RMSNorm"):
        yield nn.Sequential(nn.Linear(13, 8), nn.RMSNorm(8), nn.ReLU(), nn.RMSNorm(8, eps=1e-3), nn.Linear(8, 2))


@pytest.mark.parametrize("module", list(sequentials()))
def test_there_and_back(module):
    settled(module)
    x = np.random.default_rng(0).normal(size=(100, 13)).astype(np.float32)
    expected = outputs(module, x)
    model = nib.from_torch(module, loss="squared")
    assert apart(model.predict(x), expected) <= 2e-5
    assert apart(model.fold().predict(x), expected) <= 2e-5
    back = model.to_torch()
    assert apart(outputs(back, x), expected) <= 2e-5
    np.testing.assert_array_equal(nib.from_torch(back, loss="squared").predict(x), model.predict(x))


def networks_of_planes():
    torch.manual_seed(6)
    yield (
        (3, 12, 10),
        nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 8, (3, 1), padding=(1, 0), groups=8),
            nn.Dropout2d(0.2),
            Residual(
                nn.Conv2d(8, 12, 3, stride=(1, 2), padding=2, dilation=2),
                nn.BatchNorm2d(12),
                shortcut=[nn.Conv2d(8, 12, 1, stride=(1, 2), bias=False)],
            ),
            nn.MaxPool2d(2, stride=1),
            nn.AvgPool2d((3, 2), padding=1),
            nn.Flatten(),
            nn.Linear(48, 4),
        ),
    )
    yield (
        (2, 9, 9),
        nn.Sequential(
            nn.BatchNorm2d(2), nn.Conv2d(2, 16, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 3)
        ),
    )
    yield (
        (6, 40),
        nn.Sequential(
            nn.Conv1d(6, 16, 5, stride=2, groups=2),
            nn.BatchNorm1d(16),
            nn.Tanh(),
            nn.MaxPool1d(3, stride=2, padding=1),
            nn.Dropout1d(0.1),
            nn.AvgPool1d(2),
            nn.Conv1d(16, 3, 3, dilation=1, padding=1),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
        ),
    )


@pytest.mark.parametrize(("shape", "module"), list(networks_of_planes()))
def test_planes_there_and_back(shape, module):
    settled(module)
    x = np.random.default_rng(0).normal(size=(50, *shape)).astype(np.float32)
    expected = outputs(module, x)
    model = nib.from_torch(module, input="floats " + "x".join(map(str, shape)), loss="squared")
    assert apart(model.predict(x), expected) <= 2e-5
    np.testing.assert_array_equal(model.predict(x.reshape(len(x), -1)), model.predict(x))
    state = {name: tuple(each.shape) for name, each in module.named_parameters()}
    assert {name: each.shape for name, each in model.parameters().items()} == state
    back = model.to_torch()
    assert apart(outputs(back, x), expected) <= 2e-5
    np.testing.assert_array_equal(nib.from_torch(back, input=model.input, loss="squared").predict(x), model.predict(x))


def test_planes_need_their_input():
    with pytest.raises(nib.errors.UnsupportedError, match="expected input='floats CxHxW' or 'floats CxL'"):
        nib.from_torch(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2, 2)))


def test_classes_and_training_further(blobs):
    x, y = blobs
    module = settled(nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)))
    model = nib.from_torch(module)
    expected = torch.from_numpy(outputs(module, x)).softmax(1).numpy()
    np.testing.assert_allclose(model.predict(x), expected, atol=2e-5)
    model.train(x, y, epochs=40)
    assert (model.predict(x).argmax(axis=1) == y).mean() > 0.8
    named = nib.from_torch(module, classes=["a", "b", "c"])
    assert named.classes == ["a", "b", "c"]


def test_trained_models_go_to_torch(model, text_model, blobs):
    x, _ = blobs
    expected = torch.from_numpy(outputs(model.to_torch(), x)).softmax(1).numpy()
    np.testing.assert_allclose(model.predict(x), expected, atol=2e-5)
    contexts = np.random.default_rng(1).integers(0, 20, (50, 4))
    assert apart(text_model.logits(contexts), outputs(text_model.to_torch(), contexts)) <= 2e-5


def test_text():
    symbols = "abcdefghijklmnopqrstuvwxyz"
    module = settled(nn.Sequential(nn.Embedding(27, 10), nn.Flatten(), nn.Linear(30, 20), nn.Tanh(), nn.Linear(20, 27)))
    model = nib.from_torch(module, vocabulary=symbols)
    contexts = np.random.default_rng(1).integers(0, 27, (50, 3))
    assert apart(model.logits(contexts), outputs(module, contexts)) <= 2e-5
    assert model.vocabulary == [".", *symbols] and model.input == "symbols context=3"
    with pytest.raises(nib.errors.UnsupportedError, match="expected a vocabulary of 26 symbols"):
        nib.from_torch(module)


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        (nn.GRU(3, 3), r"module 1, GRU\(.*\): nib has no such layer: expected one of Embedding, Flatten"),
        (nn.Conv1d(3, 3, 1, padding_mode="reflect"), "padding_mode is 'reflect': expected 'zeros'"),
        (nn.Conv1d(3, 3, 3, padding="same"), "padding is 'same': expected a number"),
        (nn.MaxPool1d(2, ceil_mode=True), "ceil_mode is True: expected False"),
        (nn.AvgPool2d(2, divisor_override=3), "divisor_override is 3: expected None"),
        (nn.AdaptiveAvgPool1d(2), "output_size is 2: expected 1"),
        (nn.ELU(alpha=2.0), r"ELU\(alpha=2.0\): alpha is 2.0: expected 1.0"),
        (nn.BatchNorm1d(3, affine=False), "affine is False: expected True"),
        (nn.BatchNorm1d(3, momentum=None), "momentum is None"),
        (nn.LayerNorm((1, 3)), "expected a norm of a row"),
    ],
)
def test_what_nib_lacks_is_named(module, sentence):
    with pytest.raises(nib.errors.UnsupportedError, match=sentence):
        nib.from_torch(nn.Sequential(nn.Linear(3, 3), module, nn.Linear(3, 2)))
