"""`check`, `import`, the page *Load* and Python read a file in the same way."""

from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

import hirise
from hirise.__main__ import run as command
from hirise.actions.describe import DescribeRequest, describe
from hirise.errors import InputError

NAMES = ("cat", "dog", "horse")
N = 60


def truth_and_scores():
    random = np.random.default_rng(3)
    truth = random.integers(0, 3, N)
    scores = random.dirichlet([1.0] * 3, N) + 2 * np.eye(3)[truth]
    return truth, scores / scores.sum(axis=1, keepdims=True)


TRUTH, PROBA = truth_and_scores()
Y_TRUE = [NAMES[n] for n in TRUTH]
Y_PRED = [NAMES[n] for n in PROBA.argmax(axis=1)]
IMAGES = [f"{n}.jpg" for n in range(N)]
TABLE = pd.DataFrame({"image": IMAGES, "y_true": Y_TRUE, "y_pred": Y_PRED})
WITH_PROBA = TABLE.assign(**dict(zip(NAMES, PROBA.T, strict=True)))
EPOCHS = {
    "epoch": [1, 2, 3, 4],
    "loss": [1.1, 0.8, 0.6, 0.5],
    "accuracy": [0.4, 0.6, 0.7, 0.8],
    "val_loss": [1.0, 0.9, 0.8, 0.8],
    "val_accuracy": [0.4, 0.5, 0.6, 0.6],
}


def csv(table, **options):
    return lambda path: table.to_csv(path, index=False, **options)


def text(content):
    return lambda path: path.write_text(content)


def renamed(**names):
    return csv(TABLE.rename(columns=names))


def as_json(value):
    return text(json.dumps(value))


def matrix():
    counts = pd.crosstab(pd.Series(Y_TRUE), pd.Series(Y_PRED))
    return lambda path: counts.to_csv(path)


LONG = pd.DataFrame(
    [(image, name, p) for image, row in zip(IMAGES, PROBA, strict=True)
     for name, p in zip(NAMES, row, strict=True)],
    columns=["image", "class", "probability"],
)  # fmt: skip
PER_CENT = {**EPOCHS, "accuracy": [40.0, 60.0, 70.0, 80.0],
            "val_accuracy": [40.0, 50.0, 60.0, 60.0]}  # fmt: skip
LOG_HISTORY = [
    {"epoch": e, "loss": a} for e, a in zip((1, 2, 3), (1.0, 0.7, 0.5), strict=True)
] + [{"epoch": e, "eval_loss": 0.8, "eval_accuracy": 0.7} for e in (1, 2, 3)]
FILES = {
    "plain.csv": csv(TABLE),
    "probabilities.csv": csv(WITH_PROBA),
    "semicolons.csv": csv(WITH_PROBA, sep=";"),
    "decimal-commas.csv": csv(WITH_PROBA, sep=";", decimal=","),
    "tabs.tsv": csv(WITH_PROBA, sep="\t"),
    "per-cent.csv": csv(WITH_PROBA.assign(**{n: 100 * WITH_PROBA[n] for n in NAMES})),
    "prefixes.csv": csv(WITH_PROBA.rename(columns={n: f"prob_{n}" for n in NAMES})),
    "numbered.csv": csv(
        WITH_PROBA.drop(columns="y_pred").rename(
            columns={n: f"proba_{i}" for i, n in enumerate(NAMES)}
        )
    ),
    "usual-names.csv": renamed(image="filename", y_true="label", y_pred="prediction"),
    "plural.csv": renamed(y_true="true_labels", y_pred="predicted_labels"),
    "capitals.csv": renamed(y_true="Ground Truth", y_pred="Predicted Label"),
    "german.csv": renamed(image="Bild", y_true="Wahre Klasse", y_pred="Vorhersage"),
    "ids.csv": csv(TABLE.assign(y_true=TRUTH, y_pred=PROBA.argmax(axis=1))),
    "other-numbers.csv": csv(TABLE.assign(width=300, area=12_345.5)),
    "blanks.csv": csv(TABLE.assign(y_pred=[f" {name} " for name in Y_PRED])),
    "without-truth.csv": csv(TABLE.drop(columns="y_true")),
    "one-class.csv": csv(TABLE.assign(y_pred="cat")),
    "splits.csv": csv(TABLE.assign(split=["val", "test"] * (N // 2))),
    "groups.csv": csv(TABLE.assign(group=[f"g{n // 2}" for n in range(N)])),
    "records.json": as_json(TABLE.to_dict("records")),
    "columns.json": as_json(TABLE.to_dict("list")),
    "lines.jsonl": lambda path: TABLE.to_json(path, orient="records", lines=True),
    "table.parquet": lambda path: WITH_PROBA.to_parquet(path),
    "arrays.npz": lambda path: np.savez(path, y_true=TRUTH, proba=PROBA),
    "matrix.csv": matrix(),
    "history.csv": csv(pd.DataFrame(EPOCHS)),
    "history.json": as_json({k: v for k, v in EPOCHS.items() if k != "epoch"}),
    "per-cent-history.json": as_json(PER_CENT),
    "trainer_state.json": as_json({"log_history": LOG_HISTORY}),
    "plural-history.json": as_json(
        {"train_losses": [1.0, 0.5], "val_losses": [1, 0.6]}
    ),
    "names-and-ids.csv": csv(TABLE.assign(y_pred=PROBA.argmax(axis=1))),
    "runs.csv": text("Name,State,val_accuracy\na,finished,0.8\nb,finished,0.7\n"),
    "multi-label.csv": csv(TABLE.assign(y_true=["cat|dog", "horse"] * (N // 2))),
    "empty.csv": text(""),
}


def by_command(path, capsys):
    status = command(["check", str(path), "--json"])
    said = capsys.readouterr()
    return json.loads(said.out) if status != 2 else said.err


@pytest.mark.parametrize("name", FILES)
def test_four_roads_lead_to_one_verdict_and_the_same_numbers(name, tmp_path, capsys):
    path = tmp_path / name
    FILES[name](path)
    found = by_command(path, capsys)
    artifacts = tmp_path / "artifacts"
    if isinstance(found, str):
        for road in (hirise.diagnose, hirise.check):
            with pytest.raises(InputError):
                road(path)
        assert command(["import", str(path), f"--artifacts={artifacts}"]) == 2
        with suppress(InputError):
            assert describe(DescribeRequest(path)).problem
        return
    checked = hirise.check(path)
    assert checked.to_dict()["verdict"] == found["verdict"]
    assert hirise.diagnose(path).sentence == found["sentence"]
    assert not describe(DescribeRequest(path)).problem
    run = hirise.import_(path, artifacts=artifacts)
    again = hirise.check(run, split=found["split"] or None).to_dict()
    assert again["metrics"] == checked.to_dict()["metrics"]
    assert again["verdict"] == found["verdict"]
    assert again["confusion"] == found["confusion"]


def test_a_table_of_usual_names_passes_through_nothing_else(tmp_path, monkeypatch):
    """No readers of curves, other kinds of tables, objects of Python or decisions."""
    path = tmp_path / "plain.csv"
    csv(WITH_PROBA)(path)
    for place in (
        "hirise.history.reading._find_reader",
        "hirise.diagnosis.calls.understood",
        "hirise.predictions.reading.as_rows_of_images",
        "hirise.predictions.reading.decided",
    ):
        monkeypatch.setattr(place, lambda *_, **__: pytest.fail("not needed"))
    assert hirise.check(path).evidence.evaluation.n_images == N
