"""One classifier knows a class more: both are asked for the shared ones alone."""

import numpy as np
import pytest

from hirise.errors import InputError
from hirise.evaluation import compare, match_predictions
from hirise.predictions import Predictions

EIGHT = ("other", "crater", "dune")
SEVEN = ("crater", "dune")


def make(images, y_true, names, proba=None, y_pred=None):
    proba = None if proba is None else np.array(proba)
    return Predictions(
        y_pred=np.array(y_pred) if proba is None else proba.argmax(axis=1),
        class_names=names,
        y_true=np.array(y_true),
        proba=proba,
        image=images,
    )


BEFORE = make(
    ["a", "b", "c", "d"],
    [0, 1, 2, 1],
    EIGHT,
    [[0.9, 0.1, 0], [0.6, 0.3, 0.1], [0.7, 0.2, 0.1], [1, 0, 0]],
)
AFTER = make(["d", "c", "b"], [0, 1, 0], SEVEN, [[0.6, 0.4], [0.3, 0.7], [0.9, 0.1]])


def test_an_image_is_predicted_as_the_most_probable_common_class():
    found = match_predictions(BEFORE, AFTER, names=("A", "B"))
    assert found.before.class_names == SEVEN
    assert list(found.before.image) == ["b", "c", "d"]
    assert list(found.before.y_true) == [0, 1, 0]
    # .3 against .1, .2 against .1, and neither.
    np.testing.assert_allclose(
        found.before.proba, [[3 / 4, 1 / 4], [2 / 3, 1 / 3], [0.5, 0.5]]
    )
    assert list(found.before.y_pred) == [0, 0, 0]
    assert found.notes[0] == (
        "Compared on images of the 2 classes that both know. A also knows 'other': "
        "its most probable common class is used."
    )
    assert (compare(found).n_fixed, compare(found).n_broken) == (1, 0)


def test_common_classes_are_found_in_either_order():
    found = match_predictions(AFTER, BEFORE, names=("A", "B"))
    assert list(found.after.image) == ["d", "c", "b"]
    assert "B also knows 'other'" in found.notes[0]


def test_without_probabilities_a_foreign_answer_is_refused():
    bare = make(["b", "c"], [1, 2], EIGHT, y_pred=[0, 2])
    with pytest.raises(InputError, match="their classes differ: only A has 'other'"):
        match_predictions(bare, AFTER, names=("A", "B"))
    able = make(["b", "c"], [1, 2], EIGHT, y_pred=[2, 2])
    assert list(match_predictions(able, AFTER).before.y_pred) == [1, 1]
