"""The text of a network, as nib prints it, read into a list of layers: "embedding 10, flatten, linear 9, tanh, linear".

src/net/text.hpp has the whole grammar. A printed text has no copies, comments or line ends: they are not read here.
"""

import dataclasses
import math
import re

# The gain of the weights before an activation.
GAIN = {
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "identity": 1.0,
    "gelu": 1.5335304,
    "silu": 1.6765325,
    "sigmoid": 1.0,
    "leaky-relu": math.sqrt(2 / (1 + 0.01**2)),
    "elu": 1.2451983,
    "hardtanh": 1.3920360,
    "softplus": 1.0,
    "relu6": 1.4142136,
}
# The words between a linear and its activation that do not change its gain.
SKIPPED = ("batchnorm", "layernorm", "rmsnorm", "dropout")
POOLS = ("maxpool", "avgpool")


@dataclasses.dataclass
class Layer:
    position: str  # prefix of the names of its tensors
    word: str
    size: float = 0  # 0: not given
    window: tuple = ()  # of a convolution or a pool: (3, 5), (3,) for 3
    keys: dict = dataclasses.field(default_factory=dict)
    main: list = dataclasses.field(default_factory=list)  # for a residual
    shortcut: list = dataclasses.field(default_factory=list)

    def number(self, key, initial):
        return float(self.keys.get(key, initial))


def _residual(layer, tokens):
    tokens.pop(0)  # (
    layer.main = _items(tokens, layer.position + ".")
    if tokens.pop(0) == "|":
        layer.shortcut = _items(tokens, layer.position + ".shortcut.")
        tokens.pop(0)


def _options(layer, tokens):
    while tokens and tokens[0] not in (",", "|", ")"):
        key, _, value = tokens.pop(0).partition("=")
        if value:
            layer.keys[key] = value
        elif layer.word in POOLS or layer.size:
            layer.window = extents(key)
        else:
            layer.size = float(key) if layer.word == "dropout" else int(key)


def _fill(layers):
    """The two initial values of a linear or a convolution that depend on later layers."""
    for i, layer in enumerate(layers):
        behind = [each.word for each in layers[i + 1 :]]
        if layer.word in ("linear", "conv1d", "conv2d"):
            layer.keys.setdefault("bias", "off" if behind[:1] == ["batchnorm"] else "on")
            activation = next((word for word in behind if word not in SKIPPED), None)
            layer.keys.setdefault("gain", GAIN.get(activation, 1.0))


def _items(tokens, prefix):
    layers = []
    while True:
        layer = Layer(prefix + str(len(layers)), tokens.pop(0))
        layers.append(layer)
        (_residual if layer.word == "residual" else _options)(layer, tokens)
        if not tokens or tokens[0] != ",":
            break
        tokens.pop(0)
    _fill(layers)
    return layers


def parse_network(text):
    return _items(re.findall(r"[(),|]|[^\s(),|]+", text), "")


def extents(text):
    """The numbers of "3x5"."""
    return tuple(map(int, text.split("x")))


def context_length(text):
    """The context length of an input such as "symbols context=3"."""
    return int(text.partition("context=")[2] or 8)


def mlp(embedding, hidden, layers, linear="", norm="", activation="tanh", output="", output_norm=""):
    """The text of embedding, flatten, layers x (linear hidden, norm, activation), linear, output_norm."""
    words = [f"embedding {embedding}", "flatten"]
    words += [f"linear {hidden} {linear}", norm, activation] * layers + [f"linear {output}", output_norm]
    return ", ".join(word.strip() for word in words if word)
