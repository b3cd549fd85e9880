"""The networks as functions, for compilers of functions: of torch or of jax.numpy, both called xp."""


def forward(xp, work, parameters, x):
    """The outputs, and the mean and variance of each batchnorm."""
    moments = []
    for layer, tensors in zip(work.layers, parameters):
        if layer.kind == "embedding":
            x = tensors["weight"][x].reshape(x.shape[0], -1)
        elif layer.kind == "linear":
            x = x @ tensors["weight"].T
            x = x + tensors["bias"] if layer.has_bias else x
        elif layer.kind == "batchnorm":
            mean = x.mean(0)
            variance = ((x - mean) ** 2).mean(0)
            moments.append((mean, variance))
            x = (x - mean) * (variance + 1e-5) ** -0.5 * tensors["weight"] + tensors["bias"]
        else:
            x = xp.tanh(x)
    return x, moments


def loss(xp, work, parameters, x, y):
    """The mean loss of a batch, cross-entropy for classes or squared difference for numbers; and the moments."""
    outputs, moments = forward(xp, work, parameters, x)
    if not work.has_symbols:
        return ((outputs - y) ** 2).mean(), moments
    outputs = outputs - xp.amax(outputs, 1, keepdims=True)
    right = outputs[xp.arange(work.batch), y]
    return (xp.log(xp.exp(outputs).sum(1)) - right).mean(), moments


def moved(old, new):
    """Running statistics after a step."""
    return [tuple(0.9 * before + 0.1 * now for before, now in zip(*pair)) for pair in zip(old, new)]
