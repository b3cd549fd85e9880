"""Lists of layers to compare with PyTorch: texts of --network, with the symbols that the network sees.

A layer without a list here is not compared: random_lists() fails where a word of WORDS is in none of its lists.
"""

import random
import re

ACTIVATIONS = ["tanh", "relu", "identity", "gelu", "gelu form=tanh", "silu", "sigmoid", "leaky-relu", "elu", "hardtanh",
               "softplus", "relu6"]
WORDS = ["linear", "batchnorm", "layernorm", "rmsnorm", "dropout", "flatten", "residual"] + ACTIVATIONS
DEPTH = 2  # of residuals

MIXED = ("embedding 12, flatten, linear 96, layernorm, gelu, residual(linear 96, batchnorm, silu, dropout 0.1), "
         "linear 48, tanh, batchnorm, linear")
RMSNORM = ("embedding 6, flatten, rmsnorm, linear 30, rmsnorm eps=0.001, silu, residual(linear 20, rmsnorm, gelu | "
           "linear 20), linear, rmsnorm")
# Nested as deep as a text may be.
NESTED = ("embedding 3, flatten, " + "residual(tanh, residual(linear 6 | " * 8 + "batchnorm, dropout 0.1" +
          ", hardtanh))" * 8 + ", linear")


class _Lists:
    """width: numbers of an example, after the words so far."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.width = 0

    def _linear(self):
        self.width = self.random.randint(1, 40)
        return f"linear {self.width}" + self.random.choice(["", "", " bias=off", " bias=on bias-init=0.1"])

    def _norm(self):
        keys = self.random.choice(["", "", " eps=0.01", " momentum=0.5 variance=unbiased", " running=std"])
        return self.random.choice(["layernorm", "layernorm eps=0.01", "rmsnorm", f"batchnorm{keys}", f"batchnorm{keys}"])

    def _residual(self, depth):
        before = self.width
        main = self._items(depth + 1)
        behind, self.width = self.width, before
        if behind == before and self.random.random() < 0.7:
            return f"residual({main})"
        shortcut = self._items(depth + 1)
        if self.width != behind:
            shortcut += f", linear {behind}"
        self.width = behind
        return f"residual({main} | {shortcut})"

    def _item(self, depth):
        kind = self.random.choice(["linear", "linear", "norm", "activation", "activation", "other", "residual"])
        if kind == "linear" or (kind == "residual" and depth == DEPTH):
            return self._linear()
        if kind == "norm":
            return self._norm()
        if kind == "activation":
            return self.random.choice(ACTIVATIONS)
        if kind == "other":
            return self.random.choice(["dropout", "dropout 0.2", "flatten"])
        return self._residual(depth)

    def _items(self, depth):
        return ", ".join(self._item(depth) for _ in range(self.random.randint(*((3, 8) if depth == 0 else (1, 3)))))

    def network(self, context):
        self.width = self.random.randint(1, 40)
        text = f"embedding {self.width}, "
        if self.random.random() < 0.3:
            text += self.random.choice(ACTIVATIONS + ["dropout 0.1", "residual(tanh)"]) + ", "
        self.width *= context
        text += f"flatten, {self._items(0)}, linear"
        return text + self.random.choice(["", ", batchnorm"])


def _depth(text):
    depth = deepest = 0
    for bracket in re.findall(r"[()]", text):
        depth += 1 if bracket == "(" else -1
        deepest = max(deepest, depth)
    return deepest


def random_lists(count, seed):
    """(context, text) of each random list; together they have all words, with residuals in residuals."""
    lists = _Lists(seed)
    texts = [(context, lists.network(context)) for context in (lists.random.randint(1, 6) for _ in range(count))]
    words = {word for _, text in texts for word in re.findall(r"gelu form=tanh|[a-z][a-z0-9-]*", text)}
    assert words.issuperset(WORDS), f"seed {seed} gives no list with {set(WORDS) - words}"
    assert max(_depth(text) for _, text in texts) == DEPTH, f"seed {seed} gives no residual in a residual"
    assert {context for context, _ in texts} >= {1, 6}, f"seed {seed} gives no context of 1 or of 6 symbols"
    return texts
