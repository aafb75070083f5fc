"""Predictions whose ranking is good and whose argmax is always the first class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hirise.predictions import Predictions
from hirise.runs import create_run

NAMES = ("other", "crater", "dune")
FREQUENCIES = np.array([0.85, 0.1, 0.05])


def make_thresholded(n: int, seed: int, split: str) -> Predictions:
    """What a threshold hides: each true class scores best among its rivals."""
    rng = np.random.default_rng(seed)
    y_true = rng.choice(3, size=n, p=FREQUENCIES)
    scores = np.log(FREQUENCIES) + rng.normal(0, 0.2, (n, 3))
    scores[np.arange(n), y_true] += 0.8
    scores[:, 1:] = np.minimum(scores[:, 1:], scores[:, :1] - 0.05)
    proba = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return Predictions(
        y_pred=proba.argmax(axis=1),
        class_names=NAMES,
        y_true=y_true,
        proba=proba,
        image=[f"{split}/{i:04d}.jpg" for i in range(n)],
        split=split,
    )


def write_thresholded_run(artifacts: Path) -> str:
    """A finished run of 600 val and 500 test images; its id."""
    writer = create_run(artifacts, title="blog", class_names=NAMES)
    for part in (make_thresholded(600, 0, "val"), make_thresholded(500, 1, "test")):
        writer.write_predictions(part.split, part.write)
    writer.finish("finished", seconds=80.0)
    return writer.id
