"""The options of nib.h as dictionaries, field by field, and the presets.

The network's text is written as nib prints it. Enumerations are words: optimizer sgd, adamw; schedule step, cosine, constant.
"""

from network_text import mlp

TRAIN_A = dict(
    steps=200000,
    batch_size=32,
    segments=1,
    optimizer="sgd",
    schedule="step",
    learning_rate=0.1,
    decay_at=100000,
    decay_factor=0.1,
    min_learning_rate=0.0,
    warmup_steps=0,
    adam_beta1=0.9,
    adam_beta2=0.999,
    adam_eps=1e-8,
    weight_decay=0.01,
    momentum=0.0,
    clip_norm=0.0,
)

TRAIN_B = dict(TRAIN_A, decay_at=150000)

TRAIN_DEFAULT = dict(
    TRAIN_A,
    steps=15000,
    batch_size=128,
    optimizer="adamw",
    schedule="cosine",
    learning_rate=3e-3,
    decay_at=2**40,
    warmup_steps=200,
    weight_decay=0.5,
)

UNBIASED = "batchnorm variance=unbiased"
_RUNNING_STD = "batchnorm eps=0 momentum=0.001 variance=unbiased running=std"
_UNSURE = "init=scaled gain=0.01 bias-init=0"


def model(network, context_length=3, seed=2147483647):
    text = "symbols" if context_length == 8 else f"symbols context={context_length}"
    return {"network": network, "input": text, "seed": seed}


def deep(embedding=10, hidden=100, layers=5):
    """The text of lecture-deep, or of the same at other sizes."""
    return mlp(embedding, hidden, layers, linear="gain=1", norm=UNBIASED, output_norm=UNBIASED + " gain=0.1")


def _one_layer(linear="", norm="", output=_UNSURE):
    return model(mlp(10, 200, 1, linear=linear, norm=norm, output=output))


PRESETS = {
    "mlp": (model(mlp(24, 256, 2, norm="batchnorm", output="gain=0.1"), context_length=8), TRAIN_DEFAULT),
    "lecture-original": (_one_layer("init=scaled gain=1 bias-init=1", output="init=scaled bias-init=1"), TRAIN_A),
    "lecture-softmax": (_one_layer("init=scaled gain=1 bias-init=1"), TRAIN_A),
    "lecture-tanh": (_one_layer("init=scaled gain=0.2 bias-init=0.01"), TRAIN_A),
    "lecture-kaiming": (_one_layer("bias-init=0.01"), TRAIN_A),
    "lecture-batchnorm": (_one_layer(norm=_RUNNING_STD), TRAIN_A),
    "lecture-deep": (model(deep()), TRAIN_B),
}
