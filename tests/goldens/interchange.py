"""interchange.json and its .safetensors files: models of module.py, trained a little and saved as any user would."""

import os

import torch
import torch.nn.functional as F

from module import Model

SIZES = dict(vocabulary=27, context_length=3, embedding_size=4, hidden_size=9)
FILES = {
    "model.safetensors": dict(SIZES, hidden_layers=2, batchnorm=True, output_batchnorm=True),
    "model_plain.safetensors": dict(SIZES, hidden_layers=1, batchnorm=False, output_batchnorm=False),
}


def _train(model, contexts, targets):
    generator = torch.Generator().manual_seed(3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(200):
        picked = torch.randint(0, len(targets), (64,), generator=generator)
        optimizer.zero_grad()
        F.cross_entropy(model(contexts[picked]), targets[picked]).backward()
        optimizer.step()


@torch.no_grad()
def _record(model, name, arguments, data):
    """What nib must read out of the file: shapes, logits of ten contexts, the loss of the validation split."""
    contexts, targets = data.examples("val", arguments["context_length"])
    return {
        "file": name,
        "data": "names",
        "data_sha256": data.sha256,
        "module": arguments,
        "tensors": {key: list(value.shape) for key, value in model.state_dict().items()},
        "contexts": contexts[:10].tolist(),
        "logits": model(contexts[:10]).tolist(),
        "val_loss": F.cross_entropy(model(contexts), targets).item(),
    }


def make_interchange(maker):
    from safetensors.torch import save_file  # the only golden that needs the package

    data = maker.data("names")
    records = []
    for name, arguments in FILES.items():
        torch.manual_seed(4)
        model = Model(**arguments)
        _train(model, *data.examples("train", arguments["context_length"]))
        model.eval()
        save_file(model.state_dict(), os.path.join(maker.out, name))
        records.append(_record(model, name, arguments, data))
    return {"files": records}
