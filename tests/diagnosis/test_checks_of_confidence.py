"""HR301 and HR107: each fires, is silent, and is not applicable."""

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import diagnose, gather_predictions
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.labels.noise import label_noise
from hirise.diagnosis.labels.suspected import confident_class, suspected_errors
from hirise.predictions import Predictions

BY_CODE = {check.code: check for check in CHECKS}
NAMES = ("other", "crater", "dune", "spider")


def predictions(*, n=1000, right=0.8, sure=0.8, mislabelled=0, split="val", classes=4):
    """A model that is `right` so often and says `sure` of each; labels then spoiled."""
    truth = np.arange(n) % classes
    wrong = np.arange(n) % 100 >= round(100 * right)
    called = np.where(wrong, (truth + 1) % classes, truth)
    proba = np.full((n, 4), (1 - sure) / 3)
    proba[np.arange(n), called] = sure
    given = truth.copy()
    given[:mislabelled] = (truth[:mislabelled] + 2) % classes
    return Predictions(
        y_pred=called,
        y_true=given,
        proba=proba,
        class_names=NAMES,
        image=[f"{i}.jpg" for i in range(n)],
        split=split,
    )


def found(code, given):
    try:
        return list(BY_CODE[code](gather_predictions(given)))
    except NotApplicable as reason:
        return str(reason)


def test_confidence_that_is_true_is_passed_and_boasting_is_found():
    assert found("HR301", predictions(right=0.8, sure=0.8)) == []
    assert found("HR301", predictions(right=0.8, sure=0.86)) == []
    (finding,) = found("HR301", predictions(right=0.8, sure=0.99))
    assert finding.severity == "warning"
    assert finding.evidence.startswith(
        "Confidence differs from accuracy by 19.0% (95% CI "
    )
    assert finding.evidence.endswith("The model is overconfident.")
    (finding,) = found("HR301", predictions(right=0.95, sure=0.6))
    assert finding.evidence.endswith("The model is underconfident.")


def test_honest_confidence_of_few_images_is_not_blamed_for_chance():
    rng = np.random.default_rng(0)
    blamed = 0
    for _ in range(20):
        sure = rng.uniform(0.5, 1, 60)
        truth = rng.integers(0, 4, 60)
        right = rng.random(60) < sure
        called = np.where(right, truth, (truth + 1) % 4)
        proba = np.repeat(((1 - sure) / 3)[:, None], 4, axis=1)
        proba[np.arange(60), called] = sure
        given = Predictions(
            y_pred=called, y_true=truth, proba=proba, class_names=NAMES, split="val"
        )
        blamed += bool(found("HR301", given))
    assert blamed == 0


def test_a_collapsed_run_has_no_confidence_to_evaluate_and_no_suspects():
    n = 200
    collapsed = Predictions(
        y_pred=np.zeros(n, dtype=int),
        y_true=np.repeat([0, 0, 0, 1], n // 4),
        proba=np.tile([0.75, 0.25, 0.0, 0.0], (n, 1)),
        class_names=NAMES,
        split="val",
    )
    assert "the verdict is “collapsed”" in found("HR301", collapsed)
    assert "knows too little" in found("HR107", collapsed)


def test_labels_alone_have_no_confidence():
    plain = predictions()
    labels = Predictions(
        y_pred=plain.y_pred, y_true=plain.y_true, class_names=NAMES, split="val"
    )
    for code in ("HR301", "HR107"):
        assert found(code, labels) == "there are no probabilities, only labels"


def test_suspects_are_named_with_what_they_probably_are():
    given = predictions(right=1.0, sure=0.9, mislabelled=12)
    (finding,) = found("HR107", given)
    # A model that is never surer than .9 could be wrong about 12 of 1,000 itself.
    assert finding.severity == "note"
    assert finding.evidence.startswith(
        "12 of 1,000 val images (1.2%) may be mislabelled"
    )
    assert "nothing tells label errors from errors of the model" in finding.evidence
    assert "'0.jpg' is labelled 'dune', probably 'other'" in finding.evidence
    (few,) = found("HR107", predictions(right=1.0, sure=0.9, mislabelled=9))
    assert few.severity == "note"
    assert found("HR107", predictions(right=1.0, sure=0.9)) == []


def calibrated(flipped, *, over=1.0, n=2000, seed=0):
    """Labels of three classes drawn from probabilities, some moved to the next class.

    `over` is how overconfident the model says it is.
    """
    random = np.random.default_rng(seed)
    logits = random.normal(0, 4, (n, 3))
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (random.random((n, 1)) > proba.cumsum(axis=1)).sum(axis=1).clip(max=2)
    labels[:flipped] = (labels[:flipped] + 1) % 3
    stated = np.exp(over * logits)
    stated /= stated.sum(axis=1, keepdims=True)
    return Predictions(
        y_pred=logits.argmax(axis=1),
        y_true=labels,
        proba=stated,
        class_names=("a", "b", "c"),
        split="val",
    )


@pytest.mark.parametrize("over", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_sound_model_of_correct_labels_gets_no_warning(over, seed):
    (finding,) = found("HR107", calibrated(0, over=over, seed=seed))
    assert finding.severity == "note"
    # As many as expected, within three standard deviations of a Poisson number.
    expected = finding.fields["expected"]
    assert abs(finding.fields["n"] - expected) < 3 * np.sqrt(expected) + 15


@pytest.mark.parametrize(("flipped", "rate"), [(100, 0.05), (200, 0.10)])
@pytest.mark.parametrize("over", [0.5, 1.0])
def test_incorrect_labels_are_told_from_errors_of_the_model(flipped, rate, over):
    given = calibrated(flipped, over=over)
    (finding,) = found("HR107", given)
    assert finding.severity == "warning"
    assert finding.fields["noise"].value == pytest.approx(rate, abs=0.4 * rate)
    assert finding.fields["n"] > finding.fields["most"]
    assert "of the labels seem incorrect" in str(finding)


def test_many_images_are_drawn_from(monkeypatch):
    given = calibrated(200, n=4000)
    whole = label_noise(given)
    monkeypatch.setattr("hirise.diagnosis.labels.noise.MOST", 2000)
    half = label_noise(given)
    assert half.rate == pytest.approx(whole.rate, abs=0.03)
    assert half.expected == pytest.approx(whole.expected, rel=0.3)


def test_training_images_have_no_held_out_probabilities():
    said = found("HR107", predictions(split="train", mislabelled=12))
    assert "trained on these images" in said


class Scrambled(Check):
    code = "HR101"
    title = "Labels do not belong to their images"
    advice = ""
    severity = "error"

    def __call__(self, evidence):
        yield Finding("HR101", self.title, self.severity, "They do not.")


def test_where_labels_do_not_belong_no_single_one_is_suspected():
    evidence = gather_predictions(predictions(right=1.0, sure=0.9, mislabelled=12))
    diagnosis = diagnose(evidence, checks=(Scrambled(), BY_CODE["HR107"]))
    assert diagnosis.not_applicable == (
        ("HR107", "HR101 was found: labels do not belong to their images"),
    )


def test_the_confident_class_worked_out_by_hand():
    given = np.array([0, 0, 0, 1, 1])
    proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6], [0.2, 0.8]])
    # Thresholds: class 0 (.9 + .8 + .3) / 3 = .667, class 1 (.6 + .8) / 2 = .7.
    assert confident_class(given, proba).tolist() == [0, 0, 1, -1, 1]
    table = suspected_errors(
        Predictions(
            y_pred=proba.argmax(axis=1),
            y_true=given,
            proba=proba,
            class_names=("a", "b"),
        )
    )
    expected = pd.DataFrame(
        {"image": [2], "given": ["a"], "suggested": ["b"], "self_confidence": [0.3]}
    )
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)


# What cleanlab 2.9.0 finds with filter_by="confident_learning" on `noisy(seed)`.
BY_CLEANLAB = {0: (9, 341979), 1: (17, 478310), 2: (18, 573965)}


def noisy(seed):
    rng = np.random.default_rng(seed)
    truth = rng.choice(4, 300, p=[0.6, 0.2, 0.15, 0.05])
    logits = rng.normal(size=(300, 4)) + 2.5 * np.eye(4)[truth]
    proba = np.exp(logits)
    proba /= proba.sum(axis=1, keepdims=True)
    given = np.where(rng.random(300) < 0.08, rng.integers(0, 4, 300), truth)
    return given, proba


@pytest.mark.parametrize("seed", BY_CLEANLAB)
def test_the_suspects_are_those_of_cleanlab(seed):
    given, proba = noisy(seed)
    table = suspected_errors(
        Predictions(
            y_pred=proba.argmax(axis=1), y_true=given, proba=proba, class_names=NAMES
        )
    )
    rows = table["image"].to_numpy(dtype=int)
    assert (len(rows), int((rows**2).sum())) == BY_CLEANLAB[seed]
