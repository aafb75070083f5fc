import numpy as np
import pandas as pd
import pytest

from hirise.figures.confusion import (
    DARK,
    LIGHT,
    ORDERS,
    confusion_figure,
    ordered_confusion,
)

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


def test_a_clear_bar_over_each_cell_carries_its_classes_and_number(confusion):
    bars = confusion_figure(confusion).data[1]
    assert len(bars.customdata) == 9
    assert bars.marker.color == "rgba(0,0,0,0)"
    assert list(bars.customdata[1][:2]) == ["a", "<b>"]
    assert bars.customdata[1][3] == "&lt;b&gt;"
    assert list(bars.text) == ["8", "2", "·", "·", "30", "·", "3", "1", "1"]
    # Each fills the square around its place.
    assert (bars.x[1], bars.base[1], bars.y[1], bars.width) == (1, -0.5, 1, 1)


def test_numbers_that_do_not_fit_are_left_out_not_clipped(confusion):
    layout = confusion_figure(confusion).layout
    assert (layout.uniformtext.mode, layout.uniformtext.minsize) == ("hide", 12)


def luminance(colour):
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("scale", [LIGHT, DARK])
def test_more_is_further_from_the_page(scale):
    page = luminance("#FFFFFF" if scale is LIGHT else "#12161C")
    most_correct, least_correct, least_wrong, most_wrong = (
        abs(luminance(colour) - page) for _, colour in scale
    )
    assert most_correct > 2 * least_correct
    assert most_wrong > 2 * least_wrong


@pytest.mark.parametrize("dark", [False, True])
def test_numbers_contrast_with_their_cells(dark):
    counts = [[n, 100 - n] for n in range(1, 100)]
    for row in counts:
        table = pd.DataFrame([row, [50, 50]], index=["a", "b"], columns=["a", "b"])
        figure = confusion_figure(table, dark=dark)
        for shade, ink in zip(
            np.ravel(figure.data[0].z), figure.data[1].textfont.color, strict=True
        ):
            ends = figure.data[0].colorscale[:2] if shade < 0 else None
            ends = ends or figure.data[0].colorscale[2:]
            at = 1 + shade if shade < 0 else shade
            low, high = (
                np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
                for _, colour in ends
            )
            cell = "#" + "".join(f"{round(v):02x}" for v in low + (high - low) * at)
            pair = sorted([luminance(cell), luminance(ink)])
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("count", "expected"),
    [(999, "999"), (1234, "1.2k"), (9960, "10k"), (17850, "18k"), (2_340_000, "2.3M")],
)
def test_a_narrow_screen_gets_four_characters(count, expected):
    table = pd.DataFrame([[count]], index=["a"], columns=["a"])
    assert confusion_figure(table, compact=True).data[1].text == (expected,)


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
    assert list(zip(sums.x, sums.base + 0.5, strict=True))[:4] == [
        (3, 0),
        (3, 1),
        (3, 2),
        (0, 3),
    ]
    assert list(sums.text)[-1] == "45"
    assert sums.marker.color == "rgba(0,0,0,0)"


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
    figure = confusion_figure(table, totals=True)
    assert all(trace.type == "scatter" for trace in figure.data[1:])
    assert {trace.mode for trace in figure.data[1:]} == {"markers"}
    assert figure.layout.xaxis.showticklabels is False
    # Each row is as high as its name.
    assert figure.layout.yaxis.tickfont.size == 12
    assert figure.layout.height - 130 >= 18 * 40


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


@pytest.mark.parametrize(("n", "width"), [(8, 10), (40, 18)])
def test_names_are_short_on_a_narrow_screen_where_numbers_need_the_room(n, width):
    names = [f"a rather long name of a class {i}" for i in range(n)]
    table = pd.DataFrame(np.eye(n, dtype=int), index=names, columns=names)
    label = confusion_figure(table, compact=True).layout.yaxis.ticktext[0]
    assert label == f"{names[0][:width].rstrip()}…"
