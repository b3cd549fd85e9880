"""PyTorch: modules of torch.nn, eagerly, with channels last, and compiled."""
import torch
from torch import nn

version = f"PyTorch {torch.__version__}"
torch.set_num_threads(1)


class Residual(nn.Sequential):
    """x plus the modules' output; a module named shortcut computes the other term. Its tensors are named as nib's."""

    def __init__(self, main, shortcut):
        super().__init__(*main)
        if shortcut:
            self.shortcut = shortcut

    def forward(self, x):
        y = x
        for name, module in self.named_children():
            if name != "shortcut":
                y = module(y)
        return y + (self.shortcut(x) if "shortcut" in self._modules else x)


class GlobalAverage(nn.Module):
    def forward(self, x):
        return x.flatten(2).mean(2)


def modules(layers, shape):
    """The modules, and the shape of what the last one leaves."""
    made = []
    for i, layer in enumerate(layers):
        has_bias = i + 1 == len(layers) or layers[i + 1].word != "batchnorm"
        module = module_of(layer, shape, has_bias)
        with torch.no_grad():
            shape = tuple(module(torch.zeros(2, *shape)).shape[1:])
        made.append(module)
    return made, shape


def module_of(layer, shape, has_bias):
    axes = len(shape) - 1
    if layer.word in ("conv1d", "conv2d"):
        stride, padding = (layer.extents(key, usual) for key, usual in (("stride", 1), ("padding", 0)))
        window = layer.window * axes if len(layer.window) == 1 else layer.window
        spread = [each * axes if len(each) == 1 else each for each in (stride, padding)]
        kind = nn.Conv1d if axes == 1 else nn.Conv2d
        return kind(shape[0], int(layer.numbers[0]), window, *spread, bias=has_bias)
    if layer.word == "batchnorm":
        return (nn.BatchNorm1d if axes == 1 else nn.BatchNorm2d)(shape[0])
    if layer.word == "maxpool":
        return nn.MaxPool2d(layer.window[0], layer.extents("stride", 1)[0], layer.extents("padding", 0)[0])
    if layer.word == "linear":
        return nn.Linear(shape[0], int(layer.numbers[0]))
    if layer.word == "residual":
        return Residual(modules(layer.main, shape)[0],
                        nn.Sequential(*modules(layer.shortcut, shape)[0]) if layer.shortcut else None)
    return {"relu": nn.ReLU, "flatten": nn.Flatten, "global-average": GlobalAverage}[layer.word]()


class Eager:
    name = "PyTorch"
    memory_format = torch.contiguous_format
    compiles = False

    def __init__(self, network, parameters, x, classes, rate):
        self.module = nn.Sequential(*modules(network.layers, network.shape)[0])
        for module in self.module.modules():
            if hasattr(module, "reset_running_stats"):
                module.reset_running_stats()
        missing, unknown = self.module.load_state_dict({name: torch.from_numpy(values.copy())
                                                        for name, values in parameters.items()}, strict=False)
        assert not unknown and all(".running_" in name or ".num_" in name for name in missing)
        self.x, self.classes, self.rate = torch.from_numpy(x), torch.from_numpy(classes), rate
        if network.axes == 2:
            self.module, self.x = (each.to(memory_format=self.memory_format) for each in (self.module, self.x))
        self.call = torch.compile(self.module, fullgraph=True) if self.compiles else self.module

    def training(self):
        optimizer = torch.optim.SGD(self.module.parameters(), lr=self.rate, fused=True)
        criterion = nn.CrossEntropyLoss()

        def run(count):
            for _ in range(count):
                optimizer.zero_grad()
                self.loss = criterion(self.call(self.x), self.classes)
                self.loss.backward()
                optimizer.step()
            return count
        return run, lambda: self.loss.item()

    def inference(self):
        self.module.eval()

        def run(count):
            with torch.inference_mode():
                for _ in range(count):
                    self.outputs = self.call(self.x)
            return count
        return run, lambda: self.outputs.softmax(1).numpy()


class ChannelsLast(Eager):
    name = "channels last"
    memory_format = torch.channels_last


class Compiled(ChannelsLast):
    name = "compiled"
    compiles = True


PEERS = (Eager, ChannelsLast, Compiled)
