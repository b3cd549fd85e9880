"""planes.json: one step of tiny networks over planes, every number of it.

Convolutions of every combination of stride, padding, dilation and groups on odd sizes, pools, and layers that take
channels. A convolution of 1 before the layer shows the gradient of that layer's input. Rows and parameters are float32
numbers, everything computed from them is computed in double.
"""

import itertools

import torch
import torch.nn.functional as F

from module import sequential
from presets import model

BATCH, CLASSES = 3, 3
PICTURE, SERIES = (4, 5, 7), (4, 11)
BEHIND = ", tanh, global-average, linear"


def _convolutions():
    strides, paddings, dilations = ("1", "2", "3x1"), ("0", "1", "2x3"), ("1", "2", "1x3")
    for stride, padding, dilation, groups in itertools.product(strides, paddings, dilations, (1, 2, 4)):
        keys = {"stride": (stride, "1"), "padding": (padding, "0"), "dilation": (dilation, "1"), "groups": (groups, 1)}
        text = "".join(f" {key}={given}" for key, (given, usual) in keys.items() if given != usual)
        yield PICTURE, f"conv2d 4 1, conv2d 4 3x2{text}{BEHIND}"


def _others():
    for text in ("4 3", "4 5 stride=2 padding=2", "8 3 stride=3 padding=1 dilation=2 groups=4", "4 2 dilation=5 bias=off"):
        yield SERIES, f"conv1d 4 1, conv1d {text}{BEHIND}"
    for text in ("maxpool 2", "maxpool 3 stride=2 padding=1", "maxpool 3x2 stride=1x3", "avgpool 2",
                 "avgpool 3x2 stride=2 padding=1x0"):
        yield PICTURE, f"conv2d 4 1, {text}{BEHIND}"
    for text in ("maxpool 3 stride=2 padding=1", "avgpool 4 stride=3"):
        yield SERIES, f"conv1d 4 1, {text}{BEHIND}"
    yield PICTURE, f"conv2d 5 3 padding=1, batchnorm eps=0.1, relu, conv2d 3 2{BEHIND}"
    yield SERIES, f"conv1d 5 3 padding=1, batchnorm eps=0.1{BEHIND}"
    yield PICTURE, ("residual(conv2d 6 3 stride=2 padding=1, batchnorm eps=0.1 | conv2d 6 1 stride=2 bias=off), relu, "
                    "flatten, linear")


def _case(shape, text, rows, targets, sets):
    """sets: the parameters of all cases so far; those of the same shapes are the same numbers, and stand there once."""
    options = model(text)
    options["input"] = "floats " + "x".join(map(str, shape))
    network = sequential(text, options["input"], CLASSES).double().train()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    parameters = {name: each.detach().flatten().tolist() for name, each in network.named_parameters()}
    if parameters not in sets:
        sets.append(parameters)
    loss = F.cross_entropy(network(rows.view(BATCH, *shape)), targets)
    loss.backward()
    gradients = {name: each.grad.flatten().tolist() for name, each in network.named_parameters()}
    return {"model": options, "parameters": sets.index(parameters), "loss": loss.item(), "gradients": gradients}


def make_planes(maker):
    generator = torch.Generator().manual_seed(1)
    rows = {shape: torch.randn(BATCH, *shape, generator=generator) for shape in (PICTURE, SERIES)}
    targets = torch.tensor([0, 2, 1])
    sets = []
    cases = [_case(shape, text, rows[shape].double(), targets, sets) for shape, text in (*_convolutions(), *_others())]
    return {
        "computed_in": "float64, from the float32 numbers given",
        "targets": targets.tolist(),
        "rows": {"x".join(map(str, shape)): each.flatten(1).tolist() for shape, each in rows.items()},
        "parameters": sets,
        "cases": cases,
    }
