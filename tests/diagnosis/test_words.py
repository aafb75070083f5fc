"""Sentences, indicators and the JSON document, to the letter."""

import json

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import check_document, diagnose
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.collapse_kind import evidence_line
from hirise.diagnosis.finding import Check, NotApplicable
from hirise.metrics.titles import METRICS

GROUPS = [str(i % 9) for i in range(100)]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"cells": {(0, 0): 1249, (1, 0): 200, (2, 0): 50}, "split": "test"},
            "Collapsed: all 1,499 test images are predicted as 'other'. Accuracy "
            "83.3% equals the frequency of 'other' (83.3%); 2 of 3 classes are never "
            "predicted.",
        ),
        (
            {"cells": {(0, 1): 60, (1, 1): 40}},
            "Collapsed: all 100 images are predicted as 'crater'. Accuracy 40.0% "
            "equals the frequency of 'crater' (40.0%), below the majority-class "
            "baseline 60.0%; 1 of 2 classes are never predicted.",
        ),
        (
            {"cells": {(0, 0): 790, (0, 1): 5, (1, 0): 205}},
            "Collapsed: 99.5% of 1,000 images are predicted as 'other'. Accuracy "
            "79.0% compares with a majority-class baseline of 79.5%.",
        ),
        (
            {"y_pred": [0] * 40, "proba": np.tile([0.7, 0.1, 0.1, 0.1], (40, 1))},
            "Collapsed: all 40 images are predicted as 'other'. There are no true "
            "labels to compare with.",
        ),
        (
            {"cells": {(0, 0): 60, (1, 0): 40}, "group": GROUPS},
            "Collapsed: all 100 images are predicted as 'other'. Accuracy 60.0% "
            "equals the frequency of 'other' (60.0%); 1 of 2 classes are never "
            "predicted. There are no intervals: 9 groups are fewer than the 10 that "
            "resampling needs.",
        ),
        (
            {"cells": {(0, 0): 100, (1, 1): 50, (2, 0): 50}, "split": "val"},
            "Partly collapsed: 1 of 3 classes are never predicted: 'dune' (50 val "
            "images). Accuracy is 75.0%, balanced accuracy 66.7%, macro-F1 0.60.",
        ),
        (
            {"cells": {(0, 0): 1, (1, 1): 5}},
            "Cannot tell: only 6 images, at least 30 are needed.",
        ),
        (
            {"cells": {(0, 0): 100, (1, 1): 1}},
            "Cannot tell: only 1 image outside the majority class, at least 5 are "
            "needed.",
        ),
        (
            {"cells": {(0, 0): 100}},
            "Cannot tell: there is only one class among 100 images with a true label.",
        ),
        (
            {"y_pred": [0, 1]},
            "Cannot tell: there are no true labels to compare with.",
        ),
        (
            {"cells": {(0, 0): 100, (1, 1): 30, (1, 0): 70}, "split": "test"},
            "Weak: only 30.0% (95% CI 21.9–39.6%) of 100 test images of 'crater' are "
            "classified correctly. At least 70.0% is expected. Accuracy 65.0% on 200 "
            "test images, majority-class baseline 50.0%.",
        ),
        (
            {"cells": {(0, 0): 68, (0, 1): 12, (1, 1): 12, (1, 0): 8}},
            "Weak: accuracy 80.0% on 100 images, majority-class baseline 80.0%.",
        ),
        (
            {"cells": {(0, 0): 100, (1, 1): 100, (2, 2): 9}, "split": "val"},
            "No collapse found: accuracy 100.0% on 209 val images, majority-class "
            "baseline 47.8%, macro-F1 1.00 (95% CI 1.00–1.00). Every class with 10 "
            "images or more is predicted. Too small to evaluate: 'dune'.",
        ),
    ],
)
def test_sentences(make_evidence, given, sentence):
    assert diagnose(make_evidence(**given)).sentence == sentence


def test_the_sentence_of_guessing_has_its_interval(make_evidence):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 1000)
    evidence = make_evidence(y_true=y, y_pred=rng.permutation(y), split="val")
    _, low, high = evidence.evaluation.bounds("kappa")
    value = evidence.evaluation.metric("kappa")
    accuracy = evidence.evaluation.metric("accuracy")
    chance = y.mean() ** 2 + (1 - y.mean()) ** 2
    assert diagnose(evidence).sentence == (
        f"No better than guessing: the predictions agree with the ground truth on "
        f"{100 * accuracy:.1f}% of 1,000 val images. Chance agreement is "
        f"{100 * chance:.1f}%, Cohen's kappa {value:.2f} (95% CI {low:.2f} to "
        f"{high:.2f})."
    )


def test_the_sentence_of_few_effective_classes(make_evidence):
    cells = {(0, 0): 250, (1, 0): 235, (1, 1): 15, (2, 0): 235, (2, 2): 15}
    sentence = diagnose(make_evidence(cells=cells)).sentence
    assert sentence.startswith(
        "Partly collapsed: 96.0% of 750 images are predicted as 'other'. The "
        "predictions use 1.2 effective classes where the ground truth has 3.0, less "
        "than 50.0% of them. Accuracy is 37.3%, balanced accuracy 37.3%, macro-F1 "
    )


class Doubt(Check):
    """A stand-in for the checks of the evaluation itself."""

    code = "HR102"
    title = "Copies"
    advice = "Split by group."
    sentence = "Half of the images have a copy in training."

    def __call__(self, evidence):
        yield self.finding()


class Shrug(Check):
    code = "HR101"
    title = "Labels"
    advice = ""

    def __call__(self, evidence):
        raise NotApplicable("no names")
        yield


def test_an_evaluation_in_doubt_claims_no_collapse_free_run(make_evidence):
    evidence = make_evidence(cells={(0, 0): 100, (1, 1): 100})
    diagnosis = diagnose(evidence, checks=(Doubt(), Shrug()))
    assert diagnosis.sentence.startswith(
        "No collapse found, but the evaluation cannot be trusted because of HR102 "
        "(copies). Half of the images have a copy in training. As measured: accuracy "
        "100.0% on"
    )
    assert not diagnosis.trusted
    assert diagnosis.not_applicable == (("HR101", "no names"),)
    assert diagnose(evidence).trusted


def test_a_permuted_order_is_reported_whatever_the_verdict(make_evidence):
    cells = {(0, 1): 95, (0, 0): 5, (1, 0): 95, (1, 1): 5}
    sentence = diagnose(make_evidence(cells=cells)).sentence
    assert sentence.startswith("No better than guessing: ")
    assert sentence.endswith(
        "The class order is permuted. One relabelling raises accuracy from 5.0% to "
        "95.0% and macro-F1 from 0.05 to 0.95: 'other' means 'crater', 'crater' means "
        "'other'."
    )


def indicators(evidence):
    return {
        w.key: (pytest.approx(w.value, abs=5e-4), w.threshold, w.agrees)
        for w in diagnose(evidence).indicators
    }


def test_indicators_of_a_collapse(make_evidence):
    shares = {"other": 0.75, "crater": 0.25}
    entropy = -0.75 * np.log(0.75) - 0.25 * np.log(0.25)
    evidence = make_evidence(
        cells={(0, 0): 80, (1, 0): 20},
        proba=np.tile([0.75, 0.25], (100, 1)),
        class_names=("other", "crater"),
        history={"loss": [1, entropy + 0.019]},
        shares=shares,
        split="val",
    )
    on_val = -0.8 * np.log(0.75) - 0.2 * np.log(0.25)
    true = np.exp(-0.8 * np.log(0.8) - 0.2 * np.log(0.2))
    assert indicators(evidence) == {
        "top_share": (1.0, 0.99, True),
        "effective_classes": (1 / true, 0.5, 1 / true < 0.5),
        "accuracy_over_majority": (0.8, 0.8, True),
        "cross_entropy": (entropy + 0.019, pytest.approx(entropy), True),
        "split_cross_entropy": (on_val, pytest.approx(on_val), True),
    }
    texts = [indicator.text for indicator in diagnose(evidence).indicators]
    assert texts[0] == "100.0% of the predictions are 'other'"
    assert texts[4] == "val loss 0.507 nats, 0.507 from the class frequencies alone"


def test_indicators_against_one(make_evidence):
    evidence = make_evidence(
        cells={(0, 0): 50, (1, 1): 50},
        history={"loss": [1, 0.1]},
        shares={"other": 0.5, "crater": 0.5},
    )
    assert not any(indicator.agrees for indicator in diagnose(evidence).indicators)
    assert len(diagnose(evidence).indicators) == 4  # no loss without probabilities


def test_what_misses_its_threshold_on_a_failing_verdict_is_inconclusive(
    make_evidence,
):
    evidence = make_evidence(cells={(0, 1): 60, (1, 0): 60, (0, 0): 20, (1, 1): 20})
    diagnosis = diagnose(evidence)
    assert diagnosis.verdict.failing
    stances = {one.key: one.stance for one in diagnosis.indicators}
    assert stances == {
        "top_share": "inconclusive",
        "effective_classes": "inconclusive",
        "accuracy_over_majority": "for",
    }
    assert evidence_line(diagnosis.indicators) == (
        "Evidence for a collapse: accuracy 25.0%, majority-class baseline 50.0%. "
        "Inconclusive: 50.0% of the predictions are 'other'; 2.0 effective predicted "
        "classes, 2.0 effective true classes."
    )
    assert [one["stance"] for one in document(evidence)["witnesses"]] == [
        *("inconclusive", "inconclusive", "for")
    ]
    sound = diagnose(make_evidence(cells={(0, 0): 50, (1, 1): 50}))
    assert {one.stance for one in sound.indicators} == {"against"}


def test_the_loss_of_the_split_is_compared_with_that_of_the_training_frequencies(
    make_evidence,
):
    # not against the entropy of the split's own shares, .325: that is .1 off
    evidence = make_evidence(
        cells={(0, 0): 90, (1, 0): 10},
        proba=np.tile([0.75, 0.25], (100, 1)),
        class_names=("other", "crater"),
        shares={"other": 0.75, "crater": 0.25},
    )
    value, threshold, agrees = indicators(evidence)["split_cross_entropy"]
    assert threshold == pytest.approx(-0.9 * np.log(0.75) - 0.1 * np.log(0.25))
    assert value == threshold
    assert agrees


def document(evidence):
    made = check_document(evidence, diagnose(evidence))
    return json.loads(json.dumps(made, allow_nan=False))


def test_the_document_has_every_key_of_format_1(make_evidence):
    found = document(make_evidence(cells={(0, 0): 50, (1, 0): 50}, split="test"))
    assert found["format"] == 1
    assert set(found) >= {
        *("format", "source", "split", "verdict", "kind", "sentence", "witnesses"),
        *("metrics", "true_share", "predicted_share", "per_class", "confusion"),
        *("findings", "causes", "passed", "not_applicable"),
    }
    # These two are told of many classes, and of classes in an order.
    always = set(METRICS) - {"top5_accuracy", "quadratic_kappa"}
    assert set(found["metrics"]) >= {"n_images", "n_groups", "n_classes", *always}
    assert set(found["metrics"]["kappa"]) == {"value", "low", "high"}
    assert set(found["findings"][0]) >= {
        *("code", "severity", "title", "evidence", "subject", "remedies", "causes"),
    }
    assert set(found["witnesses"][0]) >= {"key", "value", "threshold", "agrees"}
    assert found["metrics"]["mcc"]["value"] is None
    assert found["metrics"]["log_loss"] == {"value": None, "low": None, "high": None}
    assert found["per_class"][3]["recall"]["value"] is None
    assert found["per_class"][1]["precision"]["value"] is None
    assert found["confusion"]["counts"][1] == [50, 0, 0, 0]
    assert {entry["code"] for entry in found["not_applicable"]} >= {"HR302", "HR401"}
    every = {f["code"] for f in found["findings"]} | set(found["passed"])
    every |= {entry["code"] for entry in found["not_applicable"]}
    assert len(every) == len(CHECKS)


def test_a_document_of_curves_alone(make_evidence):
    found = document(make_evidence(history={"loss": [np.nan], "accuracy": [0.5]}))
    assert (found["split"], found["confusion"], found["metrics"]) == (None, None, {})
    assert found["verdict"] == "undetermined"


def test_every_check_is_not_applicable_once_with_nothing_known(make_evidence):
    diagnosis = diagnose(make_evidence())
    assert diagnosis.findings == ()
    assert len(diagnosis.not_applicable) + len(diagnosis.passed) == len(CHECKS)
    assert all(reason for _, reason in diagnosis.not_applicable)


def test_findings_are_sorted_errors_first(make_evidence):
    counts = pd.DataFrame({"train": [5, 50]}, index=["other", "crater"])
    evidence = make_evidence(
        cells={(0, 0): 50, (1, 0): 50},
        split_counts=counts,
        file_problems=pd.Series({"resized": 1}),
    )
    ranks = [finding.severity for finding in diagnose(evidence).findings]
    assert ranks == sorted(ranks, key=["error", "warning", "note"].index)
    assert ranks[0] == "error"
    assert ranks[-1] == "note"
