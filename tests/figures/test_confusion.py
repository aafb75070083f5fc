import numpy as np
import pandas as pd
import pytest

from hirise.figures.confusion import ORDERS, confusion_figure, ordered_confusion

NAMES = ["a", "<b>", "c"]


@pytest.fixture
def confusion():
    counts = [[8, 2, 0], [0, 30, 0], [3, 1, 1]]
    return pd.DataFrame(counts, index=NAMES, columns=NAMES)


def test_colour_is_the_fraction_of_the_row_blue_correct_orange_incorrect(confusion):
    heatmap = confusion_figure(confusion).data[0]
    expected = [[-0.8, 0.2, np.nan], [np.nan, -1, np.nan], [0.6, 0.2, -0.2]]
    np.testing.assert_allclose(np.array(heatmap.z, dtype=float), expected)


@pytest.mark.parametrize(
    ("show", "first_row"),
    [
        ("counts", ["8", "2", "·"]),
        ("row %", ["80%", "20%", "·"]),
        ("column %", ["73%", "6%", "·"]),
    ],
)
def test_cells_show_counts_or_fractions(confusion, show, first_row):
    assert list(confusion_figure(confusion, show=show).data[0].text[0]) == first_row


def test_a_marker_over_each_cell_carries_its_classes(confusion):
    markers = confusion_figure(confusion).data[1]
    assert len(markers.customdata) == 9
    assert markers.marker.opacity == 0
    assert list(markers.customdata[1][:2]) == ["a", "<b>"]
    assert markers.customdata[1][3] == "&lt;b&gt;"


def test_the_chosen_cell_is_framed(confusion):
    (frame,) = confusion_figure(confusion, cell=("c", "a")).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 0.5, 1.5, 2.5)


def test_sums_of_rows_and_columns_can_be_clicked(confusion):
    sums = confusion_figure(confusion, totals=True).data[2]
    told = {(true, called): n for true, called, *_, n in sums.customdata}
    assert told == {
        ("a", ""): 10,
        ("<b>", ""): 30,
        ("c", ""): 5,
        ("", "a"): 11,
        ("", "<b>"): 33,
        ("", "c"): 1,
        ("", ""): 45,
    }
    assert list(zip(sums.x, sums.y, strict=True))[:4] == [
        (3, 0),
        (3, 1),
        (3, 2),
        (0, 3),
    ]
    assert list(sums.text)[-1] == "45"
    assert sums.marker.opacity == 0


@pytest.mark.parametrize(
    ("cell", "edges"),
    [
        (("c", ""), (-0.5, 3.5, 1.5, 2.5)),
        (("", "a"), (-0.5, 0.5, -0.5, 3.5)),
        (("", ""), (-0.5, 3.5, -0.5, 3.5)),
    ],
)
def test_a_chosen_row_or_column_is_framed_with_its_sum(confusion, cell, edges):
    (frame,) = confusion_figure(confusion, cell=cell, totals=True).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == edges


def test_forty_classes_have_no_numbers_on_them():
    names = [f"kind {i}" for i in range(40)]
    table = pd.DataFrame(np.eye(40, dtype=int), index=names, columns=names)
    assert confusion_figure(table).data[0].texttemplate is None


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("id", ["a", "<b>", "c"]),
        ("frequency", ["<b>", "a", "c"]),
        ("recall", ["c", "a", "<b>"]),
        ("confusion", ["a", "c", "<b>"]),
    ],
)
def test_orders_move_rows_and_columns_alike(confusion, order, expected):
    table = ordered_confusion(confusion, order)
    assert list(table.index) == list(table.columns) == expected
    assert table.loc["a", "<b>"] == 2


@pytest.mark.parametrize("order", ORDERS)
def test_orders_of_one_class_and_of_classes_without_images(order):
    one = pd.DataFrame([[3]], index=["a"], columns=["a"])
    assert ordered_confusion(one, order).equals(one)
    empty = pd.DataFrame([[0, 0], [0, 4]], index=["x", "y"], columns=["x", "y"])
    assert set(ordered_confusion(empty, order).index) == {"x", "y"}
