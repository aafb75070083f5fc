import numpy as np
import pandas as pd
import pytest

from hirise.figures.class_intervals import class_intervals_figure, worst_first
from hirise.figures.confidence_histogram import confidence_histogram_figure
from hirise.figures.precision_recall import precision_recall_figure
from hirise.figures.theme import BLUE, FAINT, LOUD


@pytest.fixture
def per_class():
    table = pd.DataFrame(
        {
            "support": [50, 0, 20],
            "predicted": [48, 2, 20],
            "recall": [0.9, np.nan, 0.2],
        },
        index=["a", "b", "c"],
    )
    table["recall_low"], table["recall_high"] = (
        table["recall"] - 0.1,
        [0.95, np.nan, 0.4],
    )
    for name in ("precision", "f1"):
        for column in (name, f"{name}_low", f"{name}_high"):
            table[column] = 0.5
    return table


def test_worst_recall_comes_first_and_classes_without_images_last(per_class):
    assert list(worst_first(per_class).index) == ["c", "a", "b"]


def test_dots_carry_their_class_and_the_images_that_they_count(per_class):
    recall, precision, f1, _ = class_intervals_figure(per_class, floor=0.7).data
    # worst recall first: c, a, b
    assert tuple(recall.customdata[1]) == ("a", 50, "a", "true")
    assert tuple(precision.customdata[1]) == ("a", 48, "a", "predicted")
    assert tuple(f1.customdata[0][2:]) == ("c", "true")


def test_recalls_wholly_under_the_floor_are_loud(per_class):
    recall, precision, f1, missed = class_intervals_figure(per_class, floor=0.7).data
    assert (recall.marker.color, missed.marker.color) == (BLUE, LOUD)
    assert (list(missed.x), list(missed.y)) == ([0.2], [-0.24])
    np.testing.assert_allclose(recall.error_x.array[:2], [0.2, 0.05])
    assert (precision.name, f1.name) == ("precision", "F1")


def test_the_chosen_class_stands_before_the_others():
    curves = pd.DataFrame(
        {
            "class_name": ["a", "a", "b", "b"],
            "threshold": [0.9, 0.1, 0.8, 0.2],
            "precision": [1, 0.5, 1, 0.6],
            "recall": [0.5, 1, 0.4, 1],
        }
    )
    figure = precision_recall_figure(curves, chosen="a", mark=(0.5, 1.0))
    assert [trace.line.color for trace in figure.data[:2]] == [FAINT, BLUE]
    assert [trace.name for trace in figure.data] == [
        "other classes",
        "a",
        "threshold",
    ]
    assert figure.data[2].x == (0.5,)


def test_correct_and_incorrect_are_stacked():
    table = pd.DataFrame(
        {
            "low": [0.0, 0.5],
            "high": [0.5, 1.0],
            "n_right": [1, 7],
            "n_wrong": [2, 0],
            "n_unknown": [0, 0],
        }
    )
    right, wrong = confidence_histogram_figure(table).data
    assert (list(right.x), list(right.y)) == ([0.25, 0.75], [1, 7])
    assert list(wrong.y) == [2, 0]
    assert list(wrong.customdata[1][2:]) == [0.5, 1.0, "incorrect"]
