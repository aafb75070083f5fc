"""Facts that tell causes apart, each on the run that first showed the need of it."""

from dataclasses import replace

import numpy as np

from hirise.diagnosis import diagnose
from hirise.diagnosis.causes.facts import Facts

NAMES = ("other", "crater", "dune", "spider")
SHARES = dict(zip(NAMES, (0.7, 0.2, 0.07, 0.03), strict=True))
TRUTH = np.repeat(range(4), (700, 200, 70, 30))
ENTROPY = -sum(p * np.log(p) for p in SHARES.values())


def facts_of(evidence):
    diagnosis = diagnose(evidence)
    return Facts(evidence, diagnosis.verdict, diagnosis.findings, diagnosis.passed)


def ranked(evidence):
    return [(cause.key, cause.score) for cause in diagnose(evidence).causes]


def constant(probe, *, activation, rate):
    """All images get the shares, and a layer of these units is still."""
    found = probe(dead=1.0, std=1e-8)
    layers = found.layers.assign(activation=activation)
    return {
        "y_true": TRUTH,
        "y_pred": np.zeros(1000, dtype=int),
        "proba": np.tile(list(SHARES.values()), (1000, 1)),
        "shares": SHARES,
        "split": "val",
        "activations": replace(found, layers=layers),
        "history": {"loss": [ENTROPY] * 3, "learning_rate": [rate] * 3},
    }


def test_rectifiers_die_and_sigmoids_fade(make_evidence, make_probe):
    relu = constant(make_probe, activation="relu", rate=1e-3)
    facts = facts_of(make_evidence(**relu))
    assert str(facts.layer_dead) == "100.0% of the units of layer 'hidden' are dead."
    assert facts.layer_faded is None
    assert ranked(make_evidence(**relu))[0][0] == "network-dead"
    sigmoid = constant(make_probe, activation="sigmoid", rate=1e-3)
    facts = facts_of(make_evidence(**sigmoid))
    assert facts.layer_dead is None
    assert str(facts.layer_faded).endswith(
        "of the sigmoid units of layer 'hidden' are dead."
    )
    # Loss at the entropy, 3, HR303 and HR201, less 2: the output is constant.
    assert ranked(make_evidence(**sigmoid))[0] == ("class-shares-only", 3)


def test_at_a_high_rate_sigmoids_are_saturated(make_evidence, make_probe):
    given = constant(make_probe, activation="sigmoid", rate=0.05)
    assert facts_of(make_evidence(**given)).layer_faded is None
    assert ranked(make_evidence(**given))[0][0] == "network-dead"


def scored(strength, prior):
    """A ranking that a prior of the most frequent class hides in part."""
    logits = strength * np.eye(4)[TRUTH]
    logits += np.random.default_rng(0).normal(size=logits.shape)
    logits[:, 0] += prior
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = {"y_true": TRUTH, "y_pred": proba.argmax(axis=1), "proba": proba}
    return found | {"shares": SHARES, "split": "val"}


def test_missed_classes_that_are_predicted_seldom_and_correctly(make_evidence):
    evidence = make_evidence(**scored(4, 5))
    assert not [f for f in diagnose(evidence).findings if f.code in ("HR201", "HR202")]
    text = str(facts_of(evidence).rarely_predicted)
    assert text.startswith("The ranking is good: the macro one-vs-rest AUC is 1.00")
    assert "'crater'" in text
    assert text.endswith("many as their images, and mostly correct.")
    assert ranked(evidence)[0][0] == "majority-by-threshold"
    assert facts_of(make_evidence(**scored(4, 0))).rarely_predicted is None


def test_no_threshold_hides_classes_that_are_as_frequent_as_the_predicted_one(
    make_evidence,
):
    truth = np.repeat(range(4), 250)
    logits = 4 * np.eye(4)[truth]
    logits += np.random.default_rng(0).normal(size=logits.shape)
    logits[:, 0] += 5
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    given = {"y_true": truth, "y_pred": proba.argmax(axis=1), "proba": proba}
    even = dict.fromkeys(NAMES, 0.25)
    facts = facts_of(make_evidence(**given, shares=even, split="val"))
    assert facts.finding("HR204") is not None
    assert facts.ranking_kept is not None
    assert (facts.rarely_predicted, facts.hidden_by_argmax) == (None, None)
    # Twice as frequent as each of the others: 40% and 20%.
    uneven = dict(zip(NAMES, (0.4, 0.2, 0.2, 0.2), strict=True))
    facts = facts_of(make_evidence(**given, shares=uneven, split="val"))
    assert facts.rarely_predicted is not None or facts.hidden_by_argmax is not None


def test_missed_classes_that_are_named_as_often_are_no_matter_of_thresholds(
    make_evidence,
):
    y_pred = TRUTH.copy()
    y_pred[np.flatnonzero(TRUTH == 1)[:120]] = 2
    y_pred[np.flatnonzero(TRUTH == 2)[:60]] = 1
    proba = 0.9 * np.eye(4)[y_pred] + 0.025
    given = {"y_true": TRUTH, "y_pred": y_pred, "proba": proba, "shares": SHARES}
    assert facts_of(make_evidence(**given)).rarely_predicted is None


def test_just_off_the_plateau_a_small_fall_is_much(make_evidence):
    def told(*losses):
        given = {"history": {"loss": losses}, "shares": SHARES}
        return facts_of(make_evidence(**given)).still_improving

    # .02 of the .06 nats that are gained below the entropy; 2.5% of the loss.
    assert told(ENTROPY - 0.04, ENTROPY - 0.06)
    assert told(ENTROPY - 0.05, ENTROPY - 0.06) is None
    # Within .02 nats of it nothing but the shares is known.
    assert told(ENTROPY - 0.002, ENTROPY - 0.015) is None
