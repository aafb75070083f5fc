import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.evaluation import calibration, coverage_table
from hirise.remedies import Ground
from hirise.remedies.confidence import (
    TemperatureScaling,
    calibrated,
    confidence_document,
    why_calibration_misleads,
)

# Always .9 : .1, right in 3 of 4: calibrated, .75 : .25 (see test_temperature).
PROBA = [[0.9, 0.1]] * 4 + [[0.1, 0.9]] * 4
TRUTH = [0, 0, 0, 1, 1, 1, 1, 0]
WEAK = SimpleNamespace(verdict="weak")


@pytest.fixture
def ground(make_predictions):
    val = make_predictions(PROBA * 5, TRUTH * 5)
    test = make_predictions(PROBA * 5, TRUTH * 5, split="test")
    return Ground(test, val)


def test_by_hand(ground):
    found = calibrated(ground)
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
    found = calibrated(Ground(test, val))
    cured = TemperatureScaling().fit(Ground(test, val))(test)
    assert found.after.ece == pytest.approx(calibration(cured).ece, abs=1e-9)
    pd.testing.assert_frame_equal(found.coverage, coverage_table(cured))


def test_on_val_itself(ground):
    found = calibrated(replace(ground, target=ground.val))
    assert found.on_val


def test_without_val_confidence_is_taken_as_it_is(ground):
    found = calibrated(replace(ground, val=None))
    assert (found.temperature, found.after) == (None, None)
    assert "no predictions of a val split" in found.told
    assert found.at(0.9)["n_answered"] == 40


def test_what_it_needs(ground):
    bare = replace(ground.target, y_true=None)
    with pytest.raises(InputError, match="no true labels"):
        calibrated(replace(ground, target=bare))
    labels = replace(ground.target, proba=None)
    with pytest.raises(InputError, match="only labels"):
        calibrated(replace(ground, target=labels))


def test_the_document(ground):
    found = confidence_document(ground, WEAK)
    assert found["temperature"] == pytest.approx(2)
    assert found["fitted_on"] == "val"
    assert found["reason"] is None
    assert found["ece_calibrated"]["value"] == pytest.approx(0, abs=1e-6)
    assert (found["least_confidence"], found["n_answered"]) == (0.9, 0)
    assert found["coverage"]["value"] == 0
    # Without an answer there is no accuracy: null, never NaN.
    assert found["accuracy"] == {"value": None, "low": None, "high": None}
    json.dumps(found, allow_nan=False)


def test_every_document_has_the_same_keys(ground):
    keys = confidence_document(ground, WEAK).keys()
    labels = replace(ground, target=replace(ground.target, proba=None))
    for one in (None, labels, replace(ground, val=None)):
        found = confidence_document(one, WEAK)
        assert found.keys() == keys
        assert found["temperature"] is None
        assert found["reason"]


@pytest.mark.parametrize("verdict", ["collapsed", "partly-collapsed", "uninformed"])
def test_of_a_collapse_it_says_that_calibration_misleads(verdict, ground):
    diagnosis = SimpleNamespace(verdict=verdict)
    assert "would mislead" in why_calibration_misleads(diagnosis)
    found = confidence_document(ground, diagnosis)
    assert "would mislead" in found["reason"]
    assert found["coverage"]["value"] is None


def test_the_interval_is_over_groups(make_thresholded):
    val, target = make_thresholded(400, 0), make_thresholded(300, 1, split="test")
    single = calibrated(Ground(target, val))
    grouped = replace(target, group=[f"g{i // 3}" for i in range(300)])
    both = calibrated(Ground(grouped, val))
    assert both.after.ece[0] == single.after.ece[0]
    assert both.after.ece[1:] != single.after.ece[1:]
    assert np.isfinite(both.after.ece).all()
