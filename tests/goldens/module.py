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
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "elu": nn.ELU,
}


class Residual(nn.Module):
    """The sum of what two lists of modules make of the input; an empty second one leaves it as it is."""

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
    """Modules of one list after the other; width is that of what the last one leaves."""

    def __init__(self, length, classes):
        self.length = length
        self.classes = classes
        self.width = 0

    def modules(self, layers):
        return [self._module(layer) for layer in layers]

    def _module(self, layer):
        if layer.word == "embedding":
            self.width = layer.size
            return nn.Embedding(self.classes, layer.size)
        if layer.word == "flatten":
            self.width *= self.length
            return nn.Flatten()
        if layer.word == "linear":
            fan_in, self.width = self.width, layer.size or self.classes
            return nn.Linear(fan_in, self.width, bias=layer.keys["bias"] == "on")
        if layer.word == "batchnorm":
            eps = 0.0 if layer.keys.get("running") == "std" else layer.number("eps", 1e-5)
            return nn.BatchNorm1d(self.width, eps=eps, momentum=layer.number("momentum", 0.1))
        if layer.word == "layernorm":
            return nn.LayerNorm(self.width, eps=layer.number("eps", 1e-5))
        if layer.word == "residual":
            before = self.width
            main = self.modules(layer.main)
            self.width = before
            return Residual(main, self.modules(layer.shortcut))
        return ACTIVATIONS[layer.word]()


def sequential(network, input_text, classes):
    """classes: symbols of the vocabulary. contexts (n, context_length) of ids become logits (n, classes)."""
    return nn.Sequential(*_Builder(context_length(input_text), classes).modules(parse_network(network)))
