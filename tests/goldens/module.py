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

from torch import nn

from network_text import context_length, parse_network

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


class _Builder:
    """Modules of one list after the other; rows (vectors of a context, until they are flattened) and width are the
    shape of what the last one leaves."""

    def __init__(self, length, classes):
        self.rows = length
        self.width = 0
        self.classes = classes

    def modules(self, layers):
        return [getattr(self, "_" + layer.word, activation)(layer) for layer in layers]

    def _embedding(self, layer):
        self.width = layer.size
        return nn.Embedding(self.classes, layer.size)

    def _flatten(self, layer):
        self.rows, self.width = 1, self.rows * self.width
        return nn.Flatten()

    def _linear(self, layer):
        fan_in, self.width = self.width, layer.size or self.classes
        return nn.Linear(fan_in, self.width, bias=layer.keys["bias"] == "on")

    def _batchnorm(self, layer):
        eps = 0.0 if layer.keys.get("running") == "std" else layer.number("eps", 1e-5)
        return nn.BatchNorm1d(self.width, eps=eps, momentum=layer.number("momentum", 0.1))

    def _layernorm(self, layer):
        return nn.LayerNorm(self.width, eps=layer.number("eps", 1e-5))

    def _rmsnorm(self, layer):
        return nn.RMSNorm(self.width, eps=layer.number("eps", 2**-23))  # without eps it would differ in double

    def _dropout(self, layer):
        return nn.Dropout(layer.size or 0.5)

    def _residual(self, layer):
        before = self.rows, self.width
        main = self.modules(layer.main)
        behind = self.rows, self.width
        self.rows, self.width = before
        shortcut = self.modules(layer.shortcut)
        self.rows, self.width = behind
        return Residual(main, shortcut)


def sequential(network, input_text, classes):
    """classes: symbols of the vocabulary. contexts (n, context_length) of ids become logits (n, classes)."""
    return nn.Sequential(*_Builder(context_length(input_text), classes).modules(parse_network(network)))
