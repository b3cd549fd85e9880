"""interchange.json and its .safetensors files: networks of module.py, trained a little and saved as any user would."""

import os

import torch
import torch.nn.functional as F

from module import sequential
from network_text import context_length, mlp
from presets import model

FILES = {
    "model.safetensors": model(mlp(4, 9, 2, norm="batchnorm", output_norm="batchnorm")),
    "model_plain.safetensors": model(mlp(4, 9, 1)),
}


def _train(network, contexts, targets):
    generator = torch.Generator().manual_seed(3)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(200):
        picked = torch.randint(0, len(targets), (64,), generator=generator)
        optimizer.zero_grad()
        F.cross_entropy(network(contexts[picked]), targets[picked]).backward()
        optimizer.step()


@torch.no_grad()
def _record(network, name, options, data):
    """The contents that nib must read: shapes, logits of ten contexts, the loss of the validation split."""
    contexts, targets = data.examples("val", context_length(options["input"]))
    return {
        "file": name,
        "data": "names",
        "data_sha256": data.sha256,
        "model": options,
        "tensors": {key: list(value.shape) for key, value in network.state_dict().items()},
        "contexts": contexts[:10].tolist(),
        "logits": network(contexts[:10]).tolist(),
        "val_loss": F.cross_entropy(network(contexts), targets).item(),
    }


def make_interchange(maker):
    from safetensors.torch import save_file  # the only golden that needs the package

    data = maker.data("names")
    records = []
    for name, options in FILES.items():
        torch.manual_seed(4)
        network = sequential(options["network"], options["input"], 27)
        _train(network, *data.examples("train", context_length(options["input"])))
        network.eval()
        save_file(network.state_dict(), os.path.join(maker.out, name))
        records.append(_record(network, name, options, data))
    return {"files": records}
