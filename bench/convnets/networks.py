"""The networks on which nib and its peers are measured: nib's text for each, and the same as a tree for the others."""
import math
import re
import typing


class Layer(typing.NamedTuple):
    word: str
    numbers: tuple = ()      # channels, window and options; of a linear, its outputs
    options: dict = {}
    main: tuple = ()         # of a residual
    shortcut: tuple = ()     # of a residual; empty: the input itself

    def extents(self, key, usual):
        """An option as a number for each axis."""
        value = self.options.get(key)
        return [usual] if value is None else [int(each) for each in value.split("x")]

    @property
    def window(self):
        """The kernel's extents, without the channels before them."""
        return [int(each) for each in self.numbers[-1].split("x")]


class Network(typing.NamedTuple):
    name: str
    shape: tuple  # of an example: (C, L) or (C, H, W)
    classes: int
    text: str

    @property
    def axes(self):
        return len(self.shape) - 1

    @property
    def input(self):
        return "floats " + "x".join(map(str, self.shape))

    @property
    def features(self):
        return math.prod(self.shape)

    @property
    def layers(self):
        return parse(self.text)


class Work(typing.NamedTuple):
    network: Network
    batch: int
    trains: bool

    @property
    def name(self):
        return f"{self.network.name}, {'a step' if self.trains else 'outputs'}"


def split(text):
    """The items of a list; commas in parentheses separate others."""
    items, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            items.append("")
        else:
            items[-1] += letter
    return [item.strip() for item in items]


def parse(text):
    layers = []
    for item in split(text):
        residual = re.fullmatch(r"residual\((.*)\)", item, re.S)
        if residual:
            main, _, shortcut = residual[1].partition("|")
            layers.append(Layer("residual", main=parse(main), shortcut=parse(shortcut) if shortcut else ()))
            continue
        word, *rest = item.split()
        layers.append(Layer(word, tuple(each for each in rest if "=" not in each),
                            dict(each.split("=") for each in rest if "=" in each)))
    return tuple(layers)


def basic_block(channels, stride=1):
    main = (f"conv2d {channels} 3x3 stride={stride} padding=1, batchnorm, relu, "
            f"conv2d {channels} 3x3 padding=1, batchnorm")
    shortcut = "" if stride == 1 else f" | conv2d {channels} 1x1 stride={stride}, batchnorm"
    return f"residual({main}{shortcut}), relu"


def bottleneck(channels, stride=1, is_first=False):
    main = (f"conv2d {channels} 1x1, batchnorm, relu, conv2d {channels} 3x3 stride={stride} padding=1, batchnorm, relu, "
            f"conv2d {4 * channels} 1x1, batchnorm")
    shortcut = f" | conv2d {4 * channels} 1x1 stride={stride}, batchnorm" if is_first else ""
    return f"residual({main}{shortcut}), relu"


def resnet20():
    """That of He et al. 2015 for CIFAR-10; a convolution of 1x1 where the number of channels changes."""
    blocks = [basic_block(channels, 2 if channels > 16 and i == 0 else 1) for channels in (16, 32, 64) for i in range(3)]
    return ", ".join(["conv2d 16 3x3 padding=1, batchnorm, relu", *blocks, "global-average, linear 10"])


def resnet50():
    blocks = [bottleneck(channels, 2 if channels > 64 and i == 0 else 1, i == 0)
              for channels, count in ((64, 3), (128, 4), (256, 6), (512, 3)) for i in range(count)]
    return ", ".join(["conv2d 64 7x7 stride=2 padding=3, batchnorm, relu, maxpool 3 stride=2 padding=1", *blocks,
                      "global-average, linear 1000"])


FASHION = Network("Fashion net", (1, 28, 28), 10,
                  "conv2d 8 3x3 stride=2 padding=1, batchnorm, relu, conv2d 16 3x3 stride=2 padding=1, batchnorm, relu, "
                  "flatten, linear 10")
SIGNAL = Network("conv1d net", (6, 100), 5,
                 "conv1d 16 5 padding=2, batchnorm, relu, conv1d 16 5 padding=2, batchnorm, relu, global-average, "
                 "linear 5")
RESNET20 = Network("ResNet-20", (3, 32, 32), 10, resnet20())
RESNET50 = Network("ResNet-50", (3, 224, 224), 1000, resnet50())

ALL = (
    Work(RESNET20, 128, True),
    Work(FASHION, 128, True),
    Work(SIGNAL, 128, True),
    *(Work(FASHION, batch, False) for batch in (1, 32, 128)),
    *(Work(SIGNAL, batch, False) for batch in (1, 32, 128)),
    *(Work(RESNET20, batch, False) for batch in (1, 128)),
    *(Work(RESNET50, batch, False) for batch in (1, 16)),
)
