"""activations/WORD.json: an activation of torch.nn.functional at some points, and its slope there, in double.

    python3 activations.py WORD...              # the words of nib's activations: gelu-tanh, leaky-relu
"""

import os
import sys

import torch
import torch.nn.functional as F

from golden_file import write_golden

SPECIAL = {"identity": lambda x: x, "gelu-tanh": lambda x: F.gelu(x, approximate="tanh")}

# Around 0 and the kinks at -1 and 1, through the bend, and far out, where exponentials are 0 or infinite in a float.
POINTS = (
    [i / 8 for i in range(-96, 97)]
    + [sign * (one + step) for sign in (-1, 1) for one in (0, 1) for step in (1e-30, 1e-7, 1e-3, 0.01, 0.03)]
    + [sign * far for sign in (-1, 1) for far in (15, 17.3, 20, 20.5, 30, 50, 87, 88.5, 90, 103, 104.5, 150, 1e4, 1e30)]
)


def make_activation(word):
    function = SPECIAL.get(word) or getattr(F, word.replace("-", "_"))
    x = torch.tensor(POINTS, dtype=torch.float32).double().requires_grad_()
    y = function(x)
    y.sum().backward()
    return {
        "made_by": f"activations.py, PyTorch {torch.__version__.split('+')[0]}, float64",
        "x": x.tolist(),
        "y": y.tolist(),
        "slope": x.grad.tolist(),
    }


if __name__ == "__main__":
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "activations")
    os.makedirs(folder, exist_ok=True)
    for each in sys.argv[1:]:
        write_golden(folder, f"{each}.json", make_activation(each))
