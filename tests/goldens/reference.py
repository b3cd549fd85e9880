"""nib's network and training in PyTorch: what the goldens are made with.

Written to be compared with, not to be fast: autograd gives every gradient, and PyTorch's own batch_norm, cross_entropy
and AdamW are used wherever nib promises to do what they do. Options are those of presets.py.
"""

import hashlib
import math
import random

import torch
import torch.nn.functional as F

from module import activation
from network_text import context_length, parse_network

class Data:
    """Items, one a line, shuffled and split as the lecture does; id 0 is the end mark."""

    def __init__(self, text):
        self.sha256 = hashlib.sha256(text).hexdigest()
        items = [line for line in text.decode().replace("\r\n", "\n").split("\n") if line]
        self.symbols = ["."] + sorted(set("".join(items)))
        random.seed(42)
        random.shuffle(items)
        first, second = int(0.8 * len(items)), int(0.9 * len(items))
        self.items = {"train": items[:first], "val": items[first:second], "test": items[second:]}

    def examples(self, split, context_length):
        """Contexts (n, context_length), oldest symbol first, and targets (n)."""
        number = {symbol: i for i, symbol in enumerate(self.symbols)}
        contexts, targets = [], []
        for item in self.items[split]:
            context = [0] * context_length
            for target in [number[symbol] for symbol in item] + [0]:
                contexts.append(context)
                targets.append(target)
                context = context[1:] + [target]
        return torch.tensor(contexts), torch.tensor(targets)


def read_data(path):
    with open(path, "rb") as file:
        return Data(file.read())


class Network:
    """The layers of a list.

    parameters and statistics are keyed by nib's tensor names, in state_dict order; kinds has, for each of them, the
    layer's word and what it is of it. A linear's weight is kept as it is drawn, (fan_in, fan_out); tensors() gives
    PyTorch's (fan_out, fan_in). With dtype float64 the same float32 numbers are drawn, so that the two trajectories
    differ by rounding alone.
    """

    def __init__(self, options, vocabulary, dtype=torch.float32):
        self.dtype = dtype
        self.context_length = context_length(options["input"])
        self.layers = parse_network(options["network"])
        self.generator = torch.Generator().manual_seed(options["seed"])
        self.vocabulary = vocabulary
        self.parameters = {}
        self.statistics = {}
        self.kinds = {}
        self.activations = []
        self._add_layers(self.layers, 0)

    def _randn(self, *shape):
        return torch.randn(shape, generator=self.generator)

    def _add(self, layer, name, values):
        self.parameters[f"{layer.position}.{name}"] = values.to(self.dtype).requires_grad_()
        self.kinds[f"{layer.position}.{name}"] = f"{layer.word}.{name}"

    def _add_statistics(self, layer, name, values):
        self.statistics[f"{layer.position}.{name}"] = values
        self.kinds[f"{layer.position}.{name}"] = f"{layer.word}.{name}"

    def _add_layers(self, layers, width):
        """Returns the width of the last layer's output."""
        for layer in layers:
            width = self._add_layer(layer, width)
        return width

    def _add_layer(self, layer, width):
        if layer.word == "embedding":
            self._add(layer, "weight", self._randn(self.vocabulary, layer.size))
            return layer.size
        if layer.word == "flatten":
            return self.context_length * width
        if layer.word == "linear":
            return self._add_linear(layer, width, layer.size or self.vocabulary)
        if layer.word == "batchnorm":
            self._add(layer, "weight", torch.full((width,), layer.number("gain", 1.0)))
            self._add(layer, "bias", torch.zeros(width))
            self._add_statistics(layer, "running_mean", torch.zeros(width, dtype=self.dtype))
            self._add_statistics(layer, "running_var", torch.ones(width, dtype=self.dtype))
        if layer.word in ("layernorm", "rmsnorm"):
            self._add(layer, "weight", torch.ones(width))
        if layer.word == "layernorm":
            self._add(layer, "bias", torch.zeros(width))
        if layer.word == "residual":
            main = self._add_layers(layer.main, width)
            self._add_layers(layer.shortcut, width)
            return main
        return width

    def _add_linear(self, layer, fan_in, fan_out):
        scale = layer.number("gain", 1.0)
        if layer.keys.get("init") != "scaled":
            scale /= math.sqrt(fan_in)
        self._add(layer, "weight", self._randn(fan_in, fan_out) * scale)
        if layer.keys["bias"] == "on":
            drawn = "bias-init" in layer.keys  # 0 draws numbers, too
            bias = self._randn(fan_out) * layer.number("bias-init", 0) if drawn else torch.zeros(fan_out)
            self._add(layer, "bias", bias)
        return fan_out

    def logits(self, contexts, training=False):
        """Logits (n, vocabulary). Training: batch statistics, the running ones move, activations keep gradients."""
        self.activations = []
        return self._run(self.layers, contexts, training)

    def _run(self, layers, x, training):
        for layer in layers:
            x = self._layer(layer, x, training)
        return x

    def _layer(self, layer, x, training):
        name = layer.position
        if layer.word == "embedding":
            return self.parameters[name + ".weight"][x]
        if layer.word == "flatten":
            return x.flatten(1)
        if layer.word == "linear":
            x = x @ self.parameters[name + ".weight"]
            return x + self.parameters[name + ".bias"] if layer.keys["bias"] == "on" else x
        if layer.word == "batchnorm":
            return self._batchnorm(layer, x, training)
        if layer.word == "layernorm":
            weight, bias = self.parameters[name + ".weight"], self.parameters[name + ".bias"]
            return F.layer_norm(x, weight.shape, weight, bias, layer.number("eps", 1e-5))
        if layer.word == "rmsnorm":
            weight = self.parameters[name + ".weight"]
            return F.rms_norm(x, weight.shape, weight, layer.number("eps", 2**-23))
        if layer.word == "residual":
            return self._run(layer.main, x, training) + self._run(layer.shortcut, x, training)
        x = activation(layer)(x)
        if training:
            x.retain_grad()
            self.activations.append(x)
        return x

    def _batchnorm(self, layer, x, training):
        name, momentum, eps = layer.position, layer.number("momentum", 0.1), layer.number("eps", 1e-5)
        unbiased, of_std = layer.keys.get("variance") == "unbiased", layer.keys.get("running") == "std"
        weight, bias = self.parameters[name + ".weight"], self.parameters[name + ".bias"]
        mean, variance = self.statistics[name + ".running_mean"], self.statistics[name + ".running_var"]
        if not unbiased and not of_std:
            return F.batch_norm(x, mean, variance, weight, bias, training, momentum, eps)
        if training:
            self._move_statistics(mean, variance, x.detach(), momentum, of_std)
            mean, variance = x.mean(0), x.var(0, unbiased=unbiased)
        return weight * (x - mean) / torch.sqrt(variance + (0.0 if of_std else eps)) + bias

    def _move_statistics(self, mean, variance, x, momentum, of_std):
        """running_var holds std * std if the running average is that of the standard deviation."""
        mean.lerp_(x.mean(0), momentum)
        if of_std:
            variance.sqrt_().lerp_(x.std(0), momentum).square_()
        else:
            variance.lerp_(x.var(0), momentum)

    @torch.no_grad()
    def calibrate(self, contexts):
        """Running statistics of the whole split, each BatchNorm seeing the ones before it calibrated.

        Not for lists with a residual.
        """
        x = contexts
        for layer in self.layers:
            if layer.word == "batchnorm":
                self.statistics[layer.position + ".running_mean"].copy_(x.mean(0))
                self.statistics[layer.position + ".running_var"].copy_(x.var(0))
            x = self._layer(layer, x, training=False)

    @torch.no_grad()
    def evaluate(self, contexts, targets):
        return F.cross_entropy(self.logits(contexts), targets).item()

    def tensors(self, values=None):
        """Parameters (or other values with the same keys) in PyTorch's layout."""
        values = self.parameters if values is None else values
        turned = {name for name in values if self.kinds[name] == "linear.weight"}
        return {name: (v.detach().t() if name in turned else v.detach()) for name, v in values.items()}

    @torch.no_grad()
    def sample(self, symbols, count, seed):
        """count items, drawn one symbol at a time from a new stream, each from an empty context."""
        generator = torch.Generator().manual_seed(seed)
        items = []
        for _ in range(count):
            context, item = [0] * self.context_length, ""
            while True:
                p = F.softmax(self.logits(torch.tensor([context])).float(), dim=1)
                symbol = torch.multinomial(p, 1, generator=generator).item()
                if symbol == 0:
                    break
                context, item = context[1:] + [symbol], item + symbols[symbol]
            items.append(item)
        return items


def learning_rate(options, step):
    base, warmup = options["learning_rate"], options["warmup_steps"]
    if step < warmup:
        return base * (step + 1) / warmup
    if options["schedule"] == "constant":
        return base
    if options["schedule"] == "step":
        return base * options["decay_factor"] if step >= options["decay_at"] else base
    low = options["min_learning_rate"]
    return low + (base - low) * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (options["steps"] - warmup)))


def make_optimizer(network, options):
    """Weight decay applies to the embedding and the weight matrices: the 2-D tensors."""
    if options["optimizer"] == "sgd":
        return torch.optim.SGD(network.parameters.values(), lr=0.0, momentum=options["momentum"])
    matrices = [p for p in network.parameters.values() if p.dim() == 2]
    vectors = [p for p in network.parameters.values() if p.dim() == 1]
    return torch.optim.AdamW(
        [{"params": matrices, "weight_decay": options["weight_decay"]}, {"params": vectors, "weight_decay": 0.0}],
        lr=0.0,
        betas=(options["adam_beta1"], options["adam_beta2"]),
        eps=options["adam_eps"],
    )


class Trainer:
    """Minibatches come from the network's stream, which continues from initialisation."""

    def __init__(self, network, data, options):
        self.network = network
        self.options = options
        self.step = 0
        self.contexts, self.targets = data.examples("train", network.context_length)
        self.optimizer = make_optimizer(network, options)
        self.norms = []  # of the gradients before clipping, if there is any

    def run(self, count):
        """Losses of count more steps, each before its update."""
        return [self._run_step() for _ in range(count)]

    def _run_step(self):
        picked = torch.randint(0, len(self.targets), (self.options["batch_size"],), generator=self.network.generator)
        loss = F.cross_entropy(self.network.logits(self.contexts[picked], training=True), self.targets[picked])
        self.optimizer.zero_grad(set_to_none=False)
        loss.backward()
        if self.options["clip_norm"] > 0:
            norm = torch.nn.utils.clip_grad_norm_(self.network.parameters.values(), self.options["clip_norm"])
            self.norms.append(norm.item())
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.options, self.step)
        self.optimizer.step()
        self.step += 1
        return loss.item()
