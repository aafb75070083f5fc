# ruff: noqa: RUF001  (names in other scripts)
"""Run folders for the pages' tests, written as a training or an import writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.mars.labels import HIRISE_CLASSES
from hirise.predictions import Predictions
from hirise.runs import RunWriter, create_run

SHARES = (0.80, 0.06, 0.03, 0.03, 0.03, 0.02, 0.02, 0.01)
NASTY = "<b>bold</b> *star* $x^2$ :material/bug_report: [a](http://b.c) & co"


def make_predictions(
    names: Sequence[str],
    *,
    split: str = "val",
    right: float | None = None,
    n_images: int = 400,
    truth: bool = True,
    proba: bool = True,
) -> Predictions:
    """A model that is right with probability `right`, or that always says class 0."""
    rng = np.random.default_rng(5)
    shares = np.array(SHARES[: len(names)] if len(names) <= 8 else [1.0] * len(names))
    y_true = rng.choice(len(names), n_images, p=shares / shares.sum())
    if right is None:
        table = np.tile(0.9 * shares / shares.sum() + 0.1 / len(names), (n_images, 1))
    else:
        called = np.where(
            rng.random(n_images) < right, y_true, rng.integers(0, len(names), n_images)
        )
        table = rng.dirichlet(np.full(len(names), 0.4), n_images)
        table = 0.3 * table + 0.7 * np.eye(len(names))[called]
    return Predictions(
        y_pred=table.argmax(axis=1),
        class_names=tuple(names),
        y_true=y_true if truth else None,
        proba=table if proba else None,
        image=np.array([f"image-{i:04d}.jpg" for i in range(n_images)], dtype=object),
        split=split,
    )


def add_epochs(writer: RunWriter, names: Sequence[str], n: int, *, good: bool) -> None:
    """Epochs that improve, or that end in one class for everything."""
    for epoch in range(1, n + 1):
        gain = epoch / n if good else 0.0
        row = {"epoch": epoch, "learning_rate": 0.001, "seconds": 12.0}
        for prefix, step in (("", 0.04), ("val_", 0.0)):
            row |= {
                f"{prefix}loss": 0.78 - 0.6 * gain - step * gain,
                f"{prefix}accuracy": 0.80 + 0.15 * gain + step * gain,
                f"{prefix}macro_f1": 0.11 + 0.7 * gain + step,
                f"{prefix}balanced_accuracy": 0.125 + 0.7 * gain + step,
            }
        writer.append_epoch(row)
        first = 100 if not good else 100 - 60 * epoch // n
        rest = max(1, (100 - first) // (len(names) - 1))
        counts = [first, *[rest if first < 100 else 0] * (len(names) - 1)]
        for split in ("train", "val"):
            writer.append_predicted_counts(
                pd.DataFrame(
                    {"epoch": epoch, "split": split, "class_name": names, "n": counts}
                )
            )


def start_run(
    artifacts: Path, title: str, names: Sequence[str], *, n_epochs: int, good: bool
) -> RunWriter:
    """A run that is training, in this process."""
    writer = create_run(
        artifacts,
        title=title,
        class_names=names,
        recipe={"name": "blog-final", "epochs": 3},
        seed=1,
    )
    labels = make_predictions(names).y_true
    seen = pd.DataFrame(
        {
            "image": [f"image-{i:04d}.jpg" for i in range(len(labels))],
            "split": ["train"] * 250 + ["val"] * (len(labels) - 250),
            "label": [names[i] for i in labels],
        }
    )
    writer.write_table("labels_seen.parquet", seen)
    if n_epochs:
        add_epochs(writer, names, n_epochs, good=good)
    return writer


def finished(
    artifacts: Path, title: str, *, right: float | None, names=HIRISE_CLASSES
) -> str:
    """A finished training with predictions for val and test."""
    writer = start_run(artifacts, title, names, n_epochs=3, good=right is not None)
    for split in ("val", "test"):
        predictions = make_predictions(names, split=split, right=right)
        writer.write_predictions(split, predictions.write)
    writer.finish("finished", seconds=36.0)
    return writer.id


def imported(artifacts: Path, title: str, **options: object) -> str:
    """Predictions from elsewhere: no history, no labels seen, no recipe."""
    names = options.pop("names", HIRISE_CLASSES)
    writer = create_run(artifacts, title=title, class_names=names, status="imported")
    predictions = make_predictions(names, split="test", **options)
    writer.write_predictions("test", predictions.write)
    return writer.id


def collapsed(artifacts: Path) -> str:
    return finished(artifacts, "blog-final", right=None)


def healthy(artifacts: Path) -> str:
    return finished(artifacts, "small-cnn", right=0.98)


def thresholded(artifacts: Path) -> str:
    """It ranks well, and its argmax names the largest class every time."""
    rng = np.random.default_rng(3)
    writer = start_run(artifacts, "hidden", HIRISE_CLASSES, n_epochs=3, good=False)
    for split in ("val", "test"):
        plain = make_predictions(HIRISE_CLASSES, split=split, right=0.97)
        scores = np.log(SHARES) + rng.normal(0, 0.2, plain.proba.shape)
        scores[np.arange(len(plain)), plain.y_true] += 1.2
        proba = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        cut = Predictions(
            y_pred=proba.argmax(axis=1),
            class_names=plain.class_names,
            y_true=plain.y_true,
            proba=proba,
            image=plain.image,
            split=split,
        )
        writer.write_predictions(split, cut.write)
    writer.finish("finished", seconds=36.0)
    return writer.id


def two_classes(artifacts: Path) -> str:
    return finished(artifacts, "two classes", right=0.97, names=("no frost", "frost"))


def forty_classes(artifacts: Path) -> str:
    names = [f"kind {i:02d}" for i in range(40)]
    return finished(artifacts, "forty classes", right=0.8, names=names)


def many_classes(artifacts: Path) -> str:
    names = [f"species {i:03d}" for i in range(120)]
    return finished(artifacts, "many classes", right=0.7, names=names)


def odd_names(artifacts: Path) -> str:
    names = (
        NASTY,
        "Плотность распределения кратеров на поверхности планеты Марс",
        "火星の表面にある非常に長い名前を持つ砂丘とクレーターの分類名称一覧",
        "تصنيف الكثبان الرملية الداكنة على سطح المريخ في القطب الشمالي",
        'comma, "quote" and a name of exactly sixty characters, really',
    )
    return finished(artifacts, f"odd {NASTY[:40]}", right=0.9, names=names)


def before_first_epoch(artifacts: Path) -> str:
    return start_run(artifacts, "just begun", HIRISE_CLASSES, n_epochs=0, good=True).id


def training(artifacts: Path) -> str:
    run = start_run(artifacts, "half way", HIRISE_CLASSES, n_epochs=2, good=False)
    run.write_json(
        "progress.json",
        {"epoch": 3, "epochs": 3, "batch": 20, "batches": 80, "seconds_left": 140.0},
    )
    return run.id


def failed(artifacts: Path) -> str:
    run = start_run(artifacts, "broke", HIRISE_CLASSES, n_epochs=1, good=False)
    run.finish("failed", error="loss became NaN in epoch 2")
    return run.id


def interrupted(artifacts: Path) -> str:
    run = start_run(artifacts, "killed", HIRISE_CLASSES, n_epochs=1, good=False)
    run.finish("interrupted")
    return run.id


def without_truth(artifacts: Path) -> str:
    return imported(artifacts, "no truth", truth=False, right=0.9)


def without_proba(artifacts: Path) -> str:
    return imported(artifacts, "labels only", proba=False, right=0.9)


MAKERS: dict[str, Callable[[Path], str]] = {
    make.__name__: make
    for make in (
        collapsed,
        healthy,
        thresholded,
        two_classes,
        forty_classes,
        many_classes,
        odd_names,
        before_first_epoch,
        training,
        failed,
        interrupted,
        without_truth,
        without_proba,
    )
}
