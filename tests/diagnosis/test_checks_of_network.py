"""HR5xx: each fires, is silent, and is not applicable."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.evidence import parse_activations
from hirise.diagnosis.finding import NotApplicable
from hirise.errors import InputError

BY_CODE = {check.code: check for check in CHECKS}
NAN = float("nan")


def answers(code, evidence):
    try:
        return [(f.severity, f.subject) for f in BY_CODE[code](evidence)]
    except NotApplicable:
        return None


@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        ("HR501", {"dead": 0.5}, [("warning", "hidden")]),
        ("HR501", {"dead": 0.49}, []),
        ("HR501", {"n_images": 29}, None),
        ("HR502", {"std": 0.0009}, [("error", "")]),
        ("HR502", {"std": 0.0011}, []),
        ("HR502", {"std": None}, None),
        ("HR503", {}, []),
        ("HR503", {"high": 1 / 255}, [("warning", "conv")]),
        ("HR503", {"high": 255}, [("warning", "conv")]),
        ("HR503", {"high": 255, "normalised": True}, [("note", "conv")]),
        ("HR503", {"low": -124, "high": 151}, []),
        ("HR503", {"low": -1}, []),
        ("HR503", {"low": 0.3, "high": 0.9, "varies": False}, [("warning", "conv")]),
        ("HR503", {"varies": False, "normalised": True}, [("warning", "conv")]),
        ("HR503", {"high": None, "low": 0}, [("warning", "conv")]),
        ("HR504", {}, []),
        ("HR504", {"activation": "softmax"}, [("warning", "loss")]),
        ("HR504", {"activation": "softmax", "from_logits": False}, []),
        ("HR504", {"from_logits": False}, [("warning", "loss")]),
        ("HR504", {"from_logits": None}, []),
        ("HR504", {"units": 3}, [("warning", "width")]),
        ("HR504", {"units": 1, "n_labels": 2}, []),
    ],
)
def test_each_check_of_the_network(code, given, expected, make_evidence, make_probe):
    evidence = make_evidence(activations=make_probe(**given))
    assert answers(code, evidence) == expected


@pytest.mark.parametrize(
    ("given", "subject", "severities"),
    [
        ({"loss": "mean_squared_error"}, "numbers", ("warning", "note")),
        ({"activation": "relu"}, "activation", ("warning", "note")),
        ({"activation": "sigmoid"}, "pair", ("note", "note")),
        (
            {"activation": "softmax", "loss": "BinaryCrossentropy"},
            "pair",
            ("note", "note"),
        ),
    ],
)
def test_odd_pairs_of_last_layer_and_loss(
    given, subject, severities, make_evidence, make_probe
):
    usual = {"loss": "CategoricalCrossentropy", "from_logits": False}
    usual["activation"] = "softmax"
    probe = make_probe(**usual | given)
    truth = np.repeat([0, 1], 50)
    for predicted, severity in zip((0 * truth, truth), severities, strict=True):
        evidence = make_evidence(y_true=truth, y_pred=predicted, activations=probe)
        assert answers("HR504", evidence) == [(severity, subject)]


def test_dead_units_of_a_network_that_does_well_are_a_note(make_evidence, make_probe):
    truth = np.repeat([0, 1], 50)
    probe = make_probe(dead=0.6)
    well = make_evidence(y_true=truth, y_pred=truth, activations=probe)
    assert answers("HR501", well) == [("note", "hidden")]
    # Half of the second class is missed: weak, and it works all the same.
    half = np.where(np.arange(100) < 75, 0, 1)
    weak = make_evidence(y_true=truth, y_pred=half, activations=probe)
    assert answers("HR501", weak) == [("note", "hidden")]
    constant = make_evidence(y_true=truth, y_pred=0 * truth, activations=probe)
    assert answers("HR501", constant) == [("warning", "hidden")]


@pytest.mark.parametrize("code", ["HR501", "HR502", "HR503", "HR504"])
def test_checks_of_an_unknown_network_are_not_applicable(code, make_evidence):
    assert answers(code, make_evidence()) is None


def softmax(logits):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_a_softmax_of_probabilities_is_recognised_from_its_ratios(make_evidence):
    y_true = np.arange(80) % 4
    once = softmax(9.0 * np.eye(4)[y_true])
    twice = softmax(once)
    for proba, expected in [(once, []), (twice, [("warning", "loss")])]:
        evidence = make_evidence(y_true=y_true, y_pred=y_true, proba=proba)
        assert answers("HR504", evidence) == expected
    # A constant output whose shares lie e apart is no softmax of probabilities.
    still = np.tile(softmax(np.array([[1.0, 0.0, 0.0, 0.0]])), (80, 1))
    evidence = make_evidence(y_true=y_true, y_pred=[0] * 80, proba=still)
    assert answers("HR504", evidence) == []


def test_a_class_without_an_output_is_told_from_its_zeros(make_evidence):
    y_true = np.arange(80) % 4
    proba = softmax(3.0 * np.eye(4)[y_true])
    proba[:, 3] = 0
    proba /= proba.sum(axis=1, keepdims=True)
    evidence = make_evidence(y_true=y_true, y_pred=proba.argmax(axis=1), proba=proba)
    assert answers("HR504", evidence) == [("warning", "width")]


def test_a_clipped_input_is_reported_before_its_size(make_evidence, make_probe):
    evidence = make_evidence(activations=make_probe(high=0.0, varies=False))
    (finding,) = BY_CODE["HR503"](evidence)
    assert "cut off" in finding.evidence


@pytest.mark.parametrize("document", [{}, {"output": 3}, {"output": {}, "layers": 1}])
def test_a_broken_document_is_one_line(document):
    with pytest.raises(
        InputError, match=r"runs/a: its activations\.json does not have"
    ):
        parse_activations(document, where="runs/a")


def activations_with(**stats):
    output = {"activation": "softmax", "units": 1, "n_labels": 1, "logit_std": [1.0]}
    document = {"n_images": 4, "layers": [], "output": output}
    return parse_activations(document | {"inputs": {"val": stats}}, where="runs/a")


def test_numbers_of_an_input_that_were_not_finite_are_unknown():
    found = activations_with(min=None, max=1.0, std=None, channel_means=[1, 2, 3])
    assert found.inputs["val"] == {"max": 1.0, "channel_means": (1.0, 2.0, 3.0)}


@pytest.mark.parametrize(
    "stats",
    [
        {"std": "x"},
        {"detail": [0.1]},
        {"constant_images": {}},
        {"channel_means": [1.0, 2.0]},
        {"channel_means": "abc"},
        {"channel_means": 3.0},
        {"channel_means": [1.0, None, 2.0]},
    ],
)
def test_an_input_of_another_shape_is_one_line(stats):
    with pytest.raises(InputError, match=r"its activations\.json does not have"):
        activations_with(**stats)


@pytest.mark.parametrize(
    ("logged", "severity"), [([0.9, 0.66], "note"), ([0.9, 0.68], "warning")]
)
def test_a_loss_below_what_a_double_softmax_reaches_makes_it_a_note(
    logged, severity, make_evidence, make_probe
):
    """ln(e + 3) - 1 = 0.744 for four classes, and nine tenths of it are 0.669."""
    history = {"loss": [0.8, 0.8], "logged_loss": logged}
    given = {"history": history, "activations": make_probe(activation="softmax")}
    evidence = make_evidence(**given)
    (finding,) = BY_CODE["HR504"](evidence)
    assert (finding.severity, finding.subject) == (severity, "loss")
    if severity == "note":
        assert "it stays above 0.744" in str(finding)


def test_dead_layers_are_one_finding(make_evidence, make_probe):
    probe = make_probe(dead=0.6)
    second = probe.layers.assign(name="second", dead=90, dead_share=0.9)
    third = probe.layers.assign(name="third", dead=1, dead_share=0.01)
    layers = pd.concat([probe.layers, second, third], ignore_index=True)
    evidence = make_evidence(activations=replace(probe, layers=layers))
    (finding,) = BY_CODE["HR501"](evidence)
    assert finding.subjects == ("hidden", "second")
    assert str(finding) == (
        "In 2 of 3 layers, 50.0% or more of the units give the same number for all 256 "
        "val images that were tried: 'hidden' 60 of 100 (60.0%), 'second' 90 of 100 "
        "(90.0%)."
    )


def test_an_input_that_hardly_differs_is_badly_scaled_whatever_its_size(
    make_evidence, make_probe
):
    flat = make_evidence(activations=make_probe(low=0.5, high=0.53))
    (finding,) = BY_CODE["HR503"](flat)
    assert str(finding).endswith(
        "they differ by 0.03 at most, so all images look nearly alike."
    )
    assert (
        list(
            BY_CODE["HR503"](make_evidence(activations=make_probe(low=0.5, high=0.56)))
        )
        == []
    )
