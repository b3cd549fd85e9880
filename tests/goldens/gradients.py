"""gradients.json: one step of tiny networks of odd sizes, every number of it.

Parameters and statistics are float32 numbers, everything computed from them is computed in double: what nib's float32
differs by is its own rounding.
"""

import math

import torch
import torch.nn.functional as F

from presets import MODEL_A
from reference import KAIMING_GAIN, Network

BATCH = 7


def _options(activation, batchnorm, hidden_layers):
    """One hidden layer: BatchNorm there alone, and the running std if unbiased. Else: BatchNorm at the logits too."""
    on = int(batchnorm != "off")
    single = hidden_layers == 1
    return dict(
        MODEL_A,
        context_length=2,
        embedding_size=3,
        hidden_size=5,
        hidden_layers=hidden_layers,
        activation=activation,
        batchnorm=on,
        output_batchnorm=0 if single else on,
        bn_variance="biased" if batchnorm == "biased" else "unbiased",
        bn_running="std" if single and batchnorm == "unbiased" else "variance",
        bn_eps=0.0 if single and batchnorm == "unbiased" else 1e-3 if hidden_layers == 2 else 1e-5,
        bn_momentum=0.3 if hidden_layers == 2 else 0.1,
    )


def _drawn(name, shape, gain, generator):
    """Values that leave no term out: no gain is 1, no bias or mean 0."""
    values = torch.randn(shape, generator=generator)
    if name.endswith("linear.weight"):
        return values * gain / math.sqrt(shape[0])
    if name.endswith("batchnorm.weight"):
        return 1 + 0.3 * values
    if name.endswith("running_var"):
        return 1 + 0.5 * values.abs()
    return values if name.startswith("embedding") else 0.3 * values


def _flat(tensors):
    return {name: tensor.flatten().tolist() for name, tensor in tensors.items()}


def _make_case(options, name, vocabulary, seed):
    network = Network(options, vocabulary, torch.float64)
    generator = torch.Generator().manual_seed(seed)
    gain = KAIMING_GAIN[options["activation"]]
    with torch.no_grad():
        for group in (network.parameters, network.statistics):
            for key, tensor in group.items():
                tensor.copy_(_drawn(key, tensor.shape, gain, generator))
    contexts = torch.randint(0, vocabulary, (BATCH, options["context_length"]), generator=generator)
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
    cases = []
    for i, (activation, batchnorm, layers) in enumerate(kinds):
        name = f"{layers} hidden, {activation}, batchnorm {batchnorm}"
        cases.append(_make_case(_options(activation, batchnorm, layers), name, 5 + i % 3, 100 + i))
    return {"computed_in": "float64, from the float32 numbers given", "cases": cases}
