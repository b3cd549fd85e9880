"""nib's network as a plain PyTorch module: the names and layouts of its tensors are those of nib's model.safetensors.

    import safetensors.torch
    model = Model(vocabulary=27, context_length=3, embedding_size=10, hidden_size=100, hidden_layers=5)
    model.load_state_dict(safetensors.torch.load_file("model.safetensors"))
    model.eval()
    logits = model(torch.tensor([[0, 0, 0]]))          # ids: 0 is the end mark, then the vocabulary in order

The other way, safetensors.torch.save_file(model.state_dict(), "model.safetensors") writes a file for nib. A nib model
whose bn_running is std has eps 0. In training mode BatchNorm1d normalises with the biased variance, as nib does with
bn_variance biased.
"""

from torch import nn


class Block(nn.Module):
    def __init__(self, fan_in, fan_out, batchnorm, activation, eps, momentum):
        super().__init__()
        self.linear = nn.Linear(fan_in, fan_out, bias=not batchnorm)
        self.batchnorm = nn.BatchNorm1d(fan_out, eps=eps, momentum=momentum) if batchnorm else nn.Identity()
        self.activation = activation

    def forward(self, x):
        return self.activation(self.batchnorm(self.linear(x)))


class Model(nn.Module):
    def __init__(
        self,
        vocabulary,
        context_length,
        embedding_size,
        hidden_size,
        hidden_layers,
        activation=nn.Tanh,
        batchnorm=True,
        output_batchnorm=True,
        eps=1e-5,
        momentum=0.1,
    ):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding_size)
        self.hidden = nn.ModuleList()
        fan_in = context_length * embedding_size
        for _ in range(hidden_layers):
            self.hidden.append(Block(fan_in, hidden_size, batchnorm, activation(), eps, momentum))
            fan_in = hidden_size
        self.output = Block(fan_in, vocabulary, output_batchnorm, nn.Identity(), eps, momentum)

    def forward(self, contexts):
        """contexts (n, context_length) of ids, oldest first; logits (n, vocabulary)."""
        x = self.embedding(contexts).flatten(1)
        for block in self.hidden:
            x = block(x)
        return self.output(x)
