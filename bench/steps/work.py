"""The work on which nib and its peers are measured: networks, batches, and the row of nib_bench that does the same."""
import typing


class Layer(typing.NamedTuple):
    kind: str  # embedding, linear, batchnorm, tanh
    inputs: int = 0
    outputs: int = 0
    has_bias: bool = False


class Work(typing.NamedTuple):
    name: str
    row: str  # the row of nib_bench, without the threads at {}
    layers: tuple
    batch: int
    trains: bool = True  # a step of SGD; otherwise the outputs for a batch

    @property
    def has_symbols(self):
        return self.layers[0].kind == "embedding"

    @property
    def inputs(self):
        """Numbers of an example: symbols, or floats."""
        return 3 if self.has_symbols else self.layers[0].inputs

    @property
    def sizes(self):
        """The sizes of the layers between linears, including inputs and outputs."""
        linears = [layer for layer in self.layers if layer.kind == "linear"]
        return [linears[0].inputs, *(layer.outputs for layer in linears)]


SYMBOLS = 27
RATE = 0.01
BATCHES = 64  # for each work, prepared; steps use them in turn


def lecture(hidden, layers, batchnorm):
    network, inputs = [Layer("embedding", SYMBOLS, 10)], 30
    for outputs in [hidden] * layers + [SYMBOLS]:
        network.append(Layer("linear", inputs, outputs, has_bias=not batchnorm))
        if batchnorm:
            network.append(Layer("batchnorm", outputs, outputs))
        network.append(Layer("tanh"))
        inputs = outputs
    return tuple(network[:-1])


def perceptron(*sizes):
    network = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        network += [Layer("linear", inputs, outputs, has_bias=True), Layer("tanh")]
    return tuple(network[:-1])


ALL = (
    Work("lecture-deep, a step", "train_step/lecture-deep/32/{}", lecture(100, 5, True), 32),
    Work("lecture-kaiming, a step", "train_step/lecture-kaiming/1/{}", lecture(200, 1, False), 1),
    Work("lecture-kaiming, a step", "train_step/lecture-kaiming/32/{}", lecture(200, 1, False), 32),
    Work("16-32-32-4, a step", "train_step/mlp-16-32-32-4/1/{}", perceptron(16, 32, 32, 4), 1),
    Work("16-32-32-4, a step", "train_step/mlp-16-32-32-4/32/{}", perceptron(16, 32, 32, 4), 32),
    Work("lecture-deep folded, outputs", "infer/{}/1", lecture(100, 5, False), 1, False),
    Work("lecture-deep folded, outputs", "infer/{}/64", lecture(100, 5, False), 64, False),
)


def batches(work, random):
    """Inputs (BATCHES, batch, inputs) and their targets: classes, or numbers."""
    shape = (BATCHES, work.batch)
    if work.has_symbols:
        return random.integers(0, SYMBOLS, (*shape, work.inputs)), random.integers(0, SYMBOLS, shape)
    return (random.standard_normal((*shape, work.inputs)).astype("f4"),
            random.standard_normal((*shape, work.sizes[-1])).astype("f4"))


def parameters(work, random):
    """Initial parameters: a dictionary of arrays for each layer, with PyTorch's names and shapes."""
    def of(layer):
        if layer.kind == "embedding":
            return {"weight": random.standard_normal((layer.inputs, layer.outputs)).astype("f4")}
        if layer.kind == "batchnorm":
            return {"weight": random.uniform(0.5, 1, layer.outputs).astype("f4"),
                    "bias": random.uniform(-0.1, 0.1, layer.outputs).astype("f4")}
        if layer.kind == "tanh":
            return {}
        scale = layer.inputs ** -0.5
        made = {"weight": (scale * random.standard_normal((layer.outputs, layer.inputs))).astype("f4")}
        return made | ({"bias": random.uniform(-scale, scale, layer.outputs).astype("f4")} if layer.has_bias else {})
    return [of(layer) for layer in work.layers]
