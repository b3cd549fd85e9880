"""nib's network as a plain torch.nn.Sequential: names and layouts of its tensors are those of nib's model.safetensors.

    import safetensors.torch
    model = sequential("embedding 10, flatten, linear 100, batchnorm, tanh, linear", "symbols context=3", 27)
    model.load_state_dict(safetensors.torch.load_file("model.safetensors"))
    model.eval()
    logits = model(torch.tensor([[0, 0, 0]]))  # ids, oldest first: 0 is the end mark, then the vocabulary in order

The other way, safetensors.torch.save_file(model.state_dict(), "model.safetensors") writes a file for nib. Where the
running average is taken of the standard deviation, running_var is its square. In training mode BatchNorm1d normalises
with the biased variance, as nib does unless it is told variance=unbiased.
"""

import math

import torch
from torch import nn

from network_text import context_length, extents, parse_network

ACTIVATIONS = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "identity": nn.Identity,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "sigmoid": nn.Sigmoid,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "hardtanh": nn.Hardtanh,
    "softplus": nn.Softplus,
    "relu6": nn.ReLU6,
}


def activation(layer):
    if layer.keys.get("form") == "tanh":
        return nn.GELU(approximate="tanh")
    return ACTIVATIONS[layer.word]()


class Residual(nn.Module):
    """The sum of two lists of modules applied to the input; an empty second list passes it unchanged."""

    def __init__(self, main, shortcut):
        super().__init__()
        for i, module in enumerate(main):
            self.add_module(str(i), module)
        self.main = [str(i) for i in range(len(main))]
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x):
        y = x
        for name in self.main:
            y = getattr(self, name)(y)
        return y + self.shortcut(x)


class Standardize(nn.Module):
    """(x - mean) * inverse_std: the training split's."""

    def __init__(self, size):
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("inverse_std", torch.ones(size))

    def forward(self, x):
        return (x - self.mean.view(x.shape[1:])) * self.inverse_std.view(x.shape[1:])


class GlobalAverage(nn.Module):
    """The mean of each channel, as a row."""

    def forward(self, x):
        return x.flatten(2).mean(2)


class _Builder:
    """Modules of one list after the other; shape is that of what the last one leaves, without the examples."""

    def __init__(self, shape, classes):
        self.shape = shape
        self.classes = classes

    def modules(self, layers):
        return [getattr(self, "_" + layer.word.replace("-", "_"), activation)(layer) for layer in layers]

    def _of_planes(self, name):
        """The module of nn for the planes' number of axes."""
        return getattr(nn, f"{name}{len(self.shape) - 1}d")

    def _embedding(self, layer):
        self.shape = (*self.shape, layer.size)
        return nn.Embedding(self.classes, layer.size)

    def _flatten(self, layer):
        self.shape = (math.prod(self.shape),)
        return nn.Flatten()

    def _linear(self, layer):
        (fan_in,), self.shape = self.shape, (layer.size or self.classes,)
        return nn.Linear(fan_in, self.shape[0], bias=layer.keys["bias"] == "on")

    def _window(self, module):
        """The module, after which the shape is what it leaves."""
        with torch.no_grad():
            self.shape = tuple(module(torch.zeros(1, *self.shape)).shape[1:])
        return module

    def _convolution(self, layer):
        keys = {key: extents(layer.keys.get(key, usual)) for key, usual in (("stride", "1"), ("padding", "0"), ("dilation", "1"))}
        keys = {key: given if len(given) > 1 else given[0] for key, given in keys.items()}
        kernel = layer.window if len(layer.window) > 1 else layer.window[0]
        groups, bias = int(layer.keys.get("groups", 1)), layer.keys["bias"] == "on"
        make = self._of_planes("Conv")
        return self._window(make(self.shape[0], layer.size, kernel, groups=groups, bias=bias, **keys))

    _conv1d = _conv2d = _convolution

    def _pool(self, layer, name):
        keys = {key: extents(layer.keys[key]) for key in ("stride", "padding") if key in layer.keys}
        keys = {key: given if len(given) > 1 else given[0] for key, given in keys.items()}
        kernel = layer.window if len(layer.window) > 1 else layer.window[0]
        return self._window(self._of_planes(name)(kernel, **keys))

    def _maxpool(self, layer):
        return self._pool(layer, "MaxPool")

    def _avgpool(self, layer):
        return self._pool(layer, "AvgPool")

    def _global_average(self, layer):
        self.shape = self.shape[:1]
        return GlobalAverage()

    def _standardize(self, layer):
        return Standardize(math.prod(self.shape))

    def _batchnorm(self, layer):
        eps = 0.0 if layer.keys.get("running") == "std" else layer.number("eps", 1e-5)
        make = nn.BatchNorm2d if len(self.shape) == 3 else nn.BatchNorm1d
        return make(self.shape[0], eps=eps, momentum=layer.number("momentum", 0.1))

    def _layernorm(self, layer):
        return nn.LayerNorm(self.shape[0], eps=layer.number("eps", 1e-5))

    def _rmsnorm(self, layer):
        return nn.RMSNorm(self.shape[0], eps=layer.number("eps", 2**-23))  # without eps it would differ in double

    def _dropout(self, layer):
        of_channels = layer.keys.get("of") == "channels"
        return (self._of_planes("Dropout") if of_channels else nn.Dropout)(layer.size or 0.5)

    def _residual(self, layer):
        before = self.shape
        main = self.modules(layer.main)
        behind, self.shape = self.shape, before
        shortcut = self.modules(layer.shortcut)
        self.shape = behind
        return Residual(main, shortcut)


def sequential(network, input_text, classes):
    """classes: symbols of the vocabulary, or of a table. Contexts (n, context_length) of ids, rows (n, features) or
    planes (n, C, H, W), as the input says, become logits (n, classes)."""
    kind, _, size = input_text.partition(" ")
    shape = extents(size) if kind == "floats" else (context_length(input_text),)
    return nn.Sequential(*_Builder(shape, classes).modules(parse_network(network)))
