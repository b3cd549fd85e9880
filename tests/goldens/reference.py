"""nib's network and training in PyTorch: what the goldens are made with.

Written to be compared with, not to be fast: autograd gives every gradient, and PyTorch's own batch_norm, cross_entropy
and AdamW are used wherever nib promises to do what they do. Options are those of presets.py.
"""

import hashlib
import math
import random

import torch
import torch.nn.functional as F

KAIMING_GAIN = {"tanh": 5 / 3, "relu": math.sqrt(2), "identity": 1.0}
ACTIVATION = {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda x: x}


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
    """Embedding, hidden blocks of Linear (+ BatchNorm) + activation, a last Linear (+ BatchNorm).

    parameters and statistics are keyed by nib's tensor names, in state_dict order. A weight is kept as it is drawn,
    (fan_in, fan_out); tensors() gives PyTorch's (fan_out, fan_in). With dtype float64 the same float32 numbers are
    drawn, so that the two trajectories differ by rounding alone.
    """

    def __init__(self, options, vocabulary, dtype=torch.float32):
        self.options = options
        self.dtype = dtype
        self.generator = torch.Generator().manual_seed(options["seed"])
        self.layers = [f"hidden.{i}" for i in range(options["hidden_layers"])] + ["output"]
        self.parameters = {}
        self.statistics = {}
        self.activations = []
        self._add("embedding.weight", self._randn(vocabulary, options["embedding_size"]))
        fan_in = options["context_length"] * options["embedding_size"]
        for layer in self.layers:
            fan_out = vocabulary if layer == "output" else options["hidden_size"]
            self._add_layer(layer, fan_in, fan_out)
            fan_in = fan_out

    def _randn(self, *shape):
        return torch.randn(shape, generator=self.generator)

    def _add(self, name, values):
        self.parameters[name] = values.to(self.dtype).requires_grad_()

    def _add_layer(self, layer, fan_in, fan_out):
        o = self.options
        kind = "output" if layer == "output" else "hidden"
        gain = o[kind + "_gain"]
        if kind == "hidden" and gain == 0:
            gain = KAIMING_GAIN[o["activation"]]
        scale = gain / math.sqrt(fan_in) if o[kind + "_init"] == "fan-in" else gain
        self._add(layer + ".linear.weight", self._randn(fan_in, fan_out) * scale)
        if self.has_batchnorm(layer):
            weight = o["output_bn_gain"] if kind == "output" else 1.0
            self._add(layer + ".batchnorm.weight", torch.full((fan_out,), weight))
            self._add(layer + ".batchnorm.bias", torch.zeros(fan_out))
            self.statistics[layer + ".batchnorm.running_mean"] = torch.zeros(fan_out, dtype=self.dtype)
            self.statistics[layer + ".batchnorm.running_var"] = torch.ones(fan_out, dtype=self.dtype)
        elif o[kind + "_bias_scale"] >= 0:
            self._add(layer + ".linear.bias", self._randn(fan_out) * o[kind + "_bias_scale"])
        else:
            self._add(layer + ".linear.bias", torch.zeros(fan_out))

    def has_batchnorm(self, layer):
        return bool(self.options["output_batchnorm" if layer == "output" else "batchnorm"])

    def logits(self, contexts, training=False):
        """Logits (n, vocabulary). Training: batch statistics, the running ones move, activations keep gradients."""
        self.activations = []
        x = self.parameters["embedding.weight"][contexts].flatten(1)
        for layer in self.layers:
            x = self._block(layer, x, training)
        return x

    def _block(self, layer, x, training):
        x = x @ self.parameters[layer + ".linear.weight"]
        if self.has_batchnorm(layer):
            x = self._batchnorm(layer + ".batchnorm", x, training)
        else:
            x = x + self.parameters[layer + ".linear.bias"]
        if layer == "output":
            return x
        x = ACTIVATION[self.options["activation"]](x)
        if training:
            x.retain_grad()
            self.activations.append(x)
        return x

    def _batchnorm(self, name, x, training):
        o = self.options
        weight, bias = self.parameters[name + ".weight"], self.parameters[name + ".bias"]
        mean, variance = self.statistics[name + ".running_mean"], self.statistics[name + ".running_var"]
        if o["bn_variance"] == "biased" and o["bn_running"] == "variance":
            return F.batch_norm(x, mean, variance, weight, bias, training, o["bn_momentum"], o["bn_eps"])
        if training:
            self._move_statistics(mean, variance, x.detach())
            mean, variance = x.mean(0), x.var(0, unbiased=o["bn_variance"] == "unbiased")
        eps = 0.0 if o["bn_running"] == "std" else o["bn_eps"]
        return weight * (x - mean) / torch.sqrt(variance + eps) + bias

    def _move_statistics(self, mean, variance, x):
        """running_var holds std * std where the running average is taken of the standard deviation."""
        momentum = self.options["bn_momentum"]
        mean.lerp_(x.mean(0), momentum)
        if self.options["bn_running"] == "std":
            variance.sqrt_().lerp_(x.std(0), momentum).square_()
        else:
            variance.lerp_(x.var(0), momentum)

    @torch.no_grad()
    def calibrate(self, contexts):
        """Running statistics of the whole split, each BatchNorm seeing the ones before it calibrated."""
        x = self.parameters["embedding.weight"][contexts].flatten(1)
        for layer in self.layers:
            if self.has_batchnorm(layer):
                y = x @ self.parameters[layer + ".linear.weight"]
                self.statistics[layer + ".batchnorm.running_mean"].copy_(y.mean(0))
                self.statistics[layer + ".batchnorm.running_var"].copy_(y.var(0))
            x = self._block(layer, x, training=False)

    @torch.no_grad()
    def evaluate(self, contexts, targets):
        return F.cross_entropy(self.logits(contexts), targets).item()

    def tensors(self, values=None):
        """Parameters (or what else is keyed as they are) in PyTorch's layout."""
        values = self.parameters if values is None else values
        return {n: (v.detach().t() if n.endswith("linear.weight") else v.detach()) for n, v in values.items()}

    @torch.no_grad()
    def sample(self, symbols, count, seed):
        """count items, drawn one symbol at a time from a new stream, each from an empty context."""
        generator = torch.Generator().manual_seed(seed)
        items = []
        for _ in range(count):
            context, item = [0] * self.options["context_length"], ""
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
    if options["schedule"] == "step":
        return base * options["decay_factor"] if step >= options["decay_at"] else base
    low = options["min_learning_rate"]
    return low + (base - low) * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (options["steps"] - warmup)))


def make_optimizer(network, options):
    """Weight decay takes the embedding and the weight matrices: the 2-D tensors."""
    if options["optimizer"] == "sgd":
        return torch.optim.SGD(network.parameters.values(), lr=0.0)
    matrices = [p for p in network.parameters.values() if p.dim() == 2]
    vectors = [p for p in network.parameters.values() if p.dim() == 1]
    return torch.optim.AdamW(
        [{"params": matrices, "weight_decay": options["weight_decay"]}, {"params": vectors, "weight_decay": 0.0}],
        lr=0.0,
        betas=(options["adam_beta1"], options["adam_beta2"]),
        eps=options["adam_eps"],
    )


class Trainer:
    """Minibatches come from the network's stream, which goes on where initialisation left it."""

    def __init__(self, network, data, options):
        self.network = network
        self.options = options
        self.step = 0
        self.contexts, self.targets = data.examples("train", network.options["context_length"])
        self.optimizer = make_optimizer(network, options)

    def run(self, count):
        """Losses of count more steps, each before its update."""
        return [self._run_step() for _ in range(count)]

    def _run_step(self):
        picked = torch.randint(0, len(self.targets), (self.options["batch_size"],), generator=self.network.generator)
        loss = F.cross_entropy(self.network.logits(self.contexts[picked], training=True), self.targets[picked])
        self.optimizer.zero_grad(set_to_none=False)
        loss.backward()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.options, self.step)
        self.optimizer.step()
        self.step += 1
        return loss.item()
