import numpy as np
import pytest

from hirise.errors import InputError
from hirise.remedies import FitData, ReorderClasses, Thresholds, cure, sensible_order


def permuted(make_predictions, split, prefix):
    """Right but for 2 of 30, with crater called dune and dune other, other crater."""
    truth = np.repeat([0, 1, 2], 10)
    called = np.array([1, 2, 0])[truth]
    called[[0, 15]] = [0, 1]
    proba = np.full((30, 3), 0.1)
    proba[np.arange(30), called] = 0.8
    return make_predictions(proba, truth, split=split, prefix=prefix)


def test_each_class_gets_back_what_it_stands_for(make_predictions):
    val = permuted(make_predictions, "val", "v")
    test = permuted(make_predictions, "test", "t")
    fitted = ReorderClasses().fit(FitData(test, val))
    assert fitted.sentence == (
        "'other' means 'dune'; 'crater' means 'other'; 'dune' means 'crater', by val."
    )
    after = fitted(test)
    assert (test.y_pred == test.y_true).sum() == 2
    assert (after.y_pred == after.y_true).sum() == 28
    np.testing.assert_array_equal(after.proba.argmax(axis=1), after.y_pred)
    np.testing.assert_allclose(after.proba[1], [0.8, 0.1, 0.1])
    assert fitted.parameters == {"stands_for": "dune, other, crater"}


def test_classes_in_the_correct_order_are_left_alone(make_predictions):
    truth = np.repeat([0, 1, 2], 10)
    right = make_predictions(np.eye(3)[truth] + 0.1, truth)
    with pytest.raises(InputError, match="the classes keep their order"):
        ReorderClasses().fit(FitData(right, right))


def test_reordering_needs_a_labelled_val(make_predictions):
    test = permuted(make_predictions, "test", "t")
    with pytest.raises(InputError, match="no labelled val split beside test"):
        ReorderClasses().fit(FitData(test))


def test_reordering_goes_first(make_predictions):
    val = permuted(make_predictions, "val", "v")
    test = permuted(make_predictions, "test", "t")
    assert sensible_order({"thresholds", "reorder-classes"})[0] == "reorder-classes"
    with pytest.raises(InputError, match="so it goes first"):
        cure(FitData(test, val), [Thresholds(), ReorderClasses()])
    both = cure(FitData(test, val), [ReorderClasses(), Thresholds()])
    assert (both.after.y_pred == both.after.y_true).sum() == 28


def test_those_that_train_come_before_all_others():
    keys = {"thresholds", "class-weights", "warm-up"}
    assert sensible_order(keys) == ("warm-up", "class-weights", "thresholds")
    assert sensible_order({"warm-up"}) == ("warm-up",)
    with pytest.raises(InputError, match="cannot be combined"):
        sensible_order({"class-weights", "balanced-batches"})
