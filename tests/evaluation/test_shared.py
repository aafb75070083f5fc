"""Which images two predictions share, and what is refused."""

import numpy as np
import pytest

from hirise.errors import InputError
from hirise.evaluation import match_predictions
from hirise.predictions import Predictions


def make(images, y_true, y_pred, names=("a", "b"), **options):
    return Predictions(
        y_pred=np.array(y_pred),
        class_names=names,
        y_true=None if y_true is None else np.array(y_true),
        image=images,
        **options,
    )


def test_images_are_matched_by_name_and_the_rest_is_left_out():
    first = make(["x", "y", "z"], [0, 1, 1], [0, 0, 1])
    second = make(["w", "z", "y"], [0, 1, 1], [1, 0, 1])
    found = match_predictions(first, second, names=("A", "B"))
    assert list(found.before.image) == list(found.after.image) == ["y", "z"]
    assert list(found.before.y_pred) == [0, 1]
    assert list(found.after.y_pred) == [1, 0]
    assert (found.n_images, found.n_before, found.n_after) == (2, 3, 3)
    assert found.notes == (
        "Compared on the 2 images that both have, of 3 of A and 3 of B.",
    )


def test_the_same_images_need_no_note():
    first = make(["x", "y"], [0, 1], [0, 0])
    assert match_predictions(first, first).notes == ()


def test_classes_are_brought_into_one_order():
    first = make(["x", "y"], [0, 1], [0, 0], proba=np.array([[0.9, 0.1], [0.8, 0.2]]))
    other = make(
        ["x", "y"],
        [1, 0],
        [1, 0],
        names=("b", "a"),
        proba=np.array([[0.3, 0.7], [0.6, 0.4]]),
    )
    found = match_predictions(first, other)
    assert found.after.class_names == ("a", "b")
    assert list(found.after.y_true) == [0, 1]
    assert list(found.after.y_pred) == [0, 1]
    assert found.after.proba.tolist() == [[0.7, 0.3], [0.4, 0.6]]


def test_images_without_ground_truth_in_one_run_are_left_out():
    first = make(["x", "y", "z"], [0, -1, 1], [0, 0, 1])
    second = make(["x", "y", "z"], [0, 1, 1], [1, 0, 1])
    found = match_predictions(first, second)
    assert list(found.before.image) == ["x", "z"]
    assert found.notes[-1].endswith("without a true label in both are left out: 1.")


def test_without_names_rows_are_matched():
    first = make(None, [0, 1], [0, 0])
    second = make(["x", "y"], [0, 1], [0, 1])
    assert (
        "A does not name its images"
        in match_predictions(first, second, names=("A", "B")).notes[0]
    )


FIRST = make(["x", "y", "z"], [0, 1, 1], [0, 0, 1])


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (
            make(["v", "w"], [0, 1], [0, 1]),
            "A and B have no image in common: the first has 3",
        ),
        (
            make(["x", "y", "z"], [0, 0, 0], [0, 1, 1]),
            "different true labels for 2 of 3 common images, such as y: 'b' and 'a'",
        ),
        (make(["x"], [0], [1], names=("a", "c")), "only A has 'b'; only B has 'c'"),
        (make(["x"], None, [1]), "none has a true label in both"),
        (make(None, [0, 1], [0, 1]), "A has 3 images and B 2, and B does not name"),
    ],
)
def test_what_cannot_be_compared_is_one_line(second, told):
    with pytest.raises(InputError) as refused:
        match_predictions(FIRST, second, names=("A", "B"))
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
