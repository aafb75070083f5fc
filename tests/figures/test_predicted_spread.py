import pandas as pd
import pytest

from hirise.figures.predicted_spread import predicted_spread_figure
from hirise.figures.theme import CATEGORY_COLOURS


def counts(rows):
    return pd.DataFrame(rows, columns=["epoch", "class_name", "n"])


def test_a_collapse_is_one_bar_that_grows_to_the_whole():
    figure = predicted_spread_figure(
        counts([(1, "a", 60), (1, "b", 40), (2, "a", 100), (2, "b", 0)])
    )
    largest, other = figure.data
    assert (largest.name, list(largest.y)) == ("a", [0.6, 1.0])
    assert list(other.y) == [0.4, 0.0]


def test_forty_classes_become_seven_and_a_rest():
    rows = [(1, f"kind {i}", i + 1) for i in range(40)]
    figure = predicted_spread_figure(counts(rows))
    assert len(figure.data) == len(CATEGORY_COLOURS) + 1
    assert figure.data[-1].name == "33 other classes"
    assert sum(bar.y[0] for bar in figure.data) == pytest.approx(1)
