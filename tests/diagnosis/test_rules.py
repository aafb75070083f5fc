"""Each row of the decision table fires, and its neighbours do not."""

import dataclasses

import numpy as np
import pytest

from hirise.diagnosis import diagnose
from hirise.diagnosis.rules import RULES, effective_ratio
from hirise.diagnosis.verdict import decide


def verdict(evidence):
    """Verdict, row, and the code and severity of every finding."""
    diagnosis = diagnose(evidence)
    found = {(finding.code, finding.severity) for finding in diagnosis.findings}
    assert diagnosis.verdict.key == evidence.verdict.key
    return diagnosis.verdict.key, evidence.verdict.row, found


def errors(found):
    return {code for code, severity in found if severity == "error"}


@pytest.mark.parametrize(
    ("n", "spread", "row"),
    [(30, 0, 1), (29, 0, 2), (30, 0.9e-6, 1), (30, 1.2e-6, 2)],
)
def test_row_1_no_truth_and_equal_probabilities(make_evidence, n, spread, row):
    proba = np.tile([0.6, 0.4], (n, 1))
    proba[0] += [spread, -spread]
    names = ("a", "b")
    evidence = make_evidence(y_pred=[0] * n, proba=proba, class_names=names)
    said, at, found = verdict(evidence)
    assert at == row
    assert said == ("collapsed" if row == 1 else "undetermined")
    assert errors(found) == ({"HR302"} if row == 1 else set())


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        ({(0, 0): 25, (1, 1): 4}, 2),  # 29 images
        ({(0, 0): 25, (1, 1): 5}, 8),  # 30, 5 outside the majority
        ({(0, 0): 26, (1, 1): 4}, 2),  # 4 outside the majority
        ({(0, 0): 500}, 2),  # one class only
        ({(0, 0): 400, (0, 1): 100}, 2),  # one class only in the truth
        ({(0, 0): 500, (1, 0): 4}, 2),
        ({(0, 0): 500, (1, 0): 5}, 3),
    ],
)
def test_row_2_too_little_to_evaluate(make_evidence, cells, row):
    said, at, found = verdict(make_evidence(cells=cells))
    assert at == row
    if row == 2:
        assert said == "undetermined"
        assert errors(found) == set()


def test_row_2_labels_alone_without_truth(make_evidence):
    said, row, found = verdict(make_evidence(y_pred=[0] * 100))
    assert (said, row, errors(found)) == ("undetermined", 2, set())


def test_row_3_equal_probabilities(make_evidence):
    proba = np.tile([0.4, 0.3, 0.2, 0.1], (60, 1))
    evidence = make_evidence(cells={(0, 0): 40, (1, 0): 20}, proba=proba)
    said, row, found = verdict(evidence)
    assert (said, row) == ("collapsed", 3)
    assert {("HR201", "error"), ("HR302", "error")} <= found
    proba[0] = [0.5, 0.2, 0.2, 0.1]
    one = make_evidence(cells={(0, 0): 40, (1, 1): 20}, proba=proba)
    assert verdict(one)[1] == 8


@pytest.mark.parametrize(
    ("n_other", "row"),
    [(10, 3), (11, 4)],  # of 1,000: top share .990 and .989
)
def test_row_3_frequency_of_the_most_predicted_class(make_evidence, n_other, row):
    cells = {(0, 0): 800 - n_other, (0, 1): n_other, (1, 0): 100, (2, 0): 100}
    said, at, found = verdict(make_evidence(cells=cells))
    assert at == row
    assert ("HR201", "error") in found or row == 4
    assert (said == "collapsed") == (row == 3)


def test_row_3_is_silent_where_one_class_is_nearly_all(make_evidence):
    # 99.5% are of one class and all are right: no collapse
    said, row, found = verdict(make_evidence(cells={(0, 0): 1990, (1, 1): 10}))
    assert (said, row, errors(found)) == ("healthy", 8, set())


def test_row_3_upper_end_of_kappa(make_evidence):
    # one class takes .99; kappa .17, but its interval reaches over .2
    cells = {(0, 0): 890, (1, 0): 100, (1, 1): 10}
    evidence = make_evidence(cells=cells)
    value, _, high = evidence.evaluation.bounds("kappa")
    assert value < 0.2 < high
    assert verdict(evidence)[1] == 7
    few = make_evidence(cells={(0, 0): 890, (1, 0): 105, (1, 1): 5})
    assert few.evaluation.bounds("kappa")[2] < 0.2
    assert verdict(few)[1] == 3


@pytest.mark.parametrize(("n", "row"), [(10, 4), (9, 8)])
def test_row_4_a_class_of_ten_never_predicted(make_evidence, n, row):
    cells = {(0, 0): 100, (1, 1): 100, (2, 2): 100, (3, 0): n}
    said, at, found = verdict(make_evidence(cells=cells))
    assert at == row
    assert said == ("partly-collapsed" if row == 4 else "healthy")
    severity = "error" if row == 4 else "note"
    assert {s for code, s in found if code == "HR202"} == {severity}


def test_row_4_effective_number_of_classes(make_evidence):
    def cells(n):  # n of each 100 of three classes keep their name
        kept = {(c, c): n for c in (1, 2, 3)}
        return {(0, 0): 100} | kept | {(c, 0): 100 - n for c in (1, 2, 3)}

    ratios = {}
    for n in range(3, 40, 4):
        evidence = make_evidence(cells=cells(n))
        ratios[n] = effective_ratio(evidence.evaluation)
        assert (evidence.verdict.row == 4) == (ratios[n] < 0.5)
    assert min(ratios.values()) < 0.5 < max(ratios.values())
    under = max(n for n, ratio in ratios.items() if ratio < 0.5)
    said, _, found = verdict(make_evidence(cells=cells(under)))
    assert said == "partly-collapsed"
    assert ("HR202", "error") in found


def test_row_4_is_not_faked_by_unlabelled_images(make_evidence):
    y = list(range(4)) * 25
    said, row, _ = verdict(make_evidence(y_true=y + [-1] * 5000, y_pred=y + [0] * 5000))
    assert (said, row) == ("healthy", 8)


def shuffled(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.choice(4, n, p=[0.55, 0.15, 0.15, 0.15]).tolist()


def test_row_5_permuted_against_the_truth(make_evidence):
    evidence = make_evidence(y_true=shuffled(3000), y_pred=shuffled(3000, 1))
    said, row, found = verdict(evidence)
    assert (said, row) == ("uninformed", 5)
    assert ("HR206", "error") in found


def test_row_5_worse_than_chance(make_evidence):
    cells = {(0, 1): 150, (1, 0): 150, (0, 0): 20, (1, 1): 20}
    evidence = make_evidence(cells=cells)
    assert evidence.evaluation.bounds("kappa")[2] <= 0
    assert verdict(evidence)[1] == 5


def test_row_6_too_few_to_tell(make_evidence):
    cells = {(0, 0): 12, (0, 1): 8, (1, 0): 8, (1, 1): 12}
    evidence = make_evidence(cells=cells)
    _, low, high = evidence.evaluation.bounds("kappa")
    assert low <= 0
    assert high >= 0.2
    said, row, found = verdict(evidence)
    assert (said, row) == ("undetermined", 6)
    assert {s for code, s in found if code == "HR206"} == {"note"}
    assert errors(found) == set()


def test_row_6_without_intervals(make_evidence):
    y = list(range(4)) * 25
    evidence = make_evidence(y_true=y, y_pred=y, group=[str(i % 9) for i in range(100)])
    said, row, found = verdict(evidence)
    assert (said, row, errors(found)) == ("undetermined", 6, set())
    sentence = diagnose(evidence).sentence
    assert "9 groups are fewer than the 10" in sentence


def test_row_3_holds_without_intervals(make_evidence):
    evidence = make_evidence(
        cells={(0, 0): 60, (1, 0): 40}, group=[str(i % 9) for i in range(100)]
    )
    assert verdict(evidence)[:2] == ("collapsed", 3)
    assert "9 groups are fewer than the 10" in diagnose(evidence).sentence


@pytest.mark.parametrize(("n_right", "row"), [(60, 7), (62, 8)])
def test_row_7_recall_wholly_under_the_floor(make_evidence, n_right, row):
    # Wilson's upper end for 60 and 62 of 100 is .691 and .709
    cells = {(0, 0): 100, (1, 1): n_right, (1, 0): 100 - n_right}
    said, at, found = verdict(make_evidence(cells=cells))
    assert at == row
    assert (said, ("HR204", "warning") in found) == (
        ("weak", True) if row == 7 else ("healthy", False)
    )


@pytest.mark.parametrize(("n", "row"), [(10, 7), (9, 8)])
def test_row_7_needs_ten_images_of_the_class(make_evidence, n, row):
    cells = {(0, 0): 100, (1, 1): 100, (2, 2): 2, (2, 0): n - 2}
    said, at, found = verdict(make_evidence(cells=cells))
    assert at == row
    assert ("HR204", "warning" if row == 7 else "note") in found
    assert said == ("weak" if row == 7 else "healthy")


def test_row_7_accuracy_not_above_the_majority_class_baseline(make_evidence):
    # every recall interval reaches over .70, and accuracy equals the majority share
    cells = {(0, 0): 68, (0, 1): 12, (1, 1): 12, (1, 0): 8}
    said, row, found = verdict(make_evidence(cells=cells))
    assert (said, row) == ("weak", 7)
    assert ("HR203", "warning") in found
    assert "HR204" not in {code for code, _ in found}
    better = {(0, 0): 69, (0, 1): 11, (1, 1): 12, (1, 0): 8}
    assert verdict(make_evidence(cells=better))[1] == 8


def test_sanity_rare_events_and_weighted_training_are_weak(make_evidence):
    rare = {(0, 0): 5910, (1, 1): 48, (1, 0): 42}  # precision 1, recall .53
    assert verdict(make_evidence(cells=rare))[0] == "weak"
    # accuracy .70 under a majority of .83, kappa about .4
    weighted = {(0, 0): 555, (0, 1): 150, (0, 2): 125, (1, 1): 75, (2, 2): 70}
    weighted |= {(1, 2): 10, (2, 1): 15}
    evidence = make_evidence(cells=weighted)
    assert 0.35 < evidence.evaluation.metric("kappa") < 0.45
    assert evidence.evaluation.metric("accuracy") == 0.7
    assert verdict(evidence)[0] == "weak"


def test_sanity_a_good_model_of_an_unbalanced_set_is_sound(make_evidence):
    cells = {(0, 0): 800, (0, 1): 10, (1, 1): 100, (1, 0): 15, (2, 2): 60, (2, 0): 10}
    evidence = make_evidence(cells=cells)
    assert evidence.evaluation.metric("majority_share") == pytest.approx(810 / 995)
    assert verdict(evidence)[0] == "healthy"


def test_sanity_predictions_permuted_against_the_truth_are_uninformed(make_evidence):
    y = np.repeat(range(4), (600, 200, 100, 100))
    permuted = np.random.default_rng(0).permutation(y)
    assert verdict(make_evidence(y_true=y, y_pred=permuted))[0] == "uninformed"


def test_row_7_balanced_accuracy_wholly_under_the_floor(make_evidence):
    # 12 of 20 of each of 4 classes: .60, its upper end about .70; of 200 it is weak.
    few = {(i, i): 12 for i in range(4)} | {(i, (i + 1) % 4): 8 for i in range(4)}
    many = {cell: 10 * n for cell, n in few.items()}
    assert verdict(make_evidence(cells=few))[0] == "healthy"
    assert verdict(make_evidence(cells=many))[:2] == ("weak", 7)


def test_small_classes_are_named(make_evidence):
    cells = {(0, 0): 100, (1, 1): 100, (2, 2): 9, (3, 3): 2}
    sentence = diagnose(make_evidence(cells=cells)).sentence
    assert sentence.endswith("Too small to evaluate: 'dune', 'spider'.")


def test_thresholds_are_fields(make_evidence):
    evaluation = make_evidence(cells={(0, 0): 25, (1, 1): 5}).evaluation
    assert decide(evaluation).row == 8
    strict = dataclasses.replace(RULES, min_images=31)
    assert decide(evaluation, strict).row == 2
