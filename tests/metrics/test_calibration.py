import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hirise.metrics.calibration import (
    calibration_codes,
    expected_calibration_error,
    reliability,
)


def plain_error(confidence, correct, n_bins):
    """Expected calibration error, image by image."""
    gaps = {}
    for sure, right in zip(confidence, correct, strict=True):
        place = min(int(sure * n_bins), n_bins - 1)
        gaps[place] = gaps.get(place, 0.0) + sure - right
    return sum(abs(gap) for gap in gaps.values()) / len(confidence)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1),
    st.integers(1, 20),
)
def test_error_of_random_confidences(images, n_bins):
    confidence = np.array([image[0] for image in images])
    correct = np.array([image[1] for image in images])
    table = reliability(confidence, correct, n_bins=n_bins)
    expected = plain_error(confidence.tolist(), correct.tolist(), n_bins)
    assert expected_calibration_error(table) == pytest.approx(expected, abs=1e-12)
    assert table["n_images"].sum() == len(images)


def test_by_hand_and_the_last_bin_includes_one():
    confidence = np.array([0.5, 0.52, 1.0, 0.95])
    table = reliability(confidence, np.array([True, False, True, True]), n_bins=10)
    assert table["n_images"].tolist() == [2, 2]
    np.testing.assert_allclose(table["confidence"], [0.51, 0.975])
    np.testing.assert_allclose(table["accuracy"], [0.5, 1])
    assert expected_calibration_error(table) == pytest.approx((0.01 + 0.025) / 2)


def test_nothing_measured():
    table = reliability(np.zeros(0), np.zeros(0, dtype=bool))
    assert np.isnan(expected_calibration_error(table))
    with pytest.raises(ValueError, match="`n_bins` must be at least 1, got 0"):
        reliability(np.zeros(1), np.zeros(1, dtype=bool), n_bins=0)


def test_codes_add_up_to_the_error():
    rng = np.random.default_rng(0)
    confidence = rng.random(5000)
    correct = rng.random(5000) < confidence
    codes, contributions = calibration_codes(confidence, correct)
    totals = contributions[codes].sum(axis=0)
    table = reliability(confidence, correct)
    assert np.abs(totals[:-1]).sum() / totals[-1] == pytest.approx(
        expected_calibration_error(table), abs=1e-3
    )
