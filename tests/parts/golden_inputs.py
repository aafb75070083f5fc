"""The files that the golden tests judge: predictions, histories, and bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ids = NDArray[np.int64]

MARS = {
    "other": 0.8118,
    "crater": 0.0774,
    "dark dune": 0.0118,
    "slope streak": 0.0243,
    "bright dune": 0.0255,
    "impact ejecta": 0.0073,
    "swiss cheese": 0.0282,
    "spider": 0.0137,
}
"""Classes of HiRISE v3.2 and their frequencies: majority .8118, entropy .799 nats."""

VERDICTS: dict[str, tuple[str | None, int, str]] = {
    "constant": ("collapsed", 1, "HR201"),
    "good": ("healthy", 0, ""),
    "permuted-against-truth": ("uninformed", 1, "HR206"),
    "four-classes-never-predicted": ("partly-collapsed", 1, "HR202"),
    "class-order-permuted": ("uninformed", 1, "HR207"),
    "weak-balanced": ("weak", 0, "HR204"),
    "rare-detector": ("weak", 0, ""),
    "words-that-look-missing": ("healthy", 0, ""),
    "too-few": ("undetermined", 0, ""),
    "one-class-only": ("undetermined", 0, ""),
    "no-truth": ("undetermined", 0, ""),
    "not-predictions": (None, 2, ""),
}
"""Public case -> its verdict (None: refused), exit status, and a code it must have."""


def write_inputs(folder: Path) -> None:
    """Write every input of the golden tests to `folder`."""
    for name, columns in public_cases().items():
        pd.DataFrame(columns).to_csv(folder / f"{name}.csv", index=False)
    _write_predictions(folder)
    _write_histories(folder)
    _write_bad_files(folder)


def public_cases() -> dict[str, Mapping[str, Any]]:
    """The columns of each public case, from one generator whose draws stay in order."""
    rng = np.random.default_rng(7)
    truth = rng.choice(len(MARS), 3_000, p=list(MARS.values()))
    of_five = truth % 5
    cases: dict[str, Mapping[str, Any]] = {
        "constant": _named(truth, truth * 0),
        "good": _named(truth, _mistaken(rng, truth, 8, accuracy=0.97)),
        "permuted-against-truth": _named(truth, rng.permutation(truth)),
        "four-classes-never-predicted": _named(truth, np.where(truth > 3, 0, truth)),
        "class-order-permuted": _named(
            of_five, _mistaken(rng, (of_five + 2) % 5, 5, accuracy=0.97)
        ),
    }
    even = rng.integers(0, 5, 2_000)
    cases["weak-balanced"] = {
        "y_true": even,
        "y_pred": _mistaken(rng, even, 5, accuracy=0.5),
    }
    rare = (rng.random(6_000) < 0.015).astype(int)
    found = rng.random(6_000) < 0.53
    words = ["None", "NA", "007"] * 200
    return {
        **cases,
        "rare-detector": {"y_true": rare, "y_pred": rare * found},
        "words-that-look-missing": {"y_true": words, "y_pred": words},
        "too-few": {"y_true": [0, 1, 0, 1], "y_pred": [0, 0, 0, 0]},
        "one-class-only": {"y_true": ["a"] * 300, "y_pred": ["a"] * 300},
        "no-truth": {"image": [f"{i}.jpg" for i in range(99)], "y_pred": ["a"] * 99},
        "not-predictions": {"foo": [1, 2]},
    }


def _mistaken(
    rng: np.random.Generator, truth: Ids, n_classes: int, *, accuracy: float
) -> Ids:
    """`truth` with a share of 1 − `accuracy` moved to another class."""
    wrong = rng.random(len(truth)) > accuracy
    moved = (truth + rng.integers(1, n_classes, len(truth))) % n_classes
    return np.where(wrong, moved, truth)


def _named(y_true: Ids, y_pred: Ids) -> dict[str, list[str]]:
    names = list(MARS)
    return {
        "y_true": [names[i] for i in y_true],
        "y_pred": [names[i] for i in y_pred],
    }


def make_scores(
    *, n_images: int = 360, seed: int = 3, split: str = "val"
) -> pd.DataFrame:
    """Logits of three classes that tell most of the truth, with HiRISE names."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, n_images, p=[0.6, 0.3, 0.1])
    logits = np.round(rng.normal(size=(n_images, 3)) + 2 * np.eye(3)[truth], 3)
    # Two images per landmark, six landmarks per observation.
    images = [
        f"ESP_{seed * 1_000 + i // 12:06d}_1450_RED-{i // 2 % 6:04d}"
        f"{'-r90' if i % 2 else ''}.jpg"
        for i in range(n_images)
    ]
    names = ["plain", "crater", "dune"]
    table = pd.DataFrame(logits, columns=names)
    table.insert(0, "image", images)
    table.insert(1, "y_true", [names[i] for i in truth])
    return table.assign(split=split)


def make_probabilities(scores: pd.DataFrame) -> pd.DataFrame:
    """`scores` with the softmax of their logits."""
    names = ["plain", "crater", "dune"]
    powers = np.exp(scores[names].to_numpy())
    table = scores.copy()
    table[names] = powers / powers.sum(axis=1, keepdims=True)
    return table


def _write_predictions(folder: Path) -> None:
    scores = make_scores()
    table = make_probabilities(scores)
    table.to_csv(folder / "probabilities.csv", index=False)
    table.to_csv(folder / "semicolons.csv", index=False, sep=";")
    table.to_parquet(folder / "probabilities.parquet")
    scores.to_csv(folder / "logits.csv", index=False)
    splits = [make_scores(n_images=60, seed=4, split="train"), scores]
    splits.append(make_scores(n_images=120, seed=5, split="test"))
    make_probabilities(pd.concat(splits)).to_csv(folder / "splits.csv", index=False)
    part = table.assign(y_true=table["y_true"].where(table.index % 3 > 0))
    part.to_csv(folder / "partly-labelled.csv", index=False)
    grouped = table.drop(columns="image").assign(group=table.index // 9)
    grouped.to_csv(folder / "groups.csv", index=False)
    names = ["plain", "crater", "dune"]
    np.savez(
        folder / "arrays.npz",
        y_true=np.array([names.index(name) for name in table["y_true"]]),
        proba=table[names].to_numpy(),
    )
    dune = (table["y_true"] == "dune").astype(int)
    binary = pd.DataFrame({"y_true": dune, "proba": table["dune"]})
    binary.to_csv(folder / "binary.csv", index=False)
    same = pd.DataFrame({"y_true": [0, 1, 0, 0] * 20, "proba_0": 0.75, "proba_1": 0.25})
    same.to_csv(folder / "same-row.csv", index=False)
    small_table(60).to_csv(folder / "small.csv", index=False)


def small_table(n_images: int) -> pd.DataFrame:
    """Image, truth, prediction and three probabilities of some images."""
    table = make_probabilities(make_scores(n_images=n_images, seed=8))
    names = np.array(["plain", "crater", "dune"])
    called = names[table[names].to_numpy().argmax(axis=1)]
    table.insert(2, "y_pred", called)
    return table.drop(columns="split")


def _write_histories(folder: Path) -> None:
    epochs = pd.DataFrame(
        {
            "epoch": range(6),
            "loss": [1.1, 0.9, 0.82, 0.805, 0.80, 0.799],
            "accuracy": [0.71, 0.8, 0.8118, 0.8118, 0.8118, 0.8118],
            "val_loss": [0.95, 0.85, 0.812, 0.806, 0.805, 0.805],
            "val_accuracy": [0.79, 0.8118, 0.8118, 0.8118, 0.8118, 0.8118],
        }
    )
    epochs.to_csv(folder / "history.csv", index=False)
    columns = {k: list(v) for k, v in epochs.drop(columns="epoch").items()}
    (folder / "history.json").write_text(json.dumps(columns), encoding="utf-8")
    learning = epochs.assign(
        loss=[1.1, 0.8, 0.6, 0.5, 0.4, 0.35],
        accuracy=[0.6, 0.7, 0.78, 0.83, 0.86, 0.89],
        val_loss=[1.0, 0.8, 0.7, 0.65, 0.66, 0.68],
        val_accuracy=[0.61, 0.7, 0.74, 0.77, 0.78, 0.775],
    )
    learning.to_csv(folder / "learning.csv", index=False)
    broken = epochs.assign(loss=[1.1, 3.0, float("nan"), *[float("nan")] * 3])
    broken.to_csv(folder / "not-a-number.csv", index=False)


BAD_TEXTS = {
    "empty.csv": "",
    "header-only.csv": "y_true,y_pred\n",
    "no-predictions.csv": "y_true\na\nb\n",
    "column-twice.csv": "y_true,y_true,y_pred\na,a,a\n",
    "empty-prediction.csv": "y_true,y_pred\na,a\nb,\n",
    "too-many-fields.csv": "y_true,y_pred\na,a,a\n",
    "sum-is-not-one.csv": "y_true,a,b\na,.5,.6\n",
    "negative.csv": "y_true,a,b\na,1.5,-.5\n",
    "not-a-number-row.csv": "y_true,a,b\na,nan,1\n",
    "text-among-numbers.csv": "y_true,a,b\na,x,1\n",
    "image-twice.csv": "image,y_pred\nx.jpg,a\nx.jpg,b\n",
    "multi-label.csv": "y_true_0,y_true_1,y_pred\n1,1,a\n0,1,a\n",
    "unknown-truth.csv": "y_true,a,b\nc,.5,.5\n",
    "broken.json": '{"loss": [1, 2',
    "ragged.json": '{"loss": [1, 2], "val_loss": [1]}',
    "pickled.pkl": "anything",
}


def _write_bad_files(folder: Path) -> None:
    for name, text in BAD_TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "latin.csv").write_bytes(b"y_true,y_pred\n\xe9,\xe9\n")
    whole = (folder / "probabilities.parquet").read_bytes()
    (folder / "truncated.parquet").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.parquet").write_bytes(b"")
    archive = (folder / "arrays.npz").read_bytes()
    (folder / "truncated.npz").write_bytes(archive[: len(archive) // 2])
    np.savez(folder / "multi-label.npz", y_true=[[1, 1, 0], [0, 1, 1]], y_pred=[0, 1])
    np.savez(folder / "lengths.npz", y_true=np.zeros(3), y_pred=np.zeros(2))
    objects: Callable[..., None] = np.savez
    objects(folder / "objects.npz", y_true=np.array(["a", 1], dtype=object))
    (folder / "folder").mkdir()
