"""README's PyTorch section, run: nib's models in PyTorch, and PyTorch's in nib.

    python3 pytorch_test.py NIB LIBNIB.SO WORK

Trains with the program NIB, loads the file into the module that README.md shows, and compares logits and losses with those of
the library, both ways. Needs PyTorch and the safetensors package: without them it says so and exits with 77.
"""

import ctypes
import pathlib
import shutil
import re
import subprocess
import sys

try:
    import torch
    import torch.nn.functional as F
    from safetensors.torch import load_file, save_file
    from safetensors import safe_open
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
NIB, LIBRARY, WORK = sys.argv[1], ctypes.CDLL(sys.argv[2]), pathlib.Path(sys.argv[3])
TOLERANCE = 1e-5
SMALL = ["--embedding", "10", "--hidden", "40", "--steps", "300"]
# Name, options of nib train, arguments of the module.
NETWORKS = [
    ("deep", ["--preset", "lecture-deep"], dict(layers=5, output_batchnorm=True)),
    ("running_std", ["--preset", "lecture-batchnorm"], dict(layers=1, eps=0)),
    ("plain", ["--preset", "lecture-kaiming"], dict(layers=1, batchnorm=False)),
    ("relu", ["--preset", "lecture-deep", "--activation", "relu", "--hidden-layers", "2"],
     dict(layers=2, output_batchnorm=True, activation=torch.nn.ReLU)),
    ("gelu", ["--preset", "lecture-kaiming", "--activation", "gelu", "--hidden-layers", "2"],
     dict(layers=2, batchnorm=False, activation=torch.nn.GELU)),
    ("default", ["--context", "3"], dict(layers=2)),
]


def module():
    """The class Model of README.md."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    names = {}
    exec(next(block for block in blocks if "class Model" in block), names)
    return names["Model"]


def run(*arguments, code=0):
    done = subprocess.run([NIB, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, f"nib {arguments}: exit {done.returncode}\n{done.stderr}"
    return done.stdout, done.stderr


class Library:
    """The few calls of the C ABI that the comparison needs."""

    def __init__(self):
        LIBRARY.nib_context_message.restype = ctypes.c_char_p
        self.context = self._out(LIBRARY.nib_context_create, None)

    def _out(self, function, *arguments):
        handle = ctypes.c_void_p()
        status = function(*arguments, ctypes.byref(handle))
        assert status == 0, f"{function.__name__}: {status}"
        return handle

    def examples(self, split, count, context):
        path = str(ROOT / "data/names.txt").encode()
        dataset = self._out(LIBRARY.nib_dataset_load, self.context, path, None)
        contexts = torch.zeros(count, context, dtype=torch.int32)
        targets = torch.zeros(count, dtype=torch.int32)
        status = LIBRARY.nib_dataset_examples(dataset, split, ctypes.c_int64(0), ctypes.c_int64(count), context,
                                              ctypes.c_void_p(contexts.data_ptr()), ctypes.c_void_p(targets.data_ptr()))
        assert status == 0
        LIBRARY.nib_dataset_destroy(dataset)
        return contexts.long(), targets.long()

    def logits(self, path, contexts, vocabulary, folded=False):
        load, get, destroy = ((LIBRARY.nib_folded_load, LIBRARY.nib_folded_logits, LIBRARY.nib_folded_destroy) if folded
                              else (LIBRARY.nib_model_load, LIBRARY.nib_model_logits, LIBRARY.nib_model_destroy))
        model = self._out(load, self.context, str(path).encode())
        ids, logits = contexts.int().contiguous(), torch.zeros(len(contexts), vocabulary)
        status = get(model, ctypes.c_void_p(ids.data_ptr()), ctypes.c_int64(len(ids)), ctypes.c_void_p(logits.data_ptr()))
        assert status == 0
        destroy(model)
        return logits


def difference(a, b):
    return (a - b).abs().max().item()


@torch.no_grad()
def to_pytorch(library, model, path, contexts):
    """nib's file: every key, and the same logits."""
    model.load_state_dict(load_file(path), strict=True)
    model.eval()
    with safe_open(path, "pt") as file:  # what PyTorch saves as it was read, fits the checksum
        save_file(model.state_dict(), path.with_name("same.safetensors"), metadata=file.metadata())
    assert torch.equal(library.logits(path.with_name("same.safetensors"), contexts, 27),
                       library.logits(path, contexts, 27))
    return difference(model(contexts), library.logits(path, contexts, 27))


def train(model, contexts, targets):
    torch.manual_seed(1)
    model.train()
    for module in model.modules():
        # Newer versions refuse to train with 0; the variance stays as it is with this one, too.
        if isinstance(module, torch.nn.BatchNorm1d) and module.eps == 0:
            module.eps = torch.finfo(torch.float32).tiny
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(30):
        picked = torch.randint(0, len(targets), (64,))
        optimizer.zero_grad()
        F.cross_entropy(model(contexts[picked]), targets[picked]).backward()
        optimizer.step()
    model.eval()


@torch.no_grad()
def to_nib(library, model, original, folder, options, contexts, validation):
    """PyTorch's file: with the metadata but for the checksum, without by --like or --init."""
    with safe_open(original, "pt") as file:
        metadata = file.metadata()
    whole, bare, folded = folder / "whole.safetensors", folder / "bare.safetensors", folder / "folded.nib"
    save_file(model.state_dict(), whole, metadata=metadata)
    _, message = run("eval", whole, code=1)
    assert "taken without \"checksum\" in its metadata" in message, message
    metadata.pop("checksum")
    save_file(model.state_dict(), whole, metadata=metadata)
    save_file(model.state_dict(), bare)
    loss = F.cross_entropy(model(validation[0]), validation[1]).item()
    expected = model(contexts)
    worst = difference(expected, library.logits(whole, contexts, 27))

    for arguments in ([whole], [bare, "--like", original]):
        got, _ = run("eval", *arguments, "--split", "val")
        assert abs(float(got.split()[1]) - loss) <= TOLERANCE, f"{arguments}: {got} instead of {loss}"
        run("fold", *arguments, "-o", folded)
        worst = max(worst, difference(expected, library.logits(folded, contexts, 27, folded=True)))
    _, message = run("eval", bare, code=1)
    assert "state_dict" in message and "--like" in message, message
    _, message = run("eval", whole, "--like", ROOT / "tests/goldens/model.safetensors", code=1)

    # One step so small that no parameter moves; the running statistics do.
    still = ["--steps", "1", "--lr", "1e-30", "--log-every", "1"]
    sizes = [each for each in options if each not in ("--steps", "300")]
    run("train", "--init", whole, *still, "--out", folder / "again")
    run("train", "--init", bare, *sizes, *still, "--out", folder / "again_bare")
    for again in ("again", "again_bare"):
        tensors = load_file(folder / again / "model.safetensors")
        for name, value in model.named_parameters():
            assert difference(value, tensors[name]) == 0, f"{again}: {name} is not what it began with"
    _, message = run("train", "--init", bare, "--hidden", "41", "--out", folder / "again_wrong", code=1)
    assert "hidden.0" in message or "embedding" in message, message
    return worst


def main():
    torch.set_num_threads(1)
    shutil.rmtree(WORK, ignore_errors=True)
    library, Model = Library(), module()
    worst = [0.0, 0.0]
    for name, options, arguments in NETWORKS:
        folder = WORK / name
        options = options + SMALL
        run("train", *options, "--out", folder)
        original = folder / "model.safetensors"
        model = Model(27, 3, 10, 40, **arguments)
        validation = library.examples(1, 21952, 3)
        contexts = validation[0][:2000]
        forth = to_pytorch(library, model, original, contexts)
        train(model, *library.examples(0, 20000, 3))
        back = to_nib(library, model, original, folder, options, contexts, validation)
        print(f"{name}: largest difference of a logit {forth:.1e} in PyTorch, {back:.1e} back in nib")
        worst = [max(worst[0], forth), max(worst[1], back)]
    print(f"largest difference of a logit: {worst[0]:.1e} in PyTorch, {worst[1]:.1e} back in nib")
    assert max(worst) <= TOLERANCE, f"expected at most {TOLERANCE}"


main()
