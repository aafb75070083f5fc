import numpy as np
import pandas as pd

from hirise.figures.accuracy_baselines import accuracy_baselines_figure
from hirise.figures.theme import BLUE, FAINT, GREY, LOUD


def summary(accuracy, low, high, majority=0.8, macro_f1=0.11):
    return pd.DataFrame(
        {
            "value": [accuracy, majority, macro_f1, np.nan],
            "low": [low, np.nan, macro_f1 - 0.05, np.nan],
            "high": [high, np.nan, macro_f1 + 0.05, np.nan],
        },
        index=["accuracy", "majority_share", "macro_f1", "mcc"],
    )


def test_a_collapsed_accuracy_is_as_grey_as_a_baseline():
    bars = accuracy_baselines_figure(summary(0.8, 0.77, 0.83), loud=True).data[0]
    assert list(bars.marker.color) == [GREY, FAINT, LOUD]


def test_accuracy_within_chance_of_the_majority_class_baseline_stays_grey():
    bars = accuracy_baselines_figure(summary(0.82, 0.79, 0.85)).data[0]
    assert list(bars.marker.color) == [GREY, FAINT, BLUE]


def test_accuracy_above_the_majority_class_baseline_is_blue():
    bars = accuracy_baselines_figure(summary(0.95, 0.93, 0.97, macro_f1=0.9)).data[0]
    assert list(bars.marker.color) == [BLUE, FAINT, BLUE]


def test_values_are_written_and_undefined_metrics_left_out():
    figure = accuracy_baselines_figure(summary(0.8, 0.77, 0.83))
    assert [text.strip() for text in figure.data[1].text] == [
        "80.0%",
        "80.0%",
        "0.11",
    ]
    assert figure.layout.shapes[0].x0 == 0.8
    np.testing.assert_allclose(figure.data[2].error_x.array[[0, 2]], [0.03, 0.05])


def test_an_empty_summary_gives_an_empty_chart():
    empty = summary(0.8, 0.7, 0.9).assign(value=np.nan)
    assert len(accuracy_baselines_figure(empty).data[0].x) == 0
