"""nib's models in PyTorch, and PyTorch's in nib.

    python3 pytorch_test.py NIB LIBNIB.SO WORK [STEPS]

Trains with the program NIB (STEPS steps, 300 where none are given; 50 of a random list), on data/names.txt or the file
of NIB_LECTURE_NAMES, builds each file's module from the text in its metadata (tests/goldens/module.py), and compares
logits and losses with those of the library, both ways; the same for the module that nib export writes, from nib. Then
it runs tools/README.md's PyTorch section. Needs PyTorch and the safetensors package: without them it says so and exits
with 77.
"""

import os
import pathlib
import re
import shutil
import sys

try:
    import torch
    import torch.nn.functional as F
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "goldens"))

from library import Library
from module import sequential
from network_text import context_length
from networks import MIXED, NESTED, RMSNORM, random_lists
from program import ROOT, exported, logits_apart, metadata_of, run

WORK = pathlib.Path(sys.argv[3]).resolve()
STEPS = sys.argv[4] if len(sys.argv) > 4 else "300"
DATA = pathlib.Path(os.environ.get("NIB_LECTURE_NAMES") or ROOT / "data/names.txt").resolve()
PRESETS = ["default", "mlp"] + ["lecture-" + each for each in ("original", "softmax", "tanh", "kaiming", "batchnorm", "deep")]
SEED = 4  # of the random lists
LOGITS = 2e-5  # largest difference, over the largest logit or 1
LOSS = 1e-6
FIGURES = "{:14.1e}{:13.1e}{:14.1e}{:13.1e}{:14.1e}{:13.1e}"


def networks():
    """Name, options of nib train."""
    yield from ((name, ["--preset", name, "--steps", STEPS]) for name in PRESETS)
    yield "mixed", ["--context", "4", "--network", MIXED, "--steps", STEPS]
    yield "rmsnorm", ["--context", "3", "--network", RMSNORM, "--steps", STEPS]
    yield "nested", ["--context", "2", "--network", NESTED, "--steps", "50"]
    for i, (context, text) in enumerate(random_lists(10, SEED)):
        yield f"random {i}", ["--context", context, "--network", text, "--steps", "50"]


def refusal(error, call, *arguments):
    """The sentence of the error that a call must raise."""
    try:
        call(*arguments)
    except error as raised:
        return str(raised)
    raise AssertionError(f"{call} with {arguments} raised no {error.__name__}")


def loss_in_double(model, contexts, targets):
    """The loss for float32 parameters, with everything computed in double."""
    loss = F.cross_entropy(model.double()(contexts), targets).item()
    model.float()
    return loss


class Comparison:
    """A network that nib trained, in PyTorch; then the one that PyTorch made of it, in nib."""

    def __init__(self, library, name, options):
        self.library = library
        self.name = name
        self.folder = WORK / name.replace(" ", "_")
        self.file = self.folder / "model.safetensors"
        run("train", DATA, *options, "--out", self.folder)
        self.metadata = metadata_of(self.file)
        self.length = context_length(self.metadata["input"])
        self.validation = library.examples("val", self.length)
        self.contexts = self.validation[0][:2000]
        self.model = sequential(self.metadata["network"], self.metadata["input"], library.info.vocabulary)

    def parameters(self):
        return sum(each.numel() for each in self.model.parameters())

    @torch.no_grad()
    def to_pytorch(self):
        """Loads every key of nib's file; returns how far the logits and the validation loss are apart."""
        self.model.load_state_dict(load_file(self.file), strict=True)
        self.model.eval()
        same = self.folder / "same.safetensors"  # unchanged tensors that PyTorch saves fit the checksum
        save_file(self.model.state_dict(), same, metadata=self.metadata)
        expected = self.library.logits(self.file, self.contexts)
        assert torch.equal(self.library.logits(same, self.contexts), expected)
        loss = self.library.loss(self.file, "val")
        printed = float(run("eval", self.file, "--split", "val")[0].split()[1])
        assert abs(printed - loss) <= 5.1e-8, f"{self.name}: nib eval prints {printed}, nib_model_evaluate gives {loss}"
        apart = logits_apart(self.model(self.contexts), expected)
        return apart, abs(loss_in_double(self.model, *self.validation) - loss)

    @torch.no_grad()
    def export(self):
        """Loads nib's weights in the module of nib export; returns the differences of logits and loss."""
        made = exported(self.file, self.folder / "model.py")
        module = made.load(self.file)
        assert not any(each.training for each in module.modules())
        assert made.CONTEXT_LENGTH == self.length and len(made.VOCABULARY) == self.library.info.vocabulary
        expected = self.library.logits(self.file, self.contexts)
        apart = logits_apart(module(self.contexts), expected)
        loss = abs(loss_in_double(module, *self.validation) - self.library.loss(self.file, "val"))
        self._load_other_files(made, module.state_dict())
        self._train_exported(made, module)
        return apart, loss

    def _load_other_files(self, made, state):
        """A checkpoint has more tensors, a state_dict may lack num_batches_tracked; other missing tensors are named."""
        assert list(state) == list(self.model.state_dict())
        checkpoint = made.load(self.folder / "checkpoint.safetensors").state_dict()
        assert all(torch.equal(checkpoint[name], state[name]) for name in state)
        some = self.folder / "some.safetensors"
        kept = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
        save_file(kept, some)
        loaded = made.load(some).state_dict()
        assert all(torch.equal(loaded[name], kept[name]) for name in kept)
        kept["more.weight"] = kept.pop("0.weight")
        save_file(kept, some)
        sentence = refusal(RuntimeError, made.load, some)
        assert all(each in sentence for each in (str(some), "0.weight", "more.weight")), sentence
        save_file({**state, "0.weight": state["0.weight"][1:].clone()}, some)
        sentence = refusal(RuntimeError, made.load, some)
        assert str(some) in sentence and "size mismatch for 0.weight" in sentence, sentence

    @torch.enable_grad()
    def _train_exported(self, made, module):
        """A step of AdamW, where torch.nn trains as nib does; the parameters are in one group each."""
        groups = made.parameter_groups(module, 0.1)
        decay = {id(each): group["weight_decay"] for group in groups for each in group["params"]}
        parameters = dict(module.named_parameters())
        assert sum(len(group["params"]) for group in groups) == len(decay) == len(parameters)
        for name, each in parameters.items():
            is_matrix = name.endswith(".weight") and each.dim() == 2
            assert decay[id(each)] == (0.1 if is_matrix else 0), f"{name} decays by {decay[id(each)]}"
        network = self.metadata["network"]
        if "variance=unbiased" in network or "running=std" in network:
            sentence = refusal(RuntimeError, module.train)
            assert "for evaluation only" in sentence and "batchnorm" in sentence, sentence
            assert not any(each.training for each in module.modules())
            return
        assert module.train() is module and all(each.training for each in module.modules())
        optimizer = torch.optim.AdamW(groups, lr=1e-3)
        loss = F.cross_entropy(module(self.contexts[:64]), self.validation[1][:64])
        loss.backward()
        optimizer.step()
        assert loss.isfinite() and not torch.equal(module.state_dict()["0.weight"], load_file(self.file)["0.weight"])

    def train(self):
        contexts, targets = (each[:20000] for each in self.library.examples("train", self.length))
        torch.manual_seed(1)
        self.model.train()
        for module in self.model.modules():
            # Newer versions refuse to train with eps 0; the variance does not change with this eps either.
            if isinstance(module, torch.nn.BatchNorm1d) and module.eps == 0:
                module.eps = torch.finfo(torch.float32).tiny
        optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-2)
        for _ in range(30):
            picked = torch.randint(0, len(targets), (64,))
            optimizer.zero_grad()
            F.cross_entropy(self.model(contexts[picked]), targets[picked]).backward()
            optimizer.step()
        self.model.eval()

    @torch.no_grad()
    def to_nib(self):
        """PyTorch's file: with the metadata except the checksum, and without metadata by --like or --init."""
        whole, bare = self.folder / "whole.safetensors", self.folder / "bare.safetensors"
        save_file(self.model.state_dict(), whole, metadata=self.metadata)
        _, message = run("eval", whole, code=1)
        assert "taken without \"checksum\" in its metadata" in message, message
        kept = {key: value for key, value in self.metadata.items() if key != "checksum"}
        save_file(self.model.state_dict(), whole, metadata=kept)
        save_file(self.model.state_dict(), bare)
        loss = loss_in_double(self.model, *self.validation)
        apart = [logits_apart(self.model(self.contexts), self.library.logits(whole, self.contexts))]
        losses = [abs(self.library.loss(whole, "val") - loss)]
        for arguments in ([whole, DATA], [bare, DATA, "--like", self.file]):
            printed = float(run("eval", *arguments, "--split", "val")[0].split()[1])
            losses.append(abs(printed - loss))
            if self.name in PRESETS:
                folded = self.folder / "folded.nib"
                run("fold", *arguments, "-o", folded)
                logits = self.library.logits(folded, self.contexts, folded=True)
                apart.append(logits_apart(self.model(self.contexts), logits))
        _, message = run("eval", bare, code=1)
        assert "state_dict" in message and "--like" in message, message
        run("eval", whole, "--like", ROOT / "tests/goldens/model.safetensors", code=1)
        self._begin_with(whole, bare)
        return max(apart), max(losses)

    def _begin_with(self, whole, bare):
        """One step so small that no parameter moves; the running statistics do."""
        still = ["--steps", "1", "--lr", "1e-30", "--log-every", "1"]
        network = ["--network", self.metadata["network"], "--input", self.metadata["input"]]
        run("train", DATA, "--init", whole, *still, "--out", self.folder / "again")
        run("train", DATA, "--init", bare, *network, *still, "--out", self.folder / "again_bare")
        for again in ("again", "again_bare"):
            tensors = load_file(self.folder / again / "model.safetensors")
            for name, value in self.model.named_parameters():
                assert torch.equal(value, tensors[name]), f"{self.name}: {again}: {name} is not what it began with"


def compare(library):
    """Prints a line for each network, and raises an exception if any of them is too far off."""
    print(f"{'network':18}{'parameters':>10}   in PyTorch: logits, loss   exported: logits, loss    "
          f"back in nib: logits, loss   text")
    far = []
    worst = [0.0] * 6
    for name, options in networks():
        pair = Comparison(library, name, options)
        apart = [*pair.to_pytorch(), *pair.export()]
        pair.train()
        apart += pair.to_nib()
        figures = FIGURES.format(*apart)
        text = f"{pair.metadata['input']}: {pair.metadata['network']}"
        print(f"{name:18}{pair.parameters():10}{figures}   {text}", flush=True)
        worst = [max(each) for each in zip(worst, apart)]
        if not all(each <= bound for each, bound in zip(apart, 3 * [LOGITS, LOSS])):  # a NaN is too far off as well
            far.append(name)
    print(f"{'largest':28}" + FIGURES.format(*worst))
    assert not far, f"{far}: expected at most {LOGITS} and {LOSS}"


ODD = "\t\0 \"$'\\{#%\x7f\x85\xe9e\u0301\u20ac\u2028\u202e\ufeff\uffff\U0001f600\U0010ffff"


def check_vocabularies():
    """Symbols that Python writes specially, as code points and as bytes."""
    text = WORK / "odd.txt"
    text.write_bytes("\n".join(f"{symbol}a{symbol}" for symbol in ODD).encode() + b"\n")
    for name, options in (("utf8", []), ("bytes", ["--bytes"])):
        folder = WORK / name
        run("train", text, "--context", "4", "--network", "embedding 3, flatten, linear", "--steps", "1", "--out", folder,
            *options)
        made = exported(folder / "model.safetensors", folder / "model.py")
        numbers = [int(each) for each in metadata_of(folder / "model.safetensors")["vocabulary"].split()]
        word = "".join(map(chr, numbers)) if name == "utf8" else bytes(numbers)
        assert name == "bytes" or set(word) == set(ODD + "a")
        assert [*made.VOCABULARY[1:]] == [word[i : i + 1] for i in range(len(word))] and not made.VOCABULARY[0]
        ids = [*range(1, len(numbers) + 1)]
        assert made.encode(word) == ids and made.decode([0, *ids, 0]) == word
        assert made.contexts([word[:0], word[:2], word]).tolist() == [[0] * 4, [0, 0, 1, 2], ids[-4:]]
        assert made.load(folder / "model.safetensors")(made.contexts([])).shape == (0, len(ids) + 1)
        assert "lacks" in refusal(ValueError, made.encode, "z" if name == "utf8" else b"z")


def table_rows():
    """Rows of five numbers on scales far apart, two, four classes, and a number of each."""
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(200, 5, generator=generator) * torch.tensor([1, 100, 1e-3, 5, 1]) + torch.tensor([0, 1000, 0, -3, 7])
    two = [f"c{int(each)}" for each in x[:, 0] > 0]
    four = [f"{a}{int(b)}" for a, b in zip(two, x[:, 3] > -3)]
    return x, {"two": two, "four": four, "number": (3 * x[:, 1] + x[:, 4].sin()).tolist()}


def predictions(file, table):
    """The output of nib predict for the rows: one tensor, a line a row."""
    out, _ = run("predict", file, table)
    lines = [line.split(",") for line in out.splitlines()[1:]]
    return torch.tensor([[float(each) for each in (line if len(line) == 1 else line[1:])] for line in lines])


def check_tables():
    """The module of a model of a table, and a folded file, beside nib's own predictions."""
    x, targets = table_rows()
    links = {"two": lambda z: torch.cat([torch.sigmoid(-z), torch.sigmoid(z)], 1), "four": lambda z: z.softmax(1)}
    for name, values in targets.items():
        folder, table = WORK / f"table-{name}", WORK / f"{name}.csv"
        lines = [",".join([*map(repr, row), str(value)]) for row, value in zip(x.tolist(), values)]
        table.write_text("\n".join(["a,b,c,d,e,y", *lines]) + "\n")
        loss = ["--loss", "logistic"] if name == "two" else []
        run("train", table, "--target", "y", "--network", "linear 16, batchnorm, gelu, residual(linear 16, layernorm), linear",
            "--steps", "200", "--out", folder, *loss)
        model, folded = folder / "model.safetensors", folder / "model.nib"
        run("fold", model, "-o", folded)
        module = exported(model, folder / "model.py")
        assert module.FEATURES == 5 and module.COLUMNS == ["a", "b", "c", "d", "e"]
        answers = getattr(module, "TARGETS" if name == "number" else "CLASSES")
        assert answers == (["y"] if name == "number" else sorted(set(values)))
        with torch.no_grad():
            got = links.get(name, lambda z: z)(module.load(model)(x))
        for file in (model, folded):
            apart = logits_apart(predictions(file, table), got)
            assert apart <= LOGITS, f"{file}: {apart}"
        print(f"table of {name}: predictions within {LOGITS} of PyTorch's, of the model and of the folded file")


def run_readme(library):
    """The section's Python and its commands, in their order, beside a run as tools/README.md makes it."""
    section = re.search(r"^## PyTorch\n(.*?)(?=^## |\Z)", (ROOT / "tools/README.md").read_text(), re.S | re.M)[1]
    folder = WORK / "readme"
    folder.mkdir(parents=True)
    run("train", DATA, "--steps", "50", cwd=folder)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    names = {}
    commands = 0
    for block, command in re.findall(r"```python\n(.*?)```|^    nib ([^#\n]*)", section, re.S | re.M):
        if command:
            run(*command.split())
            commands += 1
        else:
            exec(block, names)
    assert commands >= 3, "tools/README.md's PyTorch section shows nib's commands"
    contexts, _ = library.examples("val", 10)
    with torch.no_grad():
        expected = names["model"](contexts)
    for file in ("nib-run/model.safetensors", "mine.safetensors"):
        assert logits_apart(expected, library.logits(file, contexts)) <= LOGITS, f"tools/README.md: {file}"
    _, message = run("train", "--init", "bare.safetensors", "--hidden", "255", "--out", "wrong", code=1)
    assert "2.weight" in message, message


def main():
    torch.set_num_threads(1)
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    library = Library(pathlib.Path(sys.argv[2]).resolve(), DATA)
    check_vocabularies()
    check_tables()
    compare(library)
    run_readme(library)


main()
