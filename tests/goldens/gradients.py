"""gradients.json: one step of tiny networks of odd sizes, every number of it.

Parameters and statistics are float32 numbers, everything computed from them is computed in double: what nib's float32
differs by is its own rounding.
"""

import math

import torch
import torch.nn.functional as F

from network_text import GAIN, mlp
from presets import model
from reference import Network

BATCH = 7


# Lists that are not multilayer perceptrons.
LISTS = {
    "residual": "flatten, linear 5, tanh, residual(linear 5, batchnorm, relu), linear",
    "residual with a shortcut": "flatten, linear 6 bias=on, batchnorm variance=unbiased, "
    "residual(linear 4, gelu, linear 6 | linear 6 bias=off), batchnorm, elu, linear",
    "any order": "residual(tanh), flatten, linear 5 bias=off, sigmoid, batchnorm eps=0.1, "
    "residual(residual(identity), linear 5), linear, batchnorm",
    "layernorm": "flatten, layernorm, linear 7, layernorm eps=0.01, tanh, "
    "residual(layernorm, linear 7), linear, layernorm",
    "rmsnorm": "flatten, rmsnorm, linear 7, rmsnorm eps=0.01, tanh, residual(rmsnorm, linear 7), linear, rmsnorm",
}


def _multilayer(activation, batchnorm, layers):
    """One hidden layer: BatchNorm there alone, and the running std if unbiased. Else: BatchNorm at the logits too."""
    keys = ["eps=0.001 momentum=0.3"] if layers == 2 else ["eps=0"] if layers == 1 and batchnorm == "unbiased" else []
    keys += ["variance=unbiased"] if batchnorm == "unbiased" else []
    keys += ["running=std"] if layers == 1 and batchnorm == "unbiased" else []
    norm = "" if batchnorm == "off" else " ".join(["batchnorm"] + keys)
    return mlp(3, 5, layers, norm=norm, activation=activation, output_norm="" if layers == 1 else norm)


def _drawn(kind, shape, gain, generator):
    """Values that leave no term out: no gain is 1, no bias or mean 0."""
    values = torch.randn(shape, generator=generator)
    if kind == "linear.weight":
        return values * gain / math.sqrt(shape[0])
    if kind in ("batchnorm.weight", "layernorm.weight", "rmsnorm.weight"):
        return 1 + 0.3 * values
    if kind == "batchnorm.running_var":
        return 1 + 0.5 * values.abs()
    return values if kind == "embedding.weight" else 0.3 * values


def _flat(tensors):
    return {name: tensor.flatten().tolist() for name, tensor in tensors.items()}


def _make_case(name, network_text, gain, vocabulary, seed):
    options = model(network_text, context_length=2)
    network = Network(options, vocabulary, torch.float64)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for group in (network.parameters, network.statistics):
            for key, tensor in group.items():
                tensor.copy_(_drawn(network.kinds[key], tensor.shape, gain, generator))
    contexts = torch.randint(0, vocabulary, (BATCH, network.context_length), generator=generator)
    targets = torch.randint(0, vocabulary, (BATCH,), generator=generator)
    case = {
        "name": name,
        "model": options,
        "vocabulary": vocabulary,
        "contexts": contexts.tolist(),
        "targets": targets.tolist(),
        "parameters": _flat(network.tensors()),
        "statistics": _flat(network.statistics),
    }
    loss = F.cross_entropy(network.logits(contexts, training=True), targets)
    loss.backward()
    case["loss"] = loss.item()
    case["gradients"] = _flat(network.tensors({key: p.grad for key, p in network.parameters.items()}))
    case["statistics_after"] = _flat(network.statistics)
    case["evaluation_logits"] = network.logits(contexts).tolist()
    return case


def make_gradients(maker):
    kinds = [(a, b, n) for n in (1, 2) for b in ("off", "biased", "unbiased") for a in ("tanh", "relu", "identity")]
    kinds += [("tanh", "off", 0), ("tanh", "unbiased", 0)]
    texts = {f"{n} hidden, {a}, batchnorm {b}": (_multilayer(a, b, n), GAIN[a]) for a, b, n in kinds}
    texts.update({name: (f"embedding 3, {text}", 1.0) for name, text in LISTS.items()})
    cases = []
    for i, (name, (text, gain)) in enumerate(texts.items()):
        cases.append(_make_case(name, text, gain, 5 + i % 3, 100 + i))
    return {"computed_in": "float64, from the float32 numbers given", "cases": cases}
