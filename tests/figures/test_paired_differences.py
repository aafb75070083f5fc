import numpy as np
import pandas as pd
import pytest

from hirise.figures.paired_differences import paired_differences_figure
from hirise.figures.theme import BLUE, GREY, LOUD

COLUMNS = ["before", "after", "difference", "low", "high"]


@pytest.fixture
def table():
    return pd.DataFrame(
        [
            [0.1, 0.5, 0.4, 0.3, 0.5],
            [0.9, 0.7, -0.2, -0.3, -0.1],
            [0.5, 0.6, 0.1, -0.1, 0.3],
            [0.0, 1.0, 1.0, np.nan, np.nan],
            [np.nan] * 5,
        ],
        columns=COLUMNS,
    )


def test_an_interval_that_excludes_0_is_coloured(table):
    names = ["<b>", "b", "c", "d", "e"]
    figure = paired_differences_figure(table, names)
    better, worse, unsure, few = figure.data
    assert [trace.name for trace in figure.data] == [
        "better",
        "worse",
        "no clear difference",
        "too few for an interval",
    ]
    colours = [trace.marker.color for trace in figure.data]
    assert colours == [BLUE, LOUD, GREY, GREY]
    assert [list(t.y) for t in figure.data] == [[0], [1], [2], [3]]
    np.testing.assert_allclose([*better.error_x.array, *worse.error_x.array], 0.1)
    np.testing.assert_allclose(unsure.error_x.arrayminus, 0.2)
    assert np.isnan(few.error_x.array).all()
    assert better.customdata[0][0] == "&lt;b&gt;"
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;"
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (0, 0)


def test_tiny_changes_are_drawn_tiny_and_0_is_always_shown(table):
    tiny = table.iloc[:1].assign(difference=0.001, low=0.0, high=0.002)
    low, high = paired_differences_figure(tiny, ["a"]).layout.xaxis.range
    assert (low, high) == (-0.05, 0.05)
    low, high = paired_differences_figure(table.iloc[:1], ["a"]).layout.xaxis.range
    assert low == -0.05
    assert high == pytest.approx(0.53)


def test_nothing_known_draws_only_the_line(table):
    figure = paired_differences_figure(table.iloc[4:], ["e"])
    assert not figure.data
    assert tuple(figure.layout.xaxis.range) == (-0.05, 0.05)
