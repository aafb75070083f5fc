import numpy as np
import pandas as pd
import pytest

from hirise.figures.coverage import coverage_figure
from hirise.figures.reliability import reliability_figure, reliability_table

BEFORE = pd.DataFrame(
    {"confidence": [0.5, 0.9], "accuracy": [0.6, 0.8], "n_images": [4, 400]}
)
AFTER = pd.DataFrame({"confidence": [0.7], "accuracy": [0.75], "n_images": [404]})
LEVELS = pd.DataFrame(
    {
        "confidence": [0.0, 0.9, 1.0],
        "n_answered": [100, 40, 0],
        "n_right": [80, 38, 0],
        "coverage": [1.0, 0.4, 0.0],
        "accuracy": [0.8, 0.95, np.nan],
        "coverage_low": [1.0, 0.31, 0.0],
        "coverage_high": [1.0, 0.5, 0.04],
        "accuracy_low": [0.71, 0.84, np.nan],
        "accuracy_high": [0.87, 0.98, np.nan],
    }
)


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_both_tables_are_drawn_and_few_images_are_a_small_point():
    table = reliability_table(BEFORE, AFTER)
    assert list(table["scores"]) == [*["uncalibrated"] * 2, "temperature-scaled"]
    found = traces(reliability_figure(table))
    assert list(found) == ["calibrated", "uncalibrated", "temperature-scaled"]
    before = found["uncalibrated"]
    assert list(before.y) == [0.6, 0.8]
    assert before.marker.size == pytest.approx((5.6, 20))
    assert before.customdata[1][2] == "400"


def test_without_a_temperature_there_is_one_table():
    table = reliability_table(BEFORE, None)
    assert list(traces(reliability_figure(table))) == ["calibrated", "uncalibrated"]


def test_the_point_is_marked_and_nothing_is_drawn_without_answers():
    found = traces(coverage_figure(LEVELS, at=0.9))
    assert list(found["accuracy of the answers"].x) == [1.0, 0.4]
    assert list(found["confidence 0.9 or more"].x) == [0.4]
    assert list(found["95% CI"].y) == [0.87, 0.98, 0.84, 0.71]


def test_a_point_without_answers_is_not_marked():
    found = traces(coverage_figure(LEVELS, at=1.0))
    assert not len(found["confidence 1 or more"].x)


def test_the_axis_begins_below_the_lowest_bound():
    low, _ = coverage_figure(LEVELS, at=0.9).layout.yaxis.range
    assert 0.55 < low < 0.71


def test_without_images_it_is_empty():
    figure = coverage_figure(LEVELS.iloc[:0], at=0.9)
    assert not len(traces(figure)["accuracy of the answers"].x)
