import numpy as np
import pandas as pd

from hirise.figures.class_counts import class_counts_figure
from hirise.figures.theme import BLUE, GREY, LOUD

COUNTS = pd.DataFrame(
    {"train": [40, 1000], "val": [0, 120]}, index=["<b>", "other"]
).rename_axis(index="class_name", columns="split")


def test_each_split_is_a_mark_in_every_row_the_largest_class_first():
    train, val, _ = class_counts_figure(COUNTS).data
    assert (train.name, val.name) == ("train", "val")
    assert (train.marker.color, val.marker.color) == (GREY, BLUE)
    assert list(train.x) == [1000, 40]
    np.testing.assert_allclose([train.y, val.y], [[-0.09, 0.91], [0.09, 1.09]])
    assert train.marker.symbol != val.marker.symbol


def test_no_image_is_drawn_left_of_one_and_what_is_too_few_is_loud():
    _, val, few = class_counts_figure(COUNTS, minimum=10).data
    assert list(val.x) == [120, 0.5]
    assert tuple(val.customdata[1]) == ("&lt;b&gt;", 0)
    assert (list(few.x), list(few.y), few.marker.color) == ([0.5], [1.09], LOUD)
    assert few.marker.symbol == (val.marker.symbol,)


def test_where_all_classes_suffice_nothing_is_highlighted():
    assert len(class_counts_figure(COUNTS + 10).data) == 2


def test_the_axis_is_logarithmic_with_a_place_for_none():
    axis = class_counts_figure(COUNTS).layout.xaxis
    assert axis.type == "log"
    assert axis.ticktext == ("0", "1", "10", "100", "1,000")
    np.testing.assert_allclose(axis.range, [np.log10(0.5) - 0.1, 3.12])


def test_few_images_leave_room_for_the_line_of_the_minimum():
    figure = class_counts_figure(COUNTS // 100)
    (line,) = figure.layout.shapes
    assert line.x0 == 10
    assert figure.layout.xaxis.range[1] > 1


def test_the_order_can_be_kept():
    counts = pd.DataFrame({"val": [1, 300, 20]}, index=["a", "b", "c"])
    axis = class_counts_figure(counts, in_order=True).layout.yaxis
    assert list(axis.ticktext) == ["a", "b", "c"]
    assert list(class_counts_figure(counts).layout.yaxis.ticktext) == ["b", "c", "a"]
