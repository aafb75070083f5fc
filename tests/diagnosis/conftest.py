"""Evidence made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike

from hirise.diagnosis import Evidence
from hirise.diagnosis.evidence import Activations, parse_activations
from hirise.evaluation import evaluate
from hirise.predictions import Predictions

NAMES = ("other", "crater", "dune", "spider")


def of_confusion(cells: dict[tuple[int, int], int]) -> dict[str, list[int]]:
    """`y_true` and `y_pred` with so many images per (true, predicted) class."""
    pairs = [pair for pair, n in cells.items() for _ in range(n)]
    return {"y_true": [t for t, _ in pairs], "y_pred": [p for _, p in pairs]}


@pytest.fixture
def make_probe() -> Callable[..., Activations]:
    """`make_probe(dead=.6)`: what a healthy network does, but for what is given."""
    return lambda **given: parse_activations(probe_document(**given), where="here")


@pytest.fixture
def make_evidence() -> Callable[..., Evidence]:
    """`make_evidence(y_true=…, y_pred=…)` or `(cells={(true, predicted): n})`.

    Whatever `Predictions` and `Evidence` take may be given; `history` is a dict of
    columns, `shares` a dict of training shares.
    """

    def make(
        *,
        cells: dict[tuple[int, int], int] | None = None,
        y_true: ArrayLike | None = None,
        y_pred: ArrayLike | None = None,
        history: Mapping[str, Sequence[float]] | None = None,
        shares: Mapping[str, float] | None = None,
        **others: Any,
    ) -> Evidence:
        if cells is not None:
            pairs = of_confusion(cells)
            y_true, y_pred = pairs["y_true"], pairs["y_pred"]
        kept = {
            key: others.pop(key)
            for key in ("proba", "group", "image", "class_names", "split")
            if key in others
        }
        training = None if shares is None else pd.Series(shares, dtype=float)
        evaluation = None
        if y_pred is not None:
            truth = None if y_true is None else np.array(y_true)
            given: dict[str, Any] = {"class_names": NAMES} | kept
            predictions = Predictions(y_pred=np.array(y_pred), y_true=truth, **given)
            others["predictions"] = predictions
            evaluation = evaluate(predictions, training_shares=training)
        table = pd.DataFrame(history or {})
        if len(table) and "epoch" not in table:
            table.insert(0, "epoch", range(1, len(table) + 1))
        return Evidence(
            "made by hand", evaluation, table, training_shares=training, **others
        )

    return make


def probe_document(
    *,
    dead: float = 0.0,
    low: float = 0.0,
    high: float = 1.0,
    varies: bool = True,
    normalised: bool = False,
    std: float = 2.0,
    activation: str = "linear",
    from_logits: bool | None = True,
    loss: str = "CategoricalCrossentropy",
    units: int = 4,
    n_labels: int = 4,
    n_images: int = 256,
) -> dict[str, Any]:
    """A healthy network of 100 hidden units, but for what is given."""
    return {
        "format": 1,
        "split": "val",
        "n_images": n_images,
        "layers": [
            {
                "name": "hidden",
                "type": "Dense",
                "activation": "relu",
                "units": 100,
                "dead": round(100 * dead),
                "dead_share": dead,
            }
        ],
        "input": {
            "layer": "conv",
            "min": low,
            "max": high,
            "mean": 0.5,
            "std": 0.2,
            "varies": varies,
            "normalised": normalised,
        },
        "output": {
            "layer": "head",
            "activation": activation,
            "units": units,
            "n_labels": n_labels,
            "logit_std": [std] * units,
        },
        "loss": {"name": loss, "from_logits": from_logits},
    }
