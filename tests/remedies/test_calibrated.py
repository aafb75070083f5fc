import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis.verdict import Verdict
from hirise.errors import InputError
from hirise.evaluation import calibration, coverage_table
from hirise.remedies import FitData
from hirise.remedies.confidence import (
    TemperatureScaling,
    calibrate,
    calibration_refusal,
    confidence_document,
)

# Always .9 : .1, right in 3 of 4: calibrated, .75 : .25 (see test_temperature).
PROBA = [[0.9, 0.1]] * 4 + [[0.1, 0.9]] * 4
TRUTH = [0, 0, 0, 1, 1, 1, 1, 0]
WEAK = SimpleNamespace(verdict=Verdict("weak"))


@pytest.fixture
def data(make_predictions):
    val = make_predictions(PROBA * 5, TRUTH * 5)
    test = make_predictions(PROBA * 5, TRUTH * 5, split="test")
    return FitData(test, val)


def test_by_hand(data):
    found = calibrate(data)
    assert found.temperature == pytest.approx(2)
    assert found.before.ece[0] == pytest.approx(0.15)
    assert found.after.ece[0] == pytest.approx(0, abs=1e-6)
    assert found.n_images == 40
    assert not found.on_val
    # All are .75 sure now.
    assert found.at(0.74)["coverage"] == 1
    assert found.at(0.74)["accuracy"] == 0.75
    assert found.at(0.76)["n_answered"] == 0


def test_after_is_what_the_cured_predictions_show(make_thresholded):
    val, test = make_thresholded(400, 1), make_thresholded(300, 2, split="test")
    found = calibrate(FitData(test, val))
    cured = TemperatureScaling().fit(FitData(test, val))(test)
    assert found.after.ece == pytest.approx(calibration(cured).ece, abs=1e-9)
    pd.testing.assert_frame_equal(found.coverage, coverage_table(cured))


def test_on_val_itself(data):
    found = calibrate(replace(data, target=data.val))
    assert found.on_val


def test_without_val_confidence_is_taken_as_it_is(data):
    found = calibrate(replace(data, val=None))
    assert (found.temperature, found.after) == (None, None)
    assert "no predictions of a val split" in found.sentence
    assert found.at(0.9)["n_answered"] == 40


def test_what_it_needs(data):
    bare = replace(data.target, y_true=None)
    with pytest.raises(InputError, match="no true labels"):
        calibrate(replace(data, target=bare))
    labels = replace(data.target, proba=None)
    with pytest.raises(InputError, match="only labels"):
        calibrate(replace(data, target=labels))


def test_the_document(data):
    found = confidence_document(data, WEAK)
    assert found["temperature"] == pytest.approx(2)
    assert found["fitted_on"] == "val"
    assert found["reason"] is None
    assert found["ece_calibrated"]["value"] == pytest.approx(0, abs=1e-6)
    assert (found["least_confidence"], found["n_answered"]) == (0.9, 0)
    assert found["coverage"]["value"] == 0
    # Without an answer there is no accuracy: null, never NaN.
    assert found["accuracy"] == {"value": None, "low": None, "high": None}
    json.dumps(found, allow_nan=False)


def test_every_document_has_the_same_keys(data):
    keys = confidence_document(data, WEAK).keys()
    labels = replace(data, target=replace(data.target, proba=None))
    for one in (None, labels, replace(data, val=None)):
        found = confidence_document(one, WEAK)
        assert found.keys() == keys
        assert found["temperature"] is None
        assert found["reason"]


@pytest.mark.parametrize("verdict", ["collapsed", "partly-collapsed", "uninformed"])
def test_calibration_of_a_collapse_is_refused(verdict, data):
    diagnosis = SimpleNamespace(verdict=Verdict(verdict))
    assert "would mislead" in str(calibration_refusal(diagnosis))
    found = confidence_document(data, diagnosis)
    assert "would mislead" in found["reason"]
    assert found["coverage"]["value"] is None


def test_the_interval_is_over_groups(make_thresholded):
    val, target = make_thresholded(400, 0), make_thresholded(300, 1, split="test")
    single = calibrate(FitData(target, val))
    grouped = replace(target, group=[f"g{i // 3}" for i in range(300)])
    both = calibrate(FitData(grouped, val))
    assert both.after.ece[0] == single.after.ece[0]
    assert both.after.ece[1:] != single.after.ece[1:]
    assert np.isfinite(both.after.ece).all()
