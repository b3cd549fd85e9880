"""The options of nib.h as dictionaries, field by field, and the presets of the lecture.

Enumerations are words: activation tanh, relu, identity; bn_variance biased, unbiased; bn_running variance, std;
init scaled, fan-in; optimizer sgd, adamw; schedule step, cosine.
"""

MODEL_A = dict(
    context_length=3,
    embedding_size=10,
    hidden_size=200,
    hidden_layers=1,
    activation="tanh",
    batchnorm=0,
    output_batchnorm=0,
    bn_variance="unbiased",
    bn_running="std",
    bn_eps=0.0,
    bn_momentum=0.001,
    hidden_init="scaled",
    hidden_gain=1.0,
    hidden_bias_scale=1.0,
    output_init="scaled",
    output_gain=1.0,
    output_bias_scale=1.0,
    output_bn_gain=1.0,
    seed=2147483647,
)

MODEL_B = dict(
    MODEL_A,
    hidden_size=100,
    hidden_layers=5,
    batchnorm=1,
    output_batchnorm=1,
    bn_running="variance",
    bn_eps=1e-5,
    bn_momentum=0.1,
    hidden_init="fan-in",
    hidden_bias_scale=-1.0,
    output_init="fan-in",
    output_bias_scale=-1.0,
    output_bn_gain=0.1,
)

TRAIN_A = dict(
    steps=200000,
    batch_size=32,
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
)

TRAIN_B = dict(TRAIN_A, decay_at=150000)

_SOFTMAX = dict(MODEL_A, output_gain=0.01, output_bias_scale=0.0)
_TANH = dict(_SOFTMAX, hidden_gain=0.2, hidden_bias_scale=0.01)
_KAIMING = dict(_TANH, hidden_init="fan-in", hidden_gain=0.0)

PRESETS = {
    "lecture-original": (MODEL_A, TRAIN_A),
    "lecture-softmax": (_SOFTMAX, TRAIN_A),
    "lecture-tanh": (_TANH, TRAIN_A),
    "lecture-kaiming": (_KAIMING, TRAIN_A),
    "lecture-batchnorm": (dict(_KAIMING, batchnorm=1), TRAIN_A),
    "lecture-deep": (MODEL_B, TRAIN_B),
}


def preset(name, **overrides):
    """Model and train options of a preset; each override goes to the one that has the field."""
    model, train = (dict(options) for options in PRESETS[name])
    for field, value in overrides.items():
        options = model if field in model else train
        if field not in options:
            raise KeyError(field)
        options[field] = value
    return model, train
