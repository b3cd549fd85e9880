"""JAX: the network as a compiled function, with the channels last, as its compiler prefers."""
import jax
import jax.numpy as jnp
from jax import lax

version = f"JAX {jax.__version__}"


def prepared(parameters):
    """Convolutions' weights with the channels last: (window, in, out)."""
    return {name: jnp.asarray(values if values.ndim < 3 else values.transpose(*range(2, values.ndim), 1, 0))
            for name, values in parameters.items()}


def forward(layers, tensors, x, trains, prefix=""):
    """The outputs. In evaluation, the running statistics are those before training: mean 0, variance 1."""
    for i, layer in enumerate(layers):
        x = apply(layer, tensors, x, trains, f"{prefix}{i}.")
    return x


def apply(layer, tensors, x, trains, name):
    axes = x.ndim - 2
    if layer.word in ("conv1d", "conv2d"):
        stride, padding = (layer.extents(key, usual) for key, usual in (("stride", 1), ("padding", 0)))
        letters = "HW"[:axes]
        x = lax.conv_general_dilated(x, tensors[name + "weight"], stride * axes if len(stride) == 1 else stride,
                                     [(each, each) for each in (padding * axes)[:axes]],
                                     dimension_numbers=(f"N{letters}C", f"{letters}IO", f"N{letters}C"))
        return x + tensors[name + "bias"] if name + "bias" in tensors else x
    if layer.word == "batchnorm":
        others = tuple(range(x.ndim - 1))
        mean, variance = (x.mean(others), x.var(others)) if trains else (0, 1)
        return (x - mean) * lax.rsqrt(variance + 1e-5 * jnp.ones(())) * tensors[name + "weight"] + tensors[name + "bias"]
    if layer.word == "residual":
        return (forward(layer.main, tensors, x, trains, name)
                + forward(layer.shortcut, tensors, x, trains, name + "shortcut."))
    if layer.word == "maxpool":
        size, stride, border = layer.window[0], layer.extents("stride", 1)[0], layer.extents("padding", 0)[0]
        return lax.reduce_window(x, -jnp.inf, lax.max, (1, size, size, 1), (1, stride, stride, 1),
                                 ((0, 0), (border, border), (border, border), (0, 0)))
    if layer.word == "linear":
        return x @ tensors[name + "weight"].T + tensors[name + "bias"]
    if layer.word == "flatten":  # in the order of the channels first
        return jnp.moveaxis(x, -1, 1).reshape(x.shape[0], -1)
    return x.mean(tuple(range(1, x.ndim - 1))) if layer.word == "global-average" else jnp.maximum(x, 0)


class Jax:
    name = "JAX"

    def __init__(self, network, parameters, x, classes, rate):
        self.layers, self.tensors, self.rate = network.layers, prepared(parameters), rate
        self.x, self.classes = jnp.moveaxis(jnp.asarray(x), 1, -1), jnp.asarray(classes)

    def training(self):
        def loss(tensors):
            logits = jax.nn.log_softmax(forward(self.layers, tensors, self.x, True))
            return -logits[jnp.arange(len(self.classes)), self.classes].mean()
        gradients = jax.value_and_grad(loss)

        @jax.jit
        def step(tensors):
            value, slopes = gradients(tensors)
            return jax.tree.map(lambda old, slope: old - self.rate * slope, tensors, slopes), value

        def run(count):
            for _ in range(count):
                self.tensors, self.loss = step(self.tensors)
            self.loss.block_until_ready()
            return count
        return run, lambda: float(self.loss)

    def inference(self):
        outputs = jax.jit(lambda tensors, x: forward(self.layers, tensors, x, False))

        def run(count):
            for _ in range(count):
                self.outputs = outputs(self.tensors, self.x).block_until_ready()
            return count
        return run, lambda: jax.nn.softmax(self.outputs)


PEERS = (Jax,)
