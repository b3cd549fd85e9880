"""Networks over series and pictures: nib's in PyTorch, PyTorch's in nib, and their gradients.

    python3 planes_test.py NIB WORK

Each network learns numbers, so that predictions are its outputs as they are: random rows of planes, all of them for
training and for validation. Compares outputs and losses with those of the module that nib export writes and of
tests/goldens/module.py, trains the latter and takes its file back; a step of SGD over all rows with a learning rate of 1
shows the gradients, which are compared with autograd's. Needs PyTorch and the packages safetensors and numpy: without
them it says so and exits with 77.
"""

import pathlib
import shutil
import sys

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))

from module import sequential
from program import exported, logits_apart, metadata_of, run
import resnet50_names

WORK = pathlib.Path(sys.argv[2]).resolve()
ROWS, OUTPUTS = 60, 3
OUTPUT = 2e-5  # largest difference, over the largest output or 1
LOSS = 1e-6
GRADIENT = 2e-6  # over the largest of a tensor or 1: a step also has the rounding of the parameter, 1.2e-7 of one of 1 to 2

# Shapes, the array's own extents from which nib must tell the shape, and networks.
NETWORKS = {
    "fashion": ("1x28x28", (28, 28), "conv2d 8 3x3 padding=1, batchnorm, relu, maxpool 2, conv2d 12 3x3, batchnorm, relu, "
                "maxpool 2, flatten, linear 16, batchnorm, relu, linear"),
    "strides": ("3x13x11", (3, 13, 11), "conv2d 16 5x3 stride=2x3 padding=2x1, gelu, conv2d 8 3 stride=2 dilation=2 "
                "padding=2, tanh, flatten, linear"),
    "groups": ("4x9x10", (4, 9, 10), "conv2d 12 3 groups=4 padding=1, batchnorm eps=0.01, relu, conv2d 6 2x3 groups=3 bias=on, "
               "elu, avgpool 2x3 stride=2 padding=1, flatten, linear"),
    "depthwise": ("1x20x10", (20, 10), "conv2d 16 10x4 stride=2 padding=5x1, batchnorm, relu, 2 x (conv2d 16 3x3 padding=1 "
                  "groups=16, batchnorm, relu, conv2d 16 1x1, batchnorm, relu), global-average, linear"),
    "residual": ("3x12x12", (3, 12, 12), "conv2d 8 3 padding=1, batchnorm, relu, residual(conv2d 8 3 padding=1, batchnorm, "
                 "relu, conv2d 8 3 padding=1, batchnorm), relu, residual(conv2d 16 3 stride=2 padding=1, batchnorm, relu, "
                 "conv2d 16 3 padding=1, batchnorm | conv2d 16 1 stride=2, batchnorm), relu, global-average, linear"),
    "bottleneck": ("3x24x24", (3, 24, 24), "conv2d 8 7x7 stride=2 padding=3, batchnorm, relu, maxpool 3 stride=2 padding=1, "
                   "residual(conv2d 4 1, batchnorm, relu, conv2d 4 3 stride=2 padding=1, batchnorm, relu, conv2d 16 1, "
                   "batchnorm | conv2d 16 1 stride=2, batchnorm), relu, global-average, linear"),
    "pools": ("2x11x9", (2, 11, 9), "maxpool 3x2 stride=1, conv2d 10 3, silu, avgpool 3 stride=1 padding=1, "
              "conv2d 6 1, maxpool 3 stride=2 padding=1, flatten, linear"),
    "series": ("6x50", (6, 50), "conv1d 16 5 stride=2, batchnorm, relu, conv1d 16 5 stride=2 groups=2, batchnorm, relu, "
               "global-average, linear"),
    "series in a residual": ("4x31", (4, 31), "residual(conv1d 8 3 padding=2 dilation=2, batchnorm | conv1d 8 1), sigmoid, "
                             "maxpool 3 stride=2 padding=1, conv1d 5 4 bias=off, avgpool 4, flatten, linear"),
    "standardized": ("1x8x8", (8, 8), "standardize, conv2d 6 3, relu, flatten, layernorm, linear"),
}
DROPOUT = ("1x8x8", (8, 8), "conv2d 6 3, dropout 0.3 of=channels, relu, flatten, dropout 0.2, linear")


class Comparison:
    """A network that nib trained, in PyTorch, and the one that PyTorch made of it, in nib."""

    def __init__(self, name, shape, extents, text):
        self.folder = WORK / name.replace(" ", "_")
        self.folder.mkdir(parents=True)
        generator = torch.Generator().manual_seed(7)
        planes = tuple(map(int, shape.split("x")))
        self.x = torch.randn(ROWS, *planes, generator=generator)
        self.y = torch.randn(ROWS, OUTPUTS, generator=generator)
        self.data, self.rows = self.folder / "rows.npz", self.folder / "x.npy"
        np.savez(self.data, x=self.x.reshape(ROWS, *extents).numpy(), y=self.y.numpy())
        np.save(self.rows, self.x.reshape(ROWS, *extents).numpy())
        self.options = [self.data, "--val", self.data, "--task", "regress", "--scale", "off", "--eval-every", "0"]
        self.file = self.folder / "model.safetensors"
        run("train", *self.options, "--network", text, "--steps", "40", "--batch", "20", "--out", self.folder, "--overwrite")
        self.metadata = metadata_of(self.file)
        assert self.metadata["input"] == f"floats {shape}", self.metadata["input"]
        self.planes = planes

    def module(self, tensors):
        made = sequential(self.metadata["network"], self.metadata["input"], OUTPUTS)
        made.load_state_dict(tensors)
        return made.eval()

    def outputs_of(self, file):
        found = self.folder / "found.npy"
        run("predict", file, self.rows, "-o", found)
        return torch.from_numpy(np.load(found))

    def loss_of(self, *arguments):
        return float(run("eval", *arguments, self.data, "--split", "train", "--shares", "1,0,0")[0].split()[1])

    @torch.no_grad()
    def to_pytorch(self):
        """How far outputs and loss of both modules are from nib's."""
        plain = self.module(load_file(self.file))
        made = exported(self.file, self.folder / "model.py")
        assert made.SHAPE == self.planes and made.FEATURES == self.x[0].numel()
        module = made.load(self.file)
        assert list(module.state_dict()) == list(plain.state_dict())
        expected, loss = self.outputs_of(self.file), self.loss_of(self.file)
        far = [logits_apart(expected, each(self.x)) for each in (plain, module)]
        losses = [abs(F.mse_loss(each.double()(self.x.double()), self.y.double()).item() - loss) for each in (plain, module)]
        return max(far), max(losses)

    def to_nib(self):
        """The same of a module that PyTorch trained, with its metadata and without."""
        module = self.module(load_file(self.file)).train()
        optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)
        for _ in range(5):
            optimizer.zero_grad()
            F.mse_loss(module(self.x), self.y).backward()
            optimizer.step()
        module.eval()
        whole, bare = self.folder / "whole.safetensors", self.folder / "bare.safetensors"
        save_file(module.state_dict(), whole, {key: value for key, value in self.metadata.items() if key != "checksum"})
        save_file(module.state_dict(), bare)
        with torch.no_grad():
            far = logits_apart(module(self.x), self.outputs_of(whole))
            loss = F.mse_loss(module.double()(self.x.double()), self.y.double()).item()
        found = self.loss_of(bare, "--like", self.file)
        return far, abs(found - loss)

    def gradients(self):
        """How far a step of nib is from autograd's gradients, which torch computes in double."""
        step = self.folder / "step"
        run("train", *self.options, "--init", self.file, "--steps", "1", "--batch", ROWS, "--optimizer", "sgd", "--lr", "1",
            "--schedule", "constant", "--warmup", "0", "--out", step, "--overwrite")
        before, after = load_file(self.file), load_file(step / "model.safetensors")
        module = self.module(before).double().train()
        F.mse_loss(module(self.x.double()), self.y.double()).backward()
        far = 0
        for name, parameter in module.named_parameters():
            moved = before[name].double() - after[name].double()
            far = max(far, logits_apart(parameter.grad, moved))
        return far


def compare(name, shape, extents, text, trains_alike=True):
    pair = Comparison(name, shape, extents, text)
    figures = [*pair.to_pytorch(), *pair.to_nib(), pair.gradients() if trains_alike else 0.0]
    print(f"{name:22}" + "".join(f"{each:12.1e}" for each in figures) + f"   {text}", flush=True)
    bounds = [OUTPUT, LOSS, OUTPUT, LOSS, GRADIENT]
    return all(each <= bound for each, bound in zip(figures, bounds))  # a NaN is too far off as well


def check_resnet50():
    """A file with torchvision's names of all tensors of the preset resnet50 is what a run by the map begins with."""
    generator = torch.Generator().manual_seed(3)
    theirs, ours = {}, {}
    for name, position, shape in resnet50_names.tensors():
        is_count = name.endswith("num_batches_tracked")
        drawn = torch.tensor(1) if is_count else 0.05 * torch.rand(shape, generator=generator)
        assert name not in theirs and position not in ours, f"{name} {position} stands twice"
        theirs[name] = ours[position] = drawn
    learned = [each for name, each in theirs.items() if name.endswith(("weight", "bias"))]
    assert sum(map(torch.numel, learned)) == resnet50_names.PARAMETERS
    folder = WORK / "resnet50"
    folder.mkdir()
    data, file, names = folder / "rows.npz", folder / "torchvision.safetensors", folder / "resnet50.names"
    np.savez(data, x=np.zeros((2, 3, 32, 32), np.float32), y=np.zeros((2, 1000), np.float32))
    save_file(theirs, file)
    names.write_text(resnet50_names.text())
    run("train", data, "--val", data, "--task", "regress", "--scale", "off", "--preset", "resnet50", "--input",
        "floats 3x32x32", "--init", file, "--names", names, "--steps", "1", "--batch", "2", "--lr", "1e-30", "--warmup", "0",
        "--eval-every", "0", "--out", folder / "run")
    tensors = load_file(folder / "run/model.safetensors")
    assert set(tensors) == set(ours), set(tensors) ^ set(ours)
    for name, expected in ours.items():
        assert name.endswith(("running_mean", "running_var", "tracked")) or torch.equal(tensors[name], expected), name
    print(f"resnet50: {len(ours)} tensors by torchvision's names")


def main():
    torch.set_num_threads(1)
    shutil.rmtree(WORK, ignore_errors=True)
    print(f"{'network':22}{'in PyTorch: outputs, loss':>24}{'in nib: outputs, loss':>24}{'gradients':>12}")
    far = [name for name, (shape, extents, text) in NETWORKS.items() if not compare(name, shape, extents, text)]
    if not compare("dropout", *DROPOUT, trains_alike=False):
        far.append("dropout")
    assert not far, f"{far}: expected at most {OUTPUT}, {LOSS} and {GRADIENT}"
    check_resnet50()


main()
