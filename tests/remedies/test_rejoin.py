"""Predictions that were joined with the labels in another order of the rows."""

from dataclasses import replace

import numpy as np
import pytest

from hirise.errors import InputError
from hirise.predictions import Predictions
from hirise.remedies import FitData, RejoinPredictions, cure, select_remedies

N = 300


@pytest.fixture
def right():
    """Predictions that are wrong for 60 of 300 images."""
    random = np.random.default_rng(4)
    truth = random.integers(0, 3, N)
    y_pred = truth.copy()
    y_pred[:60] = (truth[:60] + 1) % 3
    proba = np.full((N, 3), 0.1)
    proba[np.arange(N), y_pred] = 0.8
    names = np.array([f"{number:03d}.jpg" for number in random.permutation(N)])
    return Predictions(y_pred, ("a", "b", "c"), truth, proba, image=names, split="test")


def moved(predictions, rows):
    return replace(
        predictions, y_pred=predictions.y_pred[rows], proba=predictions.proba[rows]
    )


def cured(predictions):
    return cure(FitData(predictions), [RejoinPredictions()])


@pytest.mark.parametrize("shift", [1, -7, 50])
def test_shifted_rows_are_moved_back(right, shift):
    found = cured(moved(right, np.roll(np.arange(N), shift)))
    np.testing.assert_array_equal(found.after.y_pred, right.y_pred)
    np.testing.assert_array_equal(found.after.proba, right.proba)
    way = "up" if shift > 0 else "down"
    order = f"predictions moved {way} by {abs(shift)}"
    assert found.steps[0].parameters == {"order": order}


def test_predictions_in_the_order_of_the_names_are_joined_by_name(right):
    found = cured(moved(right, np.argsort(right.image, kind="stable")))
    np.testing.assert_array_equal(found.after.y_pred, right.y_pred)
    assert list(found.after.image) == list(right.image)
    np.testing.assert_array_equal(found.after.y_true, right.y_true)
    assert "sorted by name" in found.steps[0].sentence


def test_rows_in_order_keep_it(right):
    with pytest.raises(InputError, match=r"no other order .* as it is 0\.6"):
        cured(right)


def test_sorted_labels_are_not_taken_for_an_order(right):
    # Sorted by class any predictions would agree, but with which image?
    drawn = np.random.default_rng(5).permutation(N)
    by_class = drawn[np.argsort(right.y_pred[drawn], kind="stable")]
    with pytest.raises(InputError, match="no other order"):
        cured(moved(right, by_class))


def test_chance_is_no_order(right):
    with pytest.raises(InputError, match="no other order"):
        cured(moved(right, np.random.default_rng(1).permutation(N)))


def test_without_all_labels_no_order_is_found(right):
    with pytest.raises(InputError, match="has no true labels for test"):
        cured(replace(right, y_true=None))
    some = np.where(np.arange(N) < 10, -1, right.y_true)
    with pytest.raises(InputError, match="only some images have a true label"):
        cured(replace(right, y_true=some))


def test_a_training_predicts_in_one_order():
    with pytest.raises(InputError, match="a training predicts anew"):
        select_remedies(["rejoin-predictions", "warm-up"])


def test_only_the_split_that_is_cured_is_moved(right):
    rolled = moved(right, np.roll(np.arange(N), 3))
    fitted = RejoinPredictions().fit(FitData(rolled))
    val = replace(rolled, split="val")
    assert fitted(val) is val
