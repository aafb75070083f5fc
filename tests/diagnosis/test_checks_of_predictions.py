"""HR1xx, HR2xx and HR3xx: each fires, is silent, and is not applicable."""

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import diagnose
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.sources import gather_predictions
from hirise.predictions import predictions_of

GOOD = {(0, 0): 100, (1, 1): 100, (2, 2): 100, (3, 3): 100}
ALL_OTHER = {(0, 0): 70, (1, 0): 20, (2, 0): 10}
BY_CODE = {check.code: check for check in CHECKS}


def findings(code, evidence):
    """`(severity, subject)` of what the check finds; None if not applicable."""
    try:
        found = list(BY_CODE[code](evidence))
    except NotApplicable:
        return None
    assert all(finding.code == code for finding in found)
    assert all(finding.evidence[-1] == "." for finding in found)
    return [(finding.severity, finding.subject) for finding in found]


def rows(*columns, n=60):
    return np.tile(columns, (n, 1)).astype(float)


def split_counts(**columns):
    return pd.DataFrame(columns, index=["other", "crater"])


PROBLEMS = pd.Series({"missing": 3, "resized": 2})
SHARES = {"other": 0.7, "crater": 0.2, "dune": 0.1}
DISTINCT = np.random.default_rng(0).dirichlet(np.ones(4), 60)
Y60 = np.arange(60) % 4


@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        ("HR104", {"cells": {(0, 0): 50, (1, 1): 50, (2, 2): 9}}, [("warning", "")]),
        ("HR104", {"cells": GOOD}, []),
        ("HR104", {"y_pred": [0]}, None),
        ("HR104", {}, None),
        (
            "HR104",
            {"split_counts": split_counts(train=[50, 40], val=[9, 0], test=[10, 10])},
            [("warning", "val")],
        ),
        (
            "HR105",
            {"file_problems": PROBLEMS},
            [("warning", "files")],
        ),
        ("HR105", {"file_problems": PROBLEMS[["resized"]]}, [("note", "resized")]),
        ("HR105", {"cells": GOOD}, []),
        ("HR105", {}, None),
        ("HR105", {"y_true": [0, -1], "y_pred": [0, 0]}, [("warning", "unlabelled")]),
        (
            "HR105",
            {"y_pred": [0, 1], "proba": rows(0.25, 0.25, 0.5, 0, n=2)},
            [("warning", "y_pred")],
        ),
        (
            "HR105",
            {"y_pred": [0, 0], "proba": rows(0.5, 0.5, 0, 0, n=2)},
            [("note", "tied")],
        ),
        ("HR201", {"cells": ALL_OTHER}, [("error", "other")]),
        ("HR201", {"cells": GOOD}, []),
        ("HR201", {"cells": {(0, 0): 500}}, None),
        ("HR202", {"cells": ALL_OTHER}, [("error", "")]),
        ("HR202", {"cells": {(0, 0): 50, (1, 1): 50, (2, 0): 3}}, [("note", "dune")]),
        ("HR202", {"cells": GOOD}, []),
        ("HR202", {"y_pred": [0] * 40}, None),
        ("HR203", {"cells": ALL_OTHER}, [("warning", "")]),
        ("HR203", {"cells": GOOD}, []),
        ("HR203", {"cells": {(0, 0): 5}}, None),
        (
            "HR204",
            {"cells": {(0, 0): 100, (1, 0): 60, (1, 1): 40, (2, 0): 8, (2, 2): 1}},
            [("warning", "")],
        ),
        ("HR204", {"cells": GOOD}, []),
        ("HR204", {"cells": ALL_OTHER}, []),  # never predicted is HR202's
        ("HR204", {}, None),
        (
            "HR205",
            {"cells": {(0, 0): 100, (0, 1): 60, (1, 1): 30, (0, 2): 6, (3, 3): 9}},
            [("warning", "")],
        ),
        ("HR205", {"cells": GOOD}, []),
        ("HR205", {"y_pred": [0]}, None),
        ("HR206", {"cells": {(0, 1): 50, (1, 0): 50}}, [("error", "")]),
        (
            "HR206",
            {"cells": {(0, 0): 12, (0, 1): 8, (1, 0): 8, (1, 1): 12}},
            [("note", "")],
        ),
        ("HR206", {"cells": GOOD}, []),
        ("HR206", {"cells": ALL_OTHER}, None),
        (
            "HR206",
            {"y_true": Y60, "y_pred": Y60, "group": ["g"] * 60},
            None,
        ),
        ("HR207", {"cells": {(0, 1): 95, (1, 0): 90, (2, 2): 99}}, [("error", "")]),
        ("HR207", {"cells": GOOD}, []),
        ("HR207", {"cells": ALL_OTHER}, []),
        ("HR207", {"cells": {(0, 1): 9}}, None),
        # the two exchanged classes have under ten images each
        ("HR207", {"cells": {(0, 0): 99, (1, 2): 9, (2, 1): 9, (3, 3): 99}}, []),
        ("HR302", {"cells": ALL_OTHER, "proba": rows(0.7, 0.2, 0.1, 0, n=100)}, "err"),
        ("HR302", {"y_pred": [0] * 20, "proba": rows(1, 0, 0, 0, n=20)}, "note"),
        (
            "HR302",
            {"y_true": [0] * 60, "y_pred": [0] * 60, "proba": rows(1, 0, 0, 0)},
            "warning",
        ),
        ("HR302", {"y_pred": DISTINCT.argmax(1), "proba": DISTINCT}, []),
        ("HR302", {"y_pred": [0], "proba": rows(1, 0, 0, 0, n=1)}, None),
        ("HR302", {"cells": ALL_OTHER}, None),
        (
            "HR303",
            {"y_pred": [0] * 60, "proba": rows(0.69, 0.2, 0.11, 0), "shares": SHARES},
            "warning",
        ),
        (
            "HR303",
            {"y_pred": [0] * 60, "proba": rows(0.65, 0.25, 0.1, 0), "shares": SHARES},
            [],
        ),
        (
            "HR303",
            {"y_pred": DISTINCT.argmax(1), "proba": DISTINCT, "shares": SHARES},
            [],
        ),
        ("HR303", {"y_pred": [0] * 60, "proba": rows(0.7, 0.2, 0.1, 0)}, None),
        ("HR303", {"y_pred": [0] * 60, "shares": SHARES}, None),
    ],
)
def test_check(make_evidence, code, given, expected):
    found = findings(code, make_evidence(**given))
    if isinstance(expected, str):
        severity = {"err": "error"}.get(expected, expected)
        expected = [(severity, "")]
    assert found == expected


@pytest.mark.parametrize("gain", [0.19, 0.21])
def test_a_relabelling_must_gain_a_fifth_of_macro_f1(make_evidence, gain):
    # of 100 images each of two classes, n are called right: macro-F1 n % before
    n = round(100 * (1 - gain) / 2)
    cells = {(0, 0): n, (0, 1): 100 - n, (1, 1): n, (1, 0): 100 - n}
    found = findings("HR207", make_evidence(cells=cells))
    assert found == []  # a kappa of .2 after it proves nothing
    shares = {(2, 2): 200, (3, 3): 200}
    assert findings("HR207", make_evidence(cells=cells | shares)) == []


def test_a_relabelling_in_words(make_evidence):
    cells = {(0, 1): 96, (0, 0): 4, (1, 2): 92, (1, 1): 8, (2, 0): 100, (3, 3): 100}
    (finding,) = BY_CODE["HR207"](make_evidence(cells=cells))
    assert finding.evidence.startswith(
        "The class order is permuted. One relabelling raises accuracy from 28.0% to "
        "97.0% and macro-F1 from "
    )
    assert finding.evidence.endswith(
        "'other' means 'dune', 'crater' means 'other', 'dune' means 'crater'."
    )


def test_the_number_its_interval_and_the_threshold_stand_in_the_sentence(make_evidence):
    cells = {(0, 0): 100, (1, 0): 60, (1, 1): 40}
    (finding,) = BY_CODE["HR204"](make_evidence(cells=cells))
    assert finding.evidence == (
        "40.0% (95% CI 30.9–49.8%) of 100 images of 'crater' are classified correctly. "
        "At least 70.0% is expected."
    )
    assert finding.remedies == ("class-weights", "transfer")
    assert finding.advice


def test_classes_that_are_missed_are_one_finding_with_a_row_each(make_evidence):
    cells = {(0, 0): 100, (1, 0): 60, (1, 1): 40, (2, 0): 8, (2, 2): 1}
    cells |= {(3, 3): 10, (3, 0): 40}
    (finding,) = BY_CODE["HR204"](make_evidence(cells=cells))
    assert finding.severity == "warning"
    # Those with enough images first, the lowest recall first: 10/50, 40/100, 1/9.
    assert finding.subjects == ("spider", "crater", "dune")
    assert [row["enough"] for row in finding.rows] == [True, True, False]
    assert [row["recall"].value for row in finding.rows] == [0.2, 0.4, 1 / 9]
    assert str(finding).startswith(
        "In 3 of 4 classes fewer than 70.0% of the images are classified correctly, "
        "beyond chance: 'spider' 20.0% (95% CI 11.2–33.0%) of 50 images, 'crater' "
    )


def test_the_worst_of_many_equal_classes_are_no_finding():
    rng = np.random.default_rng(0)
    y_true = np.repeat(range(200), 30)
    correct = rng.random(len(y_true)) < 0.75
    evidence = gather_predictions(
        predictions_of(
            {"y_true": y_true, "y_pred": np.where(correct, y_true, (y_true + 1) % 200)}
        )
    )
    # An interval lies wholly under .70 by chance, as 1 in 120 of such classes does.
    assert (evidence.evaluation.per_class["recall_high"] < 0.7).sum() == 1
    assert list(BY_CODE["HR204"](evidence)) == []
    assert diagnose(evidence).verdict == "healthy"


def test_all_classes_half_missed_are_one_finding_by_balanced_accuracy():
    """12 of 20 images of each: no class alone is beyond chance, all together are."""
    y_true = np.repeat(range(40), 20)
    correct = np.arange(len(y_true)) % 20 < 12
    y_pred = np.where(correct, y_true, (y_true + 1) % 40)
    evidence = gather_predictions(predictions_of({"y_true": y_true, "y_pred": y_pred}))
    (finding,) = BY_CODE["HR204"](evidence)
    assert (finding.severity, finding.subject, finding.rows) == ("warning", "", ())
    assert finding.fields["balanced"].value == pytest.approx(0.6)
    said = diagnose(evidence)
    assert (said.verdict.key, said.verdict.row) == ("weak", 7)
    assert said.sentence.startswith(
        "Weak: balanced accuracy, the mean recall of the classes, is 60.0%"
    )


def test_sentence_and_finding_count_the_same_classes(make_evidence):
    cells = {(0, 0): 70, (1, 1): 20, (2, 0): 12, (3, 0): 4}
    evidence = make_evidence(cells=cells)
    (finding,) = BY_CODE["HR202"](evidence)
    said = (
        "2 of 4 classes are never predicted. 1 of them has 10 images or more: 'dune' "
        "(12 images)."
    )
    assert str(finding) == said
    assert said in diagnose(evidence).sentence
    assert finding.subjects == ("dune", "spider")


def test_problems_of_files_are_one_finding(make_evidence):
    (finding,) = BY_CODE["HR105"](make_evidence(file_problems=PROBLEMS))
    assert str(finding) == "In the dataset: 3 images missing, 2 images resized."
    assert [row["images"].n for row in finding.rows] == [3, 2]


def test_a_permuted_order_is_found_beside_a_weak_class(make_evidence):
    """Two of three moved classes are restored; the third, a rare one, is weak."""
    cells = {(0, 1): 90, (0, 0): 10, (1, 2): 45, (1, 1): 5, (2, 0): 3, (2, 1): 12}
    (finding,) = BY_CODE["HR207"](make_evidence(cells=cells))
    # Of 165 images 10 + 5 are correct before, 90 + 45 + 3 after.
    assert finding.fields["accuracy_before"].value == pytest.approx(15 / 165)
    assert finding.fields["accuracy_after"].value == pytest.approx(138 / 165)


def test_weak_classes_in_alphabetical_order_are_found(make_evidence):
    """Names are in order of severity, the model was trained in alphabetical order."""
    names = ("none", "mild", "worst")  # alphabetical: mild, none, worst
    cells = {(0, 1): 27, (0, 0): 18, (0, 2): 15, (1, 0): 27, (1, 1): 18, (1, 2): 15}
    cells |= {(2, 2): 24, (2, 0): 18, (2, 1): 18}
    evidence = make_evidence(cells=cells, class_names=names)
    found = list(BY_CODE["HR207"](evidence))
    # Before 60 of 180 are correct, in alphabetical order 78: kappa .00 to .15.
    assert found == []
    cells = {(0, 1): 33, (0, 0): 12, (0, 2): 15, (1, 0): 33, (1, 1): 12, (1, 2): 15}
    cells |= {(2, 2): 24, (2, 0): 18, (2, 1): 18}
    (finding,) = BY_CODE["HR207"](make_evidence(cells=cells, class_names=names))
    assert str(finding) == (
        "The class order is permuted. Predictions in alphabetical order of the class "
        "names have accuracy 50.0% instead of 26.7%, and Cohen's kappa 0.25 instead of "
        "-0.10: 'none' means 'mild', 'mild' means 'none'."
    )


def test_sanity_a_permuted_order_of_accuracy_a_tenth(make_evidence):
    """Accuracy .10, after the best one-to-one relabelling .95: an error."""
    cells = {(i, (i + 1) % 4): 95 for i in range(4)}
    cells |= {(i, i): 5 for i in range(4)} | {(0, 0): 25, (0, 2): 0}
    diagnosis = diagnose(make_evidence(cells=cells))
    (finding,) = [f for f in diagnosis.findings if f.code == "HR207"]
    assert finding.severity == "error"
    # 40 of 420 are correct, and 380 when relabelled.
    assert finding.fields["accuracy_before"].value == pytest.approx(40 / 420)
    assert finding.fields["accuracy_after"].value == pytest.approx(380 / 420)


def test_two_classes_that_are_exchanged_in_a_good_model_are_permuted(make_evidence):
    """Macro-F1 gains little where the others are many; kappa gains enough."""
    cells = {(0, 1): 90, (1, 0): 90, (0, 0): 10, (1, 1): 10}
    cells |= {(2, 2): 60, (3, 3): 60}
    (finding,) = BY_CODE["HR207"](make_evidence(cells=cells))
    assert finding.severity == "error"


def test_worse_than_chance_is_said_so(make_evidence):
    cells = {(0, 1): 60, (1, 0): 60, (0, 0): 5, (1, 1): 5}
    (finding,) = BY_CODE["HR206"](make_evidence(cells=cells))
    assert str(finding).startswith("The predictions are worse than chance")


def test_one_class_without_truth_is_a_warning():
    evidence = gather_predictions(predictions_of({"y_pred": ["a"] * 300}))
    (finding,) = BY_CODE["HR201"](evidence)
    assert (finding.severity, finding.subject) == ("warning", "a")
    assert diagnose(evidence).sentence == (
        "Cannot tell: there are no true labels to compare with. All 300 images are "
        "predicted as 'a'."
    )


def test_few_or_mixed_predictions_without_truth_are_no_warning():
    for labels in (["a"] * 29, ["a"] * 98 + ["b"] * 2):
        evidence = gather_predictions(predictions_of({"y_pred": labels}))
        with pytest.raises(NotApplicable):
            list(BY_CODE["HR201"](evidence))
