"""HR4xx: each fires, is silent, and is not applicable; curves alone."""

import numpy as np
import pandas as pd
import pytest
from golden_inputs import MARS

from hirise.diagnosis import diagnose
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.checks.epochs import evaluated_epoch
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


FALLING = [1, 0.8, 0.6, 0.4, 0.3, 0.2]
HALF = {"other": 0.5, "crater": 0.5}
FIVE = dict.fromkeys("abcde", 0.2)
BOTH = pd.concat([counts("train", 50, 50), counts("val", 50, 50)])
SPLITS = pd.DataFrame({"train": [50, 50], "val": [50, 50]}, index=["other", "crater"])


@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        # Averaged over two epochs .95 and 1.05: a rise of .1, and .095 is allowed.
        ("HR401", {"loss": [1, 0.5, 0.2], "val_loss": [1, 0.9, 1.2]}, ["warning"]),
        ("HR401", {"loss": [1, 0.5, 0.2], "val_loss": [1, 0.9, 1.18]}, []),
        ("HR401", {"loss": [1, 0.5, 0.6], "val_loss": [1, 0.9, 1.2]}, []),
        # The last epoch alone is out of line, or the best one alone was.
        ("HR401", {"loss": FALLING, "val_loss": [1, 0.7, 0.6, 0.6, 0.6, 0.61]}, []),
        ("HR401", {"loss": FALLING, "val_loss": [1, 0.6, 0.6, 0.6, 0.6, 0.75]}, []),
        ("HR401", {"loss": FALLING, "val_loss": [1, 0.9, 0.5, 0.9, 0.9, 0.8]}, []),
        ("HR401", {"loss": FALLING, "val_loss": [1, 0.6, 0.6, 0.7, 0.8, 0.9]}, "w"),
        # The weights of epoch 3 were kept.
        (
            "HR401",
            {
                "loss": FALLING,
                "val_loss": [1, 0.7, 0.6, 0.7, 0.8, 0.9],
                "kept_epoch": 3,
            },
            ["note"],
        ),
        # A rise of 23%, but of .007 nats only.
        ("HR401", {"loss": [0.1, 0.05, 0.04], "val_loss": [0.04, 0.03, 0.037]}, []),
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
        ("HR403", {"val_accuracy": [0.8] * 3, "loss": [1, 0.9, 0.7]}, ["note"]),
        (
            "HR403",
            {"val_accuracy": [0.8] * 3, "loss": [1, 1, 1], "val_loss": [1, 1, 0.97]},
            [],
        ),
        ("HR403", {"val_accuracy": [0.96] * 3, "loss": [1, 1, 1]}, []),
        (
            "HR403",
            {"loss": [0.51, 0.5004], "binary_accuracy": [0.8, 0.8], "shares": FIVE},
            ["error"],
        ),
        (
            "HR403",
            {"loss": [0.51, 0.5004], "binary_accuracy": [0.8, 0.81], "shares": FIVE},
            [],
        ),
        ("HR403", {"val_accuracy": [0.8, 0.8, 0.8001], "loss": [1, 1, 1]}, []),
        ("HR403", {"val_accuracy": [0.8] * 2, "loss": [1, 1]}, None),
        ("HR404", {"accuracy": [0.97], "val_accuracy": [0.72], "shares": MARS}, "w"),
        ("HR404", {"accuracy": [0.97], "val_accuracy": [0.82], "shares": MARS}, []),
        ("HR404", {"accuracy": [0.85], "val_accuracy": [0.72], "shares": MARS}, []),
        ("HR404", {"accuracy": [0.97], "val_accuracy": [0.72]}, None),
        # Chance is .2: a quarter of it is .05.
        (
            "HR404",
            {
                "accuracy": [0.6, 0.8, 0.9],
                "val_accuracy": [0, 0.049, 0],
                "shares": FIVE,
            },
            ["warning"],
        ),
        ("HR404", {"accuracy": [0.6, 0.8, 0.9], "val_accuracy": [0, 0, 0]}, "w"),
        ("HR404", {"accuracy": [0.6, 0.8, 0.9], "val_accuracy": [0, 0, 0.1]}, None),
        # Entropy is 1.609, a quarter of it .402. Kappa is (.27 - .2)/.8 = .09.
        ("HR404", {"loss": [0.40], "val_accuracy": [0.27], "shares": FIVE}, "w"),
        ("HR404", {"loss": [0.41], "val_accuracy": [0.27], "shares": FIVE}, []),
        ("HR404", {"loss": [0.40], "val_accuracy": [0.29], "shares": FIVE}, []),
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
        # Class weights scale the loss; .75 is half of what is above the majority.
        ("HR405", {"loss": [9, 3], "accuracy": [0.6, 0.75], "shares": HALF}, []),
        ("HR405", {"loss": [9, 3], "accuracy": [0.6, 0.59], "shares": HALF}, "e"),
        # Three times the entropy of two equal classes is 2.079.
        ("HR405", {"loss": [9, 3], "val_loss": [1, 2.07], "shares": HALF}, []),
        ("HR405", {"loss": [9, 3], "val_loss": [1, 2.09], "shares": HALF}, "e"),
        # Late: a fall of .25 and four times the loss, of what was learned.
        ("HR405", {"loss": [0.5, 0.125, 0.5], "accuracy": [0.8, 1.0, 0.75]}, "e"),
        ("HR405", {"loss": [0.5, 0.125, 0.3], "accuracy": [0.8, 1.0, 0.75]}, []),
        ("HR405", {"loss": [0.5, 0.125, 0.5], "accuracy": [0.8, 1.0, 0.85]}, []),
        ("HR405", {"loss": [0.125, 0.5, 0.5], "accuracy": [1.0, 0.8, 0.75]}, []),
        (
            "HR405",
            {"loss": [0.5, 0.1, 0.5], "accuracy": [0.8, 1.0, 0.5], "kept_epoch": 2},
            [],
        ),
        ("HR405", {"loss": [1, NAN], "gaps": True}, []),
        ("HR405", {"loss": [1, np.inf], "gaps": True}, "e"),
        ("HR405", {"val_loss": [1, 2]}, []),
        ("HR405", {"accuracy": [1, 2]}, None),
        ("HR405", {}, None),
        ("HR406", {"val_macro_f1": [0.5, 0.4, 0.44], "kept_epoch": 3}, ["warning"]),
        ("HR406", {"val_macro_f1": [0.5, 0.4, 0.44]}, ["note"]),
        # The best epoch alone was out of line: means of three are .5, .53, .53, .5.
        (
            "HR406",
            {"val_macro_f1": [0.5, 0.5, 0.5, 0.6, 0.5, 0.5], "kept_epoch": 6},
            [],
        ),
        ("HR406", {"val_macro_f1": [0.5, 0.4, 0.46]}, []),
        ("HR406", {"val_macro_f1": [0.5, 0.4, 0.3], "kept_epoch": 1}, []),
        ("HR406", {"val_accuracy": [0.9, 0.4, 0.3]}, ["note"]),
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
    expected = {"w": ["warning"], "e": ["error"]}.get(str(expected), expected)
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
        assert diagnosis.sentence.startswith(
            "Cannot tell: training curves alone (3 epochs)"
        )


def test_frozen_curves_without_class_frequencies(make_evidence):
    history = {
        "val_accuracy": [0.7, 0.8178, 0.8178, 0.8178],
        "loss": [2, 0.8, 0.8, 0.8],
    }
    diagnosis = diagnose(make_evidence(history=history))
    assert (diagnosis.verdict.key, diagnosis.kind) == ("undetermined", None)
    (finding,) = diagnosis.findings
    assert (finding.code, finding.severity) == ("HR403", "note")
    assert "no prediction seems to change" in finding.evidence
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
        "Cannot tell: training curves alone (1 epoch) do not show which classes "
        "are predicted. Without the loss, an accuracy near the majority-class baseline "
        "(81.2%) does not show whether one class is predicted for all images. "
        "Give predictions."
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


def test_what_was_learned_and_lost_is_late_with_its_cause(make_evidence):
    history = {
        "loss": [0.6, 0.2, 0.04, 0.694, 0.693],
        "accuracy": [0.7, 0.9, 0.98, 0.503, 0.5],
        "val_loss": [0.5, 0.2, 0.06, 0.693, 0.693],
        "val_accuracy": [0.75, 0.92, 0.97, 0.5, 0.5],
    }
    diagnosis = diagnose(make_evidence(history=history, shares=HALF))
    assert (diagnosis.verdict.key, diagnosis.kind) == ("collapsed", "late")
    assert (
        "The network lost what it had learned in earlier epochs." in diagnosis.sentence
    )
    assert diagnosis.causes[0].key == "diverged-late"
    without = diagnose(make_evidence(history=history))
    assert without.verdict.key == "undetermined"
    assert [cause.key for cause in without.causes] == ["diverged-late"]
    (finding,) = (f for f in without.findings if f.code == "HR405")
    assert str(finding).startswith(
        "In epoch 3 training accuracy was 98.0% and the training loss 0.04. In epoch 5 "
        "they are 50.0% and 0.693"
    )


def test_binary_accuracy_of_five_classes_is_told_as_such(make_evidence):
    history = {"loss": [0.51, 0.5004, 0.5004], "binary_accuracy": [0.79, 0.8, 0.8]}
    diagnosis = diagnose(make_evidence(history=history, shares=FIVE))
    # (K - 1)/K, and -.2 ln .2 - .8 ln .8.
    assert diagnosis.sentence == (
        "Collapsed: over the last epochs binary accuracy (80.0%) and loss (0.500 nats) "
        "are what 5 classes give when only their frequencies were learned. This is "
        "known from 3 epochs of training curves alone."
    )
    (finding,) = diagnosis.findings
    assert "is not an accuracy with 5 classes" in str(finding)


def test_validation_below_chance_is_no_scrambled_label(make_evidence):
    history = {"accuracy": [0.6, 0.8, 0.95], "val_accuracy": [0.0, 0.0, 0.0]}
    diagnosis = diagnose(make_evidence(history=history, shares=FIVE))
    assert diagnosis.causes[0].key == "classes-differ"
    keys = [cause.key for cause in diagnosis.causes]
    assert "validation-labels-scrambled" not in keys
    assert "far below chance (20.0%)" in str(diagnosis.findings[0])


def test_a_memorised_training_set_is_no_proof_of_scrambled_labels(make_evidence):
    history = {
        "loss": [0.9, 0.3, 0.02],
        "val_loss": [1.3, 1.6, 2.0],
        "val_accuracy": [0.31, 0.28, 0.27],
    }
    diagnosis = diagnose(make_evidence(history=history, shares=FIVE))
    # Kappa is (.27 - .2) / (1 - .2) = .0875, within .1 of chance, and yet above it.
    assert [finding.code for finding in diagnosis.findings] == ["HR401", "HR404"]
    assert [cause.key for cause in diagnosis.causes] == ["overfitted"]


def test_validation_at_the_baseline_is_evidence_of_scrambled_labels(make_evidence):
    history = {
        "loss": [0.9, 0.3, 0.02],
        "val_loss": [1.3, 1.6, 2.0],
        "val_accuracy": [0.22, 0.21, 0.20],
    }
    diagnosis = diagnose(make_evidence(history=history, shares=FIVE))
    assert [finding.code for finding in diagnosis.findings] == ["HR401", "HR404"]
    assert diagnosis.causes[0].key == "validation-labels-scrambled"


def test_level_validation_and_no_finding_have_no_cause(make_evidence):
    history = {
        "loss": [0.9, 0.4, 0.2],
        "accuracy": [0.6, 0.85, 0.93],
        "val_loss": [0.7, 0.3, 0.31],
        "val_accuracy": [0.7, 0.91, 0.91],
    }
    diagnosis = diagnose(make_evidence(history=history))
    assert (diagnosis.findings, diagnosis.causes) == ((), ())


def test_an_epoch_without_validation_is_passed_over(make_evidence):
    history = {
        "loss": [0.9, 0.5, 0.4, 0.3, 0.2, 0.1],
        "val_loss": [0.5, NAN, 0.6, NAN, 0.9, NAN],
    }
    evidence = make_evidence(history=history, gaps=True)
    (finding,) = diagnose(evidence).findings
    assert finding.code == "HR401"
    # Epochs 1 and 5 are compared; the last one has no validation.
    assert str(finding).startswith(
        "Validation loss rose from 0.500 in epoch 1 to 0.900 in epoch 5"
    )


def test_restored_weights_of_the_best_epoch_are_no_late_checkpoint(make_evidence):
    """Predictions that score as the best epoch did were made with its weights."""
    cells = {(0, 0): 45, (1, 1): 45, (0, 1): 5, (1, 0): 5}
    history = {"val_accuracy": [0.7, 0.9, 0.8, 0.75], "loss": FALLING[:4]}
    history |= {"val_loss": [1, 0.5, 0.9, 1.2]}
    restored = make_evidence(cells=cells, split="val", history=history)
    assert evaluated_epoch(restored, 4) == 2
    assert severities("HR406", restored) == []
    # Such weights are not overfitted: what came after them is a note.
    assert severities("HR401", restored) == ["note"]
    # 75 of 100 are those of the last epoch.
    cells = {(0, 0): 38, (1, 1): 37, (0, 1): 12, (1, 0): 13}
    last = make_evidence(cells=cells, split="val", history=history)
    assert severities("HR406", last) == ["warning"]
    assert severities("HR401", last) == ["warning"]


@pytest.mark.parametrize(
    ("val_macro_f1", "severity"),
    [([0.8, 0.9, 0.9, 0.89], "note"), ([0.8, 0.9, 0.85, 0.8], "warning")],
)
def test_a_loss_that_rises_while_the_metric_holds_is_a_note(
    val_macro_f1, severity, make_evidence
):
    cells = {(0, 0): 95, (1, 1): 95, (0, 1): 5, (1, 0): 5}
    history = {"loss": FALLING[:4], "val_loss": [0.5, 0.3, 0.5, 0.6]}
    history |= {"val_macro_f1": val_macro_f1}
    evidence = make_evidence(cells=cells, history=history)
    assert severities("HR401", evidence) == [severity]
    # Of a classifier that fails, a loss that rises says why.
    collapsed = make_evidence(cells={(0, 0): 100, (1, 0): 100}, history=history)
    assert severities("HR401", collapsed) == ["warning"]


def test_a_choice_by_accuracy_that_costs_nothing_is_no_finding(make_evidence):
    history = {"val_accuracy": [0.8, 0.9], "val_macro_f1": [0.5, 0.6]}
    evidence = make_evidence(history=history, shares=MARS, select_by="accuracy")
    assert severities("HR407", evidence) == []
    history = {"val_accuracy": [0.8, 0.9], "val_macro_f1": [0.61, 0.6]}
    evidence = make_evidence(history=history, shares=MARS, select_by="accuracy")
    assert severities("HR407", evidence) == []


def test_an_accuracy_that_stays_is_noted_whatever_the_loss_does(make_evidence):
    history = {"val_accuracy": [0.5] * 5, "loss": FALLING[:5], "val_loss": FALLING[:5]}
    (finding,) = BY_CODE["HR403"](make_evidence(history=history, shares=MARS))
    assert finding.severity == "note"
    assert str(finding).startswith(
        "Validation accuracy is 0.5000 in each of the last 5 epochs, while the "
        "training loss moves by 0.700"
    )
    for column in history:
        history[column] = history[column][:4]
    assert severities("HR403", make_evidence(history=history, shares=MARS)) == []
    never = make_evidence(history={"val_accuracy": [0.0] * 5, "loss": [1.0] * 5})
    assert severities("HR403", never) == []
    alone = make_evidence(history={"val_accuracy": [0.5] * 5})
    assert severities("HR403", alone) == ["note"]


def test_validation_just_below_the_baseline_is_no_chance(make_evidence):
    """Scrambled labels end far below the majority; one noisy epoch is no sign."""
    history = {"accuracy": [0.9, 0.97], "val_accuracy": [0.83, 0.805]}
    assert severities("HR404", make_evidence(history=history, shares=MARS)) == []
    history["val_accuracy"] = [0.90, 0.78]
    assert severities("HR404", make_evidence(history=history, shares=MARS)) == []
    history["val_accuracy"] = [0.79, 0.78]
    assert severities("HR404", make_evidence(history=history, shares=MARS)) == [
        "warning"
    ]
