"""Every number of `hirise check --json` is scikit-learn's, to 1e-9."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk


@st.composite
def predictions(draw):
    """Random labels, with probabilities or without, some truth missing."""
    k, n = draw(st.integers(1, 5)), draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y_true = rng.choice(draw(st.lists(st.integers(0, k - 1), min_size=1)), n)
    y_pred = rng.choice(draw(st.lists(st.integers(0, k - 1), min_size=1)), n)
    missing = rng.random(n) < draw(st.sampled_from([0, 0.3]))
    proba = None
    if k > 1 and draw(st.booleans()):
        proba = rng.dirichlet(np.ones(k), n)
        if draw(st.booleans()):
            proba = np.eye(k)[y_pred]
        else:
            y_pred = proba.argmax(axis=1)
    return k, np.where(missing, -1, y_true), y_pred, proba


NUMBERS = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@NUMBERS
@given(predictions())
def test_every_number_is_scikit_learns(check, tmp_path, given):
    k, y_true, y_pred, proba = given
    # Truth and predictions without a common class are refused, as named differently.
    known = set(y_true[y_true >= 0])
    assume(proba is not None or not known or known & set(y_pred))
    names = np.array([f"c{i}" for i in range(k)] + [None], dtype=object)
    table = pd.DataFrame({"y_true": names[y_true], "y_pred": names[y_pred]})
    if proba is not None:
        columns = {f"p:{names[i]}": proba[:, i] for i in range(k)}
        table = table.assign(**columns)
    table.to_parquet(tmp_path / "p.parquet")
    status, out, err = check(tmp_path / "p.parquet", "--json")
    assert status in (0, 1), err
    assert "NaN" not in out
    assert "Infinity" not in out
    document = json.loads(out)
    classes = document["confusion"]["class_names"]
    known = y_true >= 0
    shown = y_pred[known] if known.any() else y_pred
    found = dict(document["predicted_share"])
    assert found == {
        name: pytest.approx(np.mean(names[shown] == name)) for name in classes
    }
    values = {
        key: bounds["value"]
        for key, bounds in document["metrics"].items()
        if isinstance(bounds, dict)
    }
    if not known.any():
        assert set(values.values()) == {None}
        return
    order = np.array([classes.index(name) if name in classes else -1 for name in names])
    y, p = order[y_true[known]], order[y_pred[known]]
    assert document["metrics"]["n_images"] == known.sum()
    assert values == pytest.approx(
        expected_metrics(y, p, proba if proba is None else proba[known]), abs=1e-9
    )
    assert document["confusion"]["counts"] == (
        sk.confusion_matrix(y, p, labels=range(len(classes) + 1))[:-1, :-1].tolist()
    )
    expected = sk.precision_recall_fscore_support(
        y, p, labels=range(len(classes)), zero_division=np.nan
    )
    for i, row in enumerate(document["per_class"]):
        rates = [row[key]["value"] for key in ("precision", "recall", "f1")]
        theirs = [null_for_nan(column[i]) for column in expected[:3]]
        assert rates == [t if t is None else pytest.approx(t, abs=1e-9) for t in theirs]
        assert row["support"] == expected[3][i] == (y == i).sum()
        assert row["predicted"] == (p == i).sum()
        assert document["true_share"][row["class_name"]] == pytest.approx(
            (y == i).mean()
        )


def expected_metrics(y, p, proba):
    """The metrics by scikit-learn and, for the calibration error, by hand."""
    union, true = sorted({*y, *p}), sorted(set(y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = {
            "accuracy": sk.accuracy_score(y, p),
            "majority_share": np.bincount(y).max() / len(y),
            "chance_agreement": sum((y == c).mean() * (p == c).mean() for c in union),
            "balanced_accuracy": sk.balanced_accuracy_score(y, p),
            "macro_f1": sk.f1_score(y, p, labels=union, average="macro"),
            "macro_f1_true_classes": sk.f1_score(y, p, labels=true, average="macro"),
            "weighted_f1": sk.f1_score(y, p, average="weighted"),
            "mcc": sk.matthews_corrcoef(y, p),
            "kappa": sk.cohen_kappa_score(y, p),
            "log_loss": None,
            "ece": None,
            "macro_auc": None,
        }
    if len(true) == 1 or len(set(p)) == 1:
        values["mcc"] = None
    values["kappa"] = null_for_nan(values["kappa"])
    if proba is not None:
        chosen = proba[np.arange(len(y)), y]
        values["log_loss"] = -np.log(np.clip(chosen, 1e-7, 1)).mean()
        values["ece"] = calibration_error(proba[np.arange(len(y)), p], y == p)
        if len(true) > 1:
            areas = [sk.roc_auc_score(y == c, proba[:, c]) for c in true]
            values["macro_auc"] = np.mean(areas)
    return values


def calibration_error(confidence, correct):
    gaps = [0.0] * 15
    for sure, right in zip(confidence.tolist(), correct.tolist(), strict=True):
        gaps[min(int(sure * 15), 14)] += sure - right
    return sum(map(abs, gaps)) / len(confidence)


def null_for_nan(value):
    return None if np.isnan(value) else value
