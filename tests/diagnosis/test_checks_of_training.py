"""HR4xx: each fires, is silent, and is not applicable; curves alone."""

import numpy as np
import pandas as pd
import pytest
from golden_inputs import MARS

from hirise.diagnosis import diagnose
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.finding import NotApplicable

BY_CODE = {check.code: check for check in CHECKS}
NAN = float("nan")


def severities(code, evidence):
    try:
        return [finding.severity for finding in BY_CODE[code](evidence)]
    except NotApplicable:
        return None


def counts(split, n_other, n_crater):
    names = ["other", "crater"]
    return pd.DataFrame(
        {"epoch": 2, "split": split, "class_name": names, "n": [n_other, n_crater]}
    )


HALF = {"other": 0.5, "crater": 0.5}
BOTH = pd.concat([counts("train", 50, 50), counts("val", 50, 50)])
SPLITS = pd.DataFrame({"train": [50, 50], "val": [50, 50]}, index=["other", "crater"])


@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        ("HR401", {"loss": [1, 0.5, 0.2], "val_loss": [1, 0.9, 1.0]}, ["warning"]),
        ("HR401", {"loss": [1, 0.5, 0.2], "val_loss": [1, 0.9, 0.98]}, []),
        ("HR401", {"loss": [1, 0.5, 0.6], "val_loss": [1, 0.9, 1.0]}, []),
        ("HR401", {"loss": [1, 0.5], "val_loss": [1, 2]}, None),
        ("HR401", {"loss": [1, 0.5, 0.2]}, None),
        ("HR401", {}, None),
        ("HR402", {"accuracy": [0.84], "shares": MARS}, ["warning"]),
        ("HR402", {"accuracy": [0.85], "shares": MARS}, []),
        ("HR402", {"accuracy": [0.85]}, None),
        ("HR402", {"loss": [1], "shares": MARS}, None),
        ("HR403", {"loss": [0.80, 0.795], "shares": MARS}, ["warning"]),
        ("HR403", {"loss": [0.80, 0.77], "shares": MARS}, []),
        ("HR403", {"loss": [0.80], "shares": MARS}, None),
        ("HR403", {"val_accuracy": [0.8] * 3, "loss": [1, 1, 1]}, ["note"]),
        ("HR403", {"val_accuracy": [0.8] * 3, "loss": [1, 1, 0.97]}, []),
        ("HR403", {"val_accuracy": [0.8, 0.8, 0.8001], "loss": [1, 1, 1]}, []),
        ("HR403", {"val_accuracy": [0.8] * 2, "loss": [1, 1]}, None),
        ("HR404", {"accuracy": [0.97], "val_accuracy": [0.72], "shares": MARS}, "w"),
        ("HR404", {"accuracy": [0.97], "val_accuracy": [0.82], "shares": MARS}, []),
        ("HR404", {"accuracy": [0.85], "val_accuracy": [0.72], "shares": MARS}, []),
        ("HR404", {"accuracy": [0.97], "val_accuracy": [0.72]}, None),
        (
            "HR404",
            {
                "accuracy": [0.5, 0.95],
                "val_accuracy": [0.5, 0.54],
                "shares": HALF,
                "predicted_counts": BOTH,
                "split_counts": SPLITS,
            },
            ["warning"],
        ),
        (
            "HR404",
            {
                "accuracy": [0.5, 0.95],
                "val_accuracy": [0.5, 0.6],
                "shares": HALF,
                "predicted_counts": BOTH,
                "split_counts": SPLITS,
            },
            [],
        ),
        ("HR405", {"loss": [1, NAN]}, ["error"]),
        ("HR405", {"loss": [1, np.inf]}, ["error"]),
        ("HR405", {"loss": [1, 0.9], "val_loss": [1, NAN]}, ["error"]),
        ("HR405", {"loss": [NAN, NAN], "accuracy": [0.8, 0.8]}, ["error"]),
        ("HR405", {"loss": [NAN, 1], "shares": MARS}, []),
        ("HR405", {"loss": [1, 2.41], "shares": MARS}, ["error"]),
        ("HR405", {"loss": [1, 2.38], "shares": MARS}, []),
        ("HR405", {"val_loss": [1, 2]}, []),
        ("HR405", {"accuracy": [1, 2]}, None),
        ("HR405", {}, None),
        ("HR406", {"val_macro_f1": [0.5, 0.4, 0.44]}, ["warning"]),
        ("HR406", {"val_macro_f1": [0.5, 0.4, 0.46]}, []),
        ("HR406", {"val_macro_f1": [0.5, 0.4, 0.3], "kept_epoch": 1}, []),
        ("HR406", {"val_accuracy": [0.9, 0.4, 0.3]}, ["warning"]),
        ("HR406", {"val_accuracy": [0.9, 0.4]}, None),
        ("HR406", {"val_macro_f1": [0.5, 0.4, 0.3], "kept_epoch": 9}, None),
        (
            "HR407",
            {
                "val_accuracy": [0.8, 0.7],
                "val_macro_f1": [0.1, 0.3],
                "shares": MARS,
                "select_by": "accuracy",
            },
            ["warning"],
        ),
        (
            "HR407",
            {
                "val_accuracy": [0.8, 0.7],
                "val_macro_f1": [0.1, 0.3],
                "shares": MARS,
                "select_by": "macro_f1",
            },
            [],
        ),
        ("HR407", {"val_accuracy": [1], "val_macro_f1": [1], "shares": MARS}, None),
    ],
)
def test_check(make_evidence, code, given, expected):
    curves = {k: v for k, v in given.items() if isinstance(v, list)}
    others = {k: v for k, v in given.items() if k not in curves}
    expected = ["warning"] if expected == "w" else expected
    assert severities(code, make_evidence(history=curves, **others)) == expected


def test_the_epochs_that_other_metrics_would_have_chosen(make_evidence):
    evidence = make_evidence(
        history={
            "val_accuracy": [0.8, 0.7, 0.6],
            "val_macro_f1": [0.1, 0.3, 0.2],
            "val_balanced_accuracy": [0.1, 0.2, 0.4],
        },
        shares=MARS,
        select_by="accuracy",
    )
    (finding,) = BY_CODE["HR407"](evidence)
    assert "macro-f1 would have chosen epoch 2 (0.300 against 0.100)" in (
        finding.evidence.lower()
    )
    assert "balanced accuracy would have chosen epoch 3 (0.400" in finding.evidence


@pytest.mark.parametrize(
    ("accuracy", "loss", "verdict"),
    [
        (0.816, 0.80, "collapsed"),  # exercise 4b as recorded
        (0.8169, 0.80, "undetermined"),
        (0.816, 0.82, "undetermined"),
        (0.806, 0.80, "undetermined"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "val_"])
def test_curves_alone_with_class_frequencies(
    make_evidence, prefix, accuracy, loss, verdict
):
    history = {
        f"{prefix}accuracy": [0.81, accuracy, accuracy],
        f"{prefix}loss": [0.9, loss, loss],
    }
    evidence = make_evidence(history=history, shares=MARS)
    diagnosis = diagnose(evidence)
    errors = [f.code for f in diagnosis.findings if f.severity == "error"]
    assert diagnosis.verdict.key == verdict
    assert errors == (["HR403"] if verdict == "collapsed" else [])
    if verdict == "collapsed":
        assert diagnosis.kind == "unknown"
        assert diagnosis.sentence == (
            "Collapsed: over the last epochs accuracy equals the majority-class "
            "baseline (81.2%) and the loss the entropy of the class frequencies "
            "(0.799 nats). Only the class frequencies were learned. This is known from "
            "3 epochs of training curves alone."
        )
    else:
        assert diagnosis.sentence.startswith("Cannot tell: 3 epochs of training curv")


def test_frozen_curves_without_class_frequencies(make_evidence):
    history = {
        "val_accuracy": [0.7, 0.8178, 0.8178, 0.8178],
        "loss": [2, 0.8, 0.8, 0.8],
    }
    diagnosis = diagnose(make_evidence(history=history))
    assert (diagnosis.verdict.key, diagnosis.kind) == ("undetermined", None)
    (finding,) = diagnosis.findings
    assert (finding.code, finding.severity) == ("HR403", "note")
    assert "no prediction changed" in finding.evidence
    assert "class frequencies" in diagnosis.sentence


@pytest.mark.parametrize(
    ("exercise", "accuracy", "val_accuracy", "codes"),
    [
        ("1", 0.990, 0.703, ["HR404"]),
        ("3", 0.972, 0.729, ["HR404"]),
        ("4a", 0.975, 0.706, ["HR404"]),
        ("4b", 0.816, 0.815, ["HR402"]),
        ("6-8", 0.813, 0.818, ["HR402"]),
    ],
)
def test_the_recorded_accuracies_of_the_story_alone(
    make_evidence, exercise, accuracy, val_accuracy, codes
):
    history = {"accuracy": [accuracy], "val_accuracy": [val_accuracy]}
    diagnosis = diagnose(make_evidence(history=history, shares=MARS))
    assert diagnosis.verdict.key == "undetermined"
    assert diagnosis.sentence == (
        "Cannot tell: 1 epoch of training curves do not show what is predicted. "
        "Without the loss, an accuracy near the majority-class baseline (81.2%) does "
        "not show whether one class is predicted for all images. Give predictions."
    )
    assert [finding.code for finding in diagnosis.findings] == codes, exercise
    keys = [cause.key for cause in diagnosis.causes]
    assert keys == (["validation-labels-scrambled"] if codes == ["HR404"] else [])


def test_accuracies_alone_leave_kappa_open(make_evidence):
    history = {"accuracy": [0.972], "val_accuracy": [0.729]}
    (finding,) = diagnose(make_evidence(history=history, shares=MARS)).findings
    # Chance is Σ p²: (.729 - .667) / (1 - .667).
    assert finding.evidence == (
        "Training accuracy ends at 97.2%, validation accuracy at 72.9%, below the "
        "majority-class baseline 81.2%. Accuracies do not determine Cohen's kappa: on "
        "validation it is 0.19 if each class is predicted as often as it occurs, and "
        "less or more if the majority is predicted more or less often. A network that "
        "memorised its training images can do this too."
    )
