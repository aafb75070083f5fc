"""How it collapsed: each kind by hand, in order of precedence."""

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import diagnose
from hirise.diagnosis.collapse_kind import kind_of

CELLS = {(0, 0): 200, (1, 0): 60, (2, 0): 40}
Y = np.array([0] * 200 + [1] * 60 + [2] * 40)
SHARES = {"other": 0.7, "crater": 0.2, "dune": 0.1, "spider": 0.0}  # .802 nats
FALLING = {"val_macro_f1": [0.5, 0.39], "loss": [0.8, 0.8]}


def constant(spread=0.0):
    """The same probabilities for all, up to noise."""
    rng = np.random.default_rng(0)
    proba = np.tile([0.7, 0.15, 0.1, 0.05], (300, 1))
    return renormalised(proba * np.exp(rng.normal(0, spread, (300, 4))))


def thresholded():
    """The ranking is right, the first class always wins."""
    hint = np.eye(4)[Y] * 0.1
    noise = np.random.default_rng(0).random((300, 4)) * 0.05
    return renormalised(np.tile([0.7, 0.15, 0.1, 0.05], (300, 1)) + hint + noise)


def renormalised(proba):
    return proba / proba.sum(axis=1, keepdims=True)


def train_counts(n_other, n_crater):
    return pd.DataFrame(
        {
            "epoch": [2, 2],
            "split": ["train", "train"],
            "class_name": ["other", "crater"],
            "n": [n_other, n_crater],
        }
    )


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "unknown"),
        ({"proba": constant()}, "constant"),
        ({"proba": constant(0.0005)}, "constant"),
        ({"proba": constant(0.01)}, "constant"),  # area .5: no ranking
        ({"proba": thresholded()}, "thresholded"),
        ({"history": FALLING}, "late"),
        ({"history": {"val_macro_f1": [0.5, 0.41], "loss": [1, 1]}}, "unknown"),
        ({"history": FALLING, "proba": thresholded()}, "late"),
        ({"history": FALLING | {"loss": [1, np.nan]}}, "saturated"),
        ({"history": FALLING | {"loss": [1, np.inf]}}, "saturated"),
        ({"history": {"loss": [np.nan] * 2, "accuracy": [0.1] * 2}}, "saturated"),
        ({"history": {"loss": [np.nan] * 2}}, "unknown"),  # was not recorded
        ({"history": {"loss": [9, 2.40]}, "shares": SHARES}, "unknown"),
        ({"history": {"loss": [9, 2.41]}, "shares": SHARES}, "saturated"),
        (
            {
                "history": FALLING | {"accuracy": [0.5, 0.95]},
                "shares": SHARES,
                "predicted_counts": train_counts(70, 30),
            },
            "scrambled",
        ),
        (
            {
                "history": {"accuracy": [0.5, 0.7]},
                "shares": SHARES,
                "predicted_counts": train_counts(100, 0),
            },
            "unknown",
        ),
    ],
)
def test_kinds(make_evidence, given, kind):
    diagnosis = diagnose(make_evidence(cells=CELLS, **given))
    assert (diagnosis.verdict.key, diagnosis.kind) == ("collapsed", kind)


def test_labels_that_do_not_belong_are_scrambled(make_evidence):
    evidence = make_evidence(cells=CELLS, history=FALLING)
    assert kind_of(evidence, {"HR101"}) == "scrambled"


def test_without_probabilities_or_curves_the_kind_is_unknown(make_evidence):
    y_true = np.random.default_rng(0).integers(0, 3, 900)
    diagnosis = diagnose(make_evidence(y_true=y_true, y_pred=y_true[::-1]))
    assert (diagnosis.verdict.key, diagnosis.kind) == ("uninformed", "unknown")


def test_other_verdicts_have_no_kind(make_evidence):
    cells = {(0, 0): 100, (1, 1): 100, (2, 2): 100}
    for given in ({"cells": cells}, {"cells": {(0, 0): 9}}, {"y_pred": [0] * 50}):
        assert diagnose(make_evidence(**given)).kind is None


def test_a_kept_epoch_is_what_counts(make_evidence):
    history = {"val_macro_f1": [0.2, 0.5, 0.1], "loss": [1, 1, 1]}
    kept = make_evidence(cells=CELLS, history=history, kept_epoch=2)
    assert diagnose(kept).kind == "unknown"
    last = make_evidence(cells=CELLS, history=history, kept_epoch=3)
    assert diagnose(last).kind == "late"
