"""The preset resnet50 at its own size, pictures of 3x224x224 and 1,000 numbers, beside PyTorch.

    python3 resnet50_test.py BUILD WORK

Compares the outputs of a network of random weights: those of nib_model_predict, of the folded network and of its ONNX file
in ONNX Runtime. Then the gradients of a training step are compared with autograd's in double. Needs PyTorch, ONNX Runtime
and the packages safetensors, numpy and cffi: without them it says so and exits with 77.

A relu passes a gradient on one side of zero only, and of the nine million numbers of a picture some are so near zero
that rounding decides the side: with usual weights PyTorch's gradients in float are up to 0.13 of a tensor's largest away
from its own in double. Relus in double therefore take the sides that nib took, and a number on the other side may be no
farther from zero than rounding moves it. The scales at the end of each block are small, as is usual at the start of a
training. With scales around 1 the blocks amplify rounding: outputs are 2e-5 apart, but gradients 3e-3, and those of
PyTorch in float 7e-4.
"""

import math
import pathlib
import shutil
import sys

try:
    import numpy as np
    import onnxruntime
    import torch
    import torch.nn.functional as F
    from safetensors.torch import save_file

    TESTS = pathlib.Path(__file__).resolve().parents[1]
    sys.path += [str(TESTS / "goldens"), str(TESTS.parent / "bench")]
    from convnets.library import Library
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from module import sequential

BUILD, WORK = (pathlib.Path(path).resolve() for path in sys.argv[1:])
INPUT, OUTPUTS, PICTURES = (3, 224, 224), 1000, 4
OUTPUT = GRADIENT = 1e-4  # largest difference, over the largest number
ZERO = 1e-5  # how far rounding may move a relu's number, whose deviation is about 1
LAST_SCALE = 0.1  # of the last batch normalisation in a block, over that of the others


def apart(expected, got):
    return ((expected - got).abs().max() / expected.abs().max()).item()


class Relu(torch.nn.Module):
    """relu, whose slopes are given: 1 or 0 for each number."""

    def __init__(self, slopes):
        super().__init__()
        self.slopes, self.farthest = slopes, 0.0

    def forward(self, x):
        slopes = self.slopes.reshape(x.shape)
        other_side = (x > 0) != (slopes > 0)
        if other_side.any():
            self.farthest = x[other_side].abs().max().item()
        return x * slopes


@torch.no_grad()
def draw(module, x, generator):
    """Random weights, and the running statistics of x under them."""
    for name, tensor in module.named_parameters():
        if tensor.dim() > 1:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
        elif name.endswith("weight"):
            tensor.uniform_(0.5, 1.5, generator=generator)
            tensor *= LAST_SCALE if name.endswith(".7.weight") else 1
        else:
            tensor.normal_(0, 0.2, generator=generator)
    norms = [each for each in module.modules() if isinstance(each, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    module.train()(x)
    for norm in norms:
        norm.momentum = 0.1


class Nib:
    """A model of the preset, and the calls of nib's C ABI for it."""

    def __init__(self, x, y):
        self.library = Library(BUILD)
        self.call, self.ffi = self.library.lib, self.library.ffi
        self.x, self.y = x.reshape(len(x), -1).numpy(), y.numpy()
        table = self.library.struct(
            "nib_table", x=self.library.floats(self.x), rows=len(x), columns=self.x.shape[1], row_stride=self.x.shape[1],
            targets=self.library.floats(self.y), target_columns=OUTPUTS, target_stride=OUTPUTS, borrow=1)
        self.dataset = self.library.made("nib_dataset", lambda out: self.call.nib_dataset_from_tables(
            self.library.context, table, table, self.ffi.NULL, self.ffi.NULL, out))
        options, self.train = self.library.struct("nib_model_options"), self.library.struct("nib_train_options")
        self.library.check(self.call.nib_preset(b"resnet50", options, self.train))
        self.model = self.library.made("nib_model", lambda out: self.call.nib_model_create(
            self.library.context, options, self.dataset, out))
        self.library.check(self.call.nib_model_get_options(self.model, options))
        self.network, self.input = (self.ffi.string(text).decode() for text in (options.network, options.input))

    def take(self, module):
        file = WORK / "pytorch.safetensors"
        save_file(module.state_dict(), file)
        self.library.check(self.call.nib_model_load_parameters(self.model, str(file).encode(), self.ffi.NULL))

    def predicted(self, predict, handle):
        found = np.empty((len(self.x), OUTPUTS), np.float32)
        self.library.check(predict(handle, self.library.floats(self.x), len(self.x), self.x.shape[1],
                                   self.library.floats(found)))
        return torch.from_numpy(found)

    def outputs(self):
        """The outputs of the model, of the folded one, and of the latter's ONNX file, each with its name."""
        folded = self.library.made("nib_folded", lambda out: self.call.nib_fold(self.model, self.ffi.NULL, out))
        file = WORK / "resnet50.onnx"
        self.library.check(self.call.nib_export_onnx(folded, str(file).encode()))
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        yield "nib_model_predict", self.predicted(self.call.nib_model_predict, self.model)
        yield "nib_folded_predict", self.predicted(self.call.nib_folded_predict, folded)
        rows = {session.get_inputs()[0].name: self.x}
        yield "ONNX Runtime", torch.from_numpy(session.run(None, rows)[0])

    def observe(self):
        """A step over all pictures."""
        self.train.batch_size = len(self.x)
        self.trainer = self.library.made("nib_trainer", lambda out: self.call.nib_trainer_create(
            self.library.context, self.model, self.dataset, self.train, out))
        self.library.check(self.call.nib_trainer_observe(self.trainer, 1, self.ffi.NULL, self.ffi.NULL))

    def statistics(self, kind):
        """Index, name and statistics of each activation (kind: layer) or tensor (kind: tensor), in their order."""
        statistics, index = self.library.struct(f"nib_{kind}_statistics"), 0
        read = getattr(self.call, f"nib_trainer_{kind}_statistics")
        while read(self.trainer, index, statistics) == self.call.NIB_OK:
            yield index, self.ffi.string(statistics.name).decode(), statistics
            index += 1

    def values(self, quantity, index, count):
        found = np.empty(count, np.float32)
        self.library.check(self.call.nib_trainer_values(self.trainer, quantity, index, self.library.floats(found)))
        return torch.from_numpy(found)

    def slopes(self):
        """(rows, units, positions) of each relu."""
        for index, name, at in self.statistics("layer"):
            shape = at.units, at.positions, at.rows
            slopes = self.values(self.call.NIB_ACTIVATION_SLOPES, index, math.prod(shape))
            yield name, slopes.reshape(shape).permute(2, 0, 1)

    def gradients(self):
        for index, name, at in self.statistics("tensor"):
            yield name, self.values(self.call.NIB_PARAMETER_GRADIENTS, index, at.rows * at.columns)


def compare_outputs(nib, module, x):
    with torch.no_grad():
        expected = module.eval()(x)
    far = {name: apart(expected, got) for name, got in nib.outputs()}
    print(f"outputs, the largest is {expected.abs().max():.3g}; apart: {far}", flush=True)
    assert all(each <= OUTPUT for each in far.values()), f"expected at most {OUTPUT}"  # a NaN is too far off as well


@torch.no_grad()
def order_of(slopes, module, x):
    """The pictures in the order of the minibatch, by the sides that the first relu, the module's third layer, took."""
    sides, found = (module[:2](x) > 0).flatten(1), (slopes > 0).flatten(1)
    return [(sides == each).sum(1).argmax().item() for each in found]


def compare_gradients(nib, module, x, y):
    nib.observe()
    module.double().train()
    relus = {name: Relu(slopes.double()) for name, slopes in nib.slopes()}
    order = order_of(relus["2"].slopes, module, x.double())
    assert sorted(order) == list(range(len(x))), f"the minibatch has pictures {order}"
    assert len(relus) == sum(isinstance(each, torch.nn.ReLU) for each in module.modules())
    for name, relu in relus.items():
        parent, _, last = name.rpartition(".")
        setattr(module.get_submodule(parent), last, relu)
    F.mse_loss(module(x[order].double()), y[order].double()).backward()
    farthest = max(relu.farthest for relu in relus.values())
    expected = {name: tensor.grad.flatten() for name, tensor in module.named_parameters()}
    far = {name: apart(expected.pop(name), got) for name, got in nib.gradients()}
    assert not expected, f"nib has no gradients of {list(expected)}"
    worst = max(far, key=far.get)
    print(f"gradients of {len(far)} tensors, apart: {far[worst]:.2g} of {worst}; relu on the other side of "
          f"{farthest:.2g} at most")
    assert farthest <= ZERO, f"expected at most {ZERO}"
    assert all(each <= GRADIENT for each in far.values()), f"expected at most {GRADIENT}"


def main():
    torch.set_num_threads(1)
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    generator = torch.Generator().manual_seed(1)
    x, y = torch.randn(PICTURES, *INPUT, generator=generator), torch.randn(PICTURES, OUTPUTS, generator=generator)
    nib = Nib(x, y)
    module = sequential(nib.network, nib.input, OUTPUTS)
    draw(module, x, generator)
    nib.take(module)
    compare_outputs(nib, module, x)
    compare_gradients(nib, module, x, y)


main()
