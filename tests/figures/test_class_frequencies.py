import numpy as np
import pandas as pd
import pytest

from hirise.figures.class_frequencies import class_frequencies_figure
from hirise.figures.theme import BLUE, LOUD


@pytest.fixture
def shares():
    return pd.DataFrame(
        {
            "true_share": [0.8, 0.2],
            "predicted_share": [1.0, 0.0],
            "training_share": [0.7, 0.3],
        },
        index=["other", "cra<ter"],
    )


def test_true_and_predicted_stand_side_by_side(shares):
    true, predicted = class_frequencies_figure(shares).data
    assert list(true.x) == [0.8, 0.2]
    assert list(predicted.text) == ["100.0%", "never"]
    assert predicted.marker.color == BLUE
    assert true.customdata[1][0] == "cra&lt;ter"


def test_a_collapse_is_highlighted_and_training_frequencies_can_be_added(shares):
    figure = class_frequencies_figure(shares, training=True, loud=True)
    assert [bar.name for bar in figure.data] == ["true", "predicted", "training"]
    assert figure.data[1].marker.color == LOUD


def test_without_truth_only_predictions_are_drawn(shares):
    shares["true_share"] = np.nan
    assert [bar.name for bar in class_frequencies_figure(shares).data] == ["predicted"]


def test_many_classes_fold_into_a_rest():
    table = pd.DataFrame(
        {"true_share": [0.025] * 40, "predicted_share": [0.025] * 40},
        index=[f"kind {i}" for i in range(40)],
    )
    figure = class_frequencies_figure(table, at_most=8)
    assert len(figure.data[0].x) == 9
    assert tuple(figure.data[1].customdata[0][2:]) == ("kind 0", "predicted")
    assert tuple(figure.data[0].customdata[8][2:]) == ("", "true")
    assert figure.layout.yaxis.ticktext[-1] == "32 other classes"


@pytest.mark.parametrize(("largest", "end"), [(0.04, 0.1), (0.5, 0.5), (0.51, 1)])
def test_the_axis_ends_where_the_largest_frequency_needs_it(largest, end):
    table = pd.DataFrame({"true_share": [largest], "predicted_share": [0.01]}, ["a"])
    assert class_frequencies_figure(table).layout.xaxis.tickvals[-1] == end
