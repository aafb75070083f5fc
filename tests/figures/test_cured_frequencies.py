"""Class frequencies before and after a cure."""

import numpy as np
import pytest

from hirise.figures.class_frequencies import cured_frequencies, cured_frequencies_figure
from hirise.figures.theme import FAINT, LOUD
from hirise.predictions import Predictions


def make(y_pred, y_true=(0, 0, 0, 1)):
    return Predictions(
        y_pred=np.array(y_pred),
        class_names=("a", "b <i>"),
        y_true=None if y_true is None else np.array(y_true),
    )


def test_the_frequencies_of_three_labellings_stand_side_by_side():
    table = cured_frequencies(make([0, 0, 0, 0]), make([0, 0, 1, 1]))
    assert list(table.index) == ["a", "b <i>"]
    assert list(table["true_share"]) == [0.75, 0.25]
    assert list(table["before_share"]) == [1, 0]
    assert list(table["after_share"]) == [0.5, 0.5]


@pytest.mark.parametrize(("loud", "colour"), [(True, LOUD), (False, FAINT)])
def test_a_failing_model_is_loud_before(loud, colour):
    table = cured_frequencies(make([0, 0, 0, 0]), make([0, 0, 1, 1]))
    figure = cured_frequencies_figure(table, loud=loud)
    assert [trace.name for trace in figure.data] == ["true", "before", "after"]
    assert figure.data[1].marker.color == colour
    assert list(figure.data[1].text) == ["100.0%", "never"]
    assert figure.layout.yaxis.ticktext == ("a", "b &lt;i&gt;")


def test_without_truth_there_are_two():
    table = cured_frequencies(make([0, 1], None), make([1, 1], None))
    figure = cured_frequencies_figure(table)
    assert [trace.name for trace in figure.data] == ["before", "after"]
