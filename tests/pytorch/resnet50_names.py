"""The names that torchvision's resnet50 gives to the tensors of the preset resnet50, as a map for nib train --names.

    python3 resnet50_names.py > resnet50.names

Needs nothing but Python.
"""

STAGES = [(3, 64), (4, 128), (6, 256), (3, 512)]  # blocks, and channels within a block
EXPANSION = 4  # of them behind a block
PARAMETERS = 25557032


def _convolution(theirs, ours, outputs, inputs, size):
    yield f"{theirs}.weight", f"{ours}.weight", (outputs, inputs, size, size)


def _norm(theirs, ours, size):
    for name in ("weight", "bias", "running_mean", "running_var"):
        yield f"{theirs}.{name}", f"{ours}.{name}", (size,)
    yield f"{theirs}.num_batches_tracked", f"{ours}.num_batches_tracked", ()


def _block(theirs, ours, inputs, channels, has_projection):
    """Convolutions of 1, 3 and 1, each with a norm: in nib's list at 0, 3 and 6, with activations between."""
    outputs = EXPANSION * channels
    for i, (into, out, size) in enumerate([(inputs, channels, 1), (channels, channels, 3), (channels, outputs, 1)]):
        yield from _convolution(f"{theirs}.conv{i + 1}", f"{ours}.{3 * i}", out, into, size)
        yield from _norm(f"{theirs}.bn{i + 1}", f"{ours}.{3 * i + 1}", out)
    if has_projection:
        yield from _convolution(f"{theirs}.downsample.0", f"{ours}.shortcut.0", outputs, inputs, 1)
        yield from _norm(f"{theirs}.downsample.1", f"{ours}.shortcut.1", outputs)


def tensors():
    """torchvision's name, nib's name and the shape of each tensor."""
    yield from _convolution("conv1", "0", 64, 3, 7)
    yield from _norm("bn1", "1", 64)
    inputs, position = 64, 4
    for stage, (blocks, channels) in enumerate(STAGES):
        for block in range(blocks):
            yield from _block(f"layer{stage + 1}.{block}", str(position), inputs, channels, block == 0)
            inputs, position = EXPANSION * channels, position + 2  # an activation stands behind each block
    yield "fc.weight", f"{position + 1}.weight", (1000, inputs)
    yield "fc.bias", f"{position + 1}.bias", (1000,)


def text():
    """The map: a line for each tensor."""
    return "".join(f"{theirs} {ours}\n" for theirs, ours, _ in tensors())


if __name__ == "__main__":
    print(text(), end="")
