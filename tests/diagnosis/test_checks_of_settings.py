"""HR506: what a network and its training say before the first step."""

from __future__ import annotations

import numpy as np
import pytest

from hirise.diagnosis import diagnose
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.usual import KINDS, readable_settings, usual_rates

BY_CODE = {check.code: check for check in CHECKS}
TRUTH = np.repeat([0, 1], 50)
WELL, BADLY = {"y_pred": TRUTH}, {"y_pred": 0 * TRUTH}


@pytest.fixture
def found(make_evidence):
    """Severity and subject of the findings on some settings."""

    def look(settings, **predicted):
        evidence = make_evidence(y_true=TRUTH, settings=settings, **predicted)
        return [(f.severity, f.subject) for f in BY_CODE["HR506"](evidence)]

    return look


@pytest.mark.parametrize(
    ("settings", "subject"),
    [
        ({"equal_weights": ["conv"]}, "weights"),
        ({"linear_layers": ["conv", "conv_1"]}, "activation"),
        ({"optimizer": "Adadelta", "learning_rate": 1e-3}, "rate"),
        ({"optimizer": "adam_3", "learning_rate": 0.1}, "rate"),
        ({"dropout": 0.8}, "dropout"),
    ],
)
def test_a_setting_is_a_warning_only_where_the_classifier_does_badly(
    settings, subject, found
):
    assert found(settings, **BADLY) == [("warning", subject)]
    # A bold rate or dropout that worked needs no word.
    is_silent = subject in ("rate", "dropout")
    assert found(settings, **WELL) == ([] if is_silent else [("note", subject)])


def test_a_rate_is_a_note_where_the_classifier_is_weak(make_evidence):
    cells = {(0, 0): 90, (0, 1): 10, (1, 0): 50, (1, 1): 50}
    settings = {"optimizer": "adam", "learning_rate": 0.1, "linear_layers": ["conv"]}
    evidence = make_evidence(cells=cells, settings=settings)
    assert evidence.verdict.key == "weak"
    found = {f.subject: f.severity for f in BY_CODE["HR506"](evidence)}
    assert found == {"rate": "note", "activation": "warning"}


def test_usual_settings_are_silent(found):
    usual = {"optimizer": "sgd", "learning_rate": 0.1, "dropout": 0.6}
    usual |= {"equal_weights": [], "linear_layers": []}
    assert found(usual, **BADLY) == []


def test_a_negative_rate_is_an_error_whatever_comes_of_it(found):
    settings = {"optimizer": "adam", "learning_rate": -1e3}
    assert found(settings, **WELL) == [("error", "rate")]


def test_labels_that_are_no_ids_are_an_error_under_a_loss_of_ids(found):
    settings = {"unread_labels": {"train": "There is the label 0.1."}}
    sparse = settings | {"loss": "sparse_categorical_crossentropy"}
    assert found(sparse, **BADLY) == [("error", "labels")]
    # A regression is no fault.
    assert found(settings | {"loss": "mean_squared_error"}) == [("note", "labels")]


def test_the_usual_rates_depend_on_the_optimiser():
    assert usual_rates({"optimizer": "Adadelta"}).low == 0.05
    assert usual_rates({"optimizer": "adam_7"}).high == 5e-3
    assert usual_rates({}).high == usual_rates({"optimizer": "AdamW"}).high == 5e-3


@pytest.mark.parametrize(
    ("changes", "high"),
    [
        ({}, 0.05),
        ({"momentum": 0.0}, 0.5),
        ({"batch_normalisation": 4}, 0.5),
        # Where one of them is not known, the wider range counts.
        ({"momentum": None}, 0.5),
        ({"batch_normalisation": None}, 0.5),
        ({"optimizer": "adam"}, 5e-3),
    ],
)
def test_momentum_without_normalisation_asks_for_a_lower_rate(changes, high):
    plain = {"optimizer": "sgd", "momentum": 0.9, "batch_normalisation": 0}
    assert usual_rates(plain | changes).high == high


HOSTILE = (None, True, [], {}, "x", float("nan"), -1, 10**400, 1e308, [1, "a"], [[]])
HOSTILE += ([None], {"val": 3}, {"train": None}, {"val": ["a"]}, -0.5, 10**20)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: str(value)[:12])
def test_a_setting_of_another_kind_is_not_known(name, value, make_evidence):
    settings = readable_settings({name: value})
    diagnosis = diagnose(make_evidence(y_true=TRUTH, settings=settings, **BADLY))
    assert diagnosis.verdict.key == "collapsed"
    usual = {"optimizer": "adam", "learning_rate": 1e-3, "class_weights": "none"}
    assert readable_settings(usual) == usual
