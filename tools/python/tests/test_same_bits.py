"""A run of the program and the same run from Python give equal files."""

import numpy as np
import pytest

import nib

ROWS = np.random.default_rng(3).normal(size=(200, 5)).astype(np.float32)
CLASSES = (ROWS[:, 0] > 0).astype(np.int64) + (ROWS[:, 1] > 0)


def same(folder, model, best=None):
    assert model.to_bytes() == (folder / "model.safetensors").read_bytes()
    if best:
        assert best.to_bytes() == (folder / "best.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("", {}),
        ("--preset mlp --steps 300", {"preset": "mlp", "steps": 300}),
        (
            "--preset lecture-deep --steps 101 --context 4 --lr 0.05",
            {"preset": "lecture-deep", "steps": 101, "context": 4, "learning_rate": 0.05},
        ),
        (
            "--steps 90 --batch 16 --optimizer sgd --momentum 0.9 --clip-norm 1 --seed 7 --schedule constant "
            "--warmup 5",
            {
                "steps": 90,
                "batch_size": 16,
                "optimizer": "sgd",
                "momentum": 0.9,
                "clip_norm": 1,
                "seed": 7,
                "schedule": "constant",
                "warmup_steps": 5,
            },
        ),
    ],
)
def test_text(program, names, tmp_path, words, options):
    items = names[:300]
    (tmp_path / "items.txt").write_text("\n".join(items) + "\n")
    program("train", "items.txt", "--out", "run", *words.split(), cwd=tmp_path)
    model, best = nib.TextModel(**options), nib.TextModel(**options)
    model.fit(items)
    same(tmp_path / "run", model)
    if "lecture" not in words:
        best.fit(items, keep_best=True)
        same(tmp_path / "run", model, best)


@pytest.mark.parametrize(
    ("learned", "words", "network", "options"),
    [
        (CLASSES, "", "standardize, linear 64 gain=0.577, relu, linear gain=0.1", {}),
        (
            CLASSES,
            "--hidden 16 --batchnorm on --epochs 7 --batch 8 --scale off",
            "linear 16 gain=0.577, batchnorm, relu, linear gain=0.1",
            {"epochs": 7, "batch_size": 8},
        ),
        (
            ROWS @ np.ones((5, 1), np.float32),
            "",
            "standardize, linear 64 gain=0.577, relu, linear gain=0.1, unscale",
            {},
        ),
    ],
)
def test_table(program, tmp_path, learned, words, network, options):
    np.savez(tmp_path / "rows.npz", x=ROWS, y=learned)
    program("train", "rows.npz", "--out", "run", *words.split(), cwd=tmp_path)
    model, best = nib.Model(network), nib.Model(network)
    model.train(ROWS, learned, validation=0.1, test=0.1, **options)
    best.train(nib.Dataset.load_table(tmp_path / "rows.npz"), keep_best=True, **options)
    same(tmp_path / "run", model, best)


def test_predictions(program, model, blobs, tmp_path):
    x, _ = blobs
    model.save(tmp_path / "m.safetensors")
    np.save(tmp_path / "x.npy", x)
    program("predict", "m.safetensors", "x.npy", "-o", "y.npy", cwd=tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), model.predict(x))


def test_folded_files(program, model, tmp_path):
    model.save(tmp_path / "m.safetensors")
    program("fold", "m.safetensors", "-o", "m.nib", cwd=tmp_path)
    assert model.fold().to_bytes() == (tmp_path / "m.nib").read_bytes()
