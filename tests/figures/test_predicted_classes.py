import pandas as pd
import pytest

from hirise.figures.predicted_classes import predicted_classes_figure
from hirise.figures.theme import CATEGORY_COLOURS


def counts(rows):
    return pd.DataFrame(rows, columns=["epoch", "class_name", "n"])


def test_a_collapse_is_one_bar_that_grows_to_the_whole():
    figure = predicted_classes_figure(
        counts([(1, "a", 60), (1, "b", 40), (2, "a", 100), (2, "b", 0)])
    )
    largest, other = figure.data
    assert (largest.name, list(largest.y)) == ("a", [0.6, 1.0])
    assert list(other.y) == [0.4, 0.0]


def test_forty_classes_become_seven_and_a_rest():
    rows = [(1, f"kind {i}", i + 1) for i in range(40)]
    figure = predicted_classes_figure(counts(rows))
    assert len(figure.data) == len(CATEGORY_COLOURS) + 1
    assert figure.data[-1].name == "33 other classes"
    assert sum(bar.y[0] for bar in figure.data) == pytest.approx(1)


def test_a_class_keeps_its_colour_whatever_its_frequency():
    mostly_a = predicted_classes_figure(counts([(1, "a", 90), (1, "b", 10)]))
    mostly_b = predicted_classes_figure(counts([(1, "a", 10), (1, "b", 90)]))
    for figure in (mostly_a, mostly_b):
        colours = {bar.name: bar.marker.color for bar in figure.data}
        assert colours == {"a": CATEGORY_COLOURS[0], "b": CATEGORY_COLOURS[1]}


def test_eight_classes_have_eight_colours_and_the_axis_ends_with_the_epochs():
    rows = [(epoch, f"kind {i}", 1) for epoch in (1, 2, 3) for i in range(8)]
    figure = predicted_classes_figure(counts(rows))
    assert len({bar.marker.color for bar in figure.data}) == 8
    assert figure.layout.xaxis.range == (0.4, 3.6)
