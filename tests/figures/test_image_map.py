"""The map as a figure: who has which colour and sign, and what is drawn."""

import numpy as np
import pandas as pd
import pytest

from hirise.figures.image_map import drawn_rows, image_map_figure
from hirise.figures.theme import BLUE, CATEGORY_COLOURS, FAINT, GREY, LOUD


def make_table(true, predicted, names, lit=True):
    kinds = pd.CategoricalDtype(["", *names])
    n = len(true)
    return pd.DataFrame(
        {
            "image": [f"{i}<b>.jpg" for i in range(n)],
            "x": np.arange(n, dtype=float),
            "y": np.arange(n, dtype=float) ** 2,
            "true": pd.Categorical(true, dtype=kinds),
            "predicted": pd.Categorical(predicted, dtype=kinds),
            "correct": pd.array(
                [
                    None if t == "" else t == p
                    for t, p in zip(true, predicted, strict=True)
                ],
                dtype="boolean",
            ),
            "lit": lit,
        }
    )


TWO = make_table(["a", "b", "a", ""], ["b", "b", "a", "a"], ["a", "b"])


def points(figure):
    return {
        trace.name: (trace.marker.color, list(trace.customdata))
        for trace in figure.data
        if trace.customdata is not None
    }


def test_by_true_class():
    found = points(image_map_figure(TWO))
    assert found == {
        "unknown": (GREY, ["3<b>.jpg"]),
        "a": (CATEGORY_COLOURS[0], ["2<b>.jpg", "0<b>.jpg"]),
        "b": (CATEGORY_COLOURS[1], ["1<b>.jpg"]),
    }


def test_by_predicted_class_and_by_correctness():
    by_class = points(image_map_figure(TWO, colour="predicted class"))
    assert by_class["b"] == (CATEGORY_COLOURS[1], ["1<b>.jpg", "0<b>.jpg"])
    found = points(image_map_figure(TWO, colour="correctness"))
    assert found == {
        "correct": (BLUE, ["1<b>.jpg", "2<b>.jpg"]),
        "incorrect": (LOUD, ["0<b>.jpg"]),
        "no ground truth": (GREY, ["3<b>.jpg"]),
    }


def test_a_misclassified_image_is_a_cross_on_top_and_names_are_escaped():
    trace = next(one for one in image_map_figure(TWO).data if one.name == "a")
    assert list(trace.marker.symbol) == ["circle", "x"]
    assert list(trace.hovertext) == [
        "<b>2&lt;b&gt;.jpg</b><br>true class a<br>predicted as a",
        "<b>0&lt;b&gt;.jpg</b><br>true class a<br>predicted as b",
    ]


def test_what_is_filtered_out_is_faint_below_the_rest():
    table = TWO.assign(lit=[True, False, False, False])
    figure = image_map_figure(table)
    assert figure.data[0].marker.color == FAINT
    assert len(figure.data[0].x) == 3
    assert points(figure)["a"] == (CATEGORY_COLOURS[0], ["0<b>.jpg"])


def test_of_forty_classes_seven_have_a_colour_and_the_rest_is_grey():
    names = [f"kind {i}" for i in range(40)]
    true = [name for i, name in enumerate(names) for _ in range(i + 1)]
    found = points(image_map_figure(make_table(true, true, names)))
    assert len(found) == 8
    colour, rest = found["33 other classes"]
    assert (colour, len(rest)) == (GREY, 33 * 34 // 2)
    assert {colour for colour, _ in found.values()} == {*CATEGORY_COLOURS, GREY}
    few = make_table(true, true, names).assign(lit=[name == "kind 0" for name in true])
    assert "kind 0" in points(image_map_figure(few))


def test_both_axes_have_one_scale_and_no_numbers():
    layout = image_map_figure(TWO).layout
    assert (layout.yaxis.scaleanchor, layout.yaxis.scaleratio) == ("x", 1)
    assert not layout.xaxis.showticklabels
    assert not layout.yaxis.showticklabels


def test_a_region_is_framed_and_an_image_ringed():
    corners = ((0, 0), (1, 0), (1, 1.5))
    figure = image_map_figure(TWO, corners=corners, chosen="1<b>.jpg")
    assert figure.layout.shapes[0].path == "M 0,0 L 1,0 L 1,1.5 Z"
    ring = figure.data[-1]
    assert (ring.marker.symbol, list(ring.x), list(ring.y)) == ("circle-open", [1], [1])
    assert not image_map_figure(TWO).layout.shapes


def test_of_many_images_the_misclassified_are_drawn_then_the_highlighted():
    true = ["a"] * 100
    predicted = ["b"] * 10 + ["a"] * 90
    table = make_table(true, predicted, ["a", "b"]).assign(
        lit=[False] * 60 + [True] * 40
    )
    drawn = drawn_rows(table, most=50)
    assert drawn.sum() == 50
    assert drawn[:10].all()
    assert drawn[60:].all()
    more = drawn_rows(table, most=55)
    assert (more.sum(), more[10:60].sum()) == (55, 5)
    assert (more == drawn_rows(table, most=55)).all()
    assert drawn_rows(table, most=100).all()
    assert drawn_rows(table, most=7)[:10].sum() == 7


def test_no_images_is_an_empty_map():
    figure = image_map_figure(TWO.head(0))
    assert points(figure) == {}


@pytest.mark.parametrize("colour", ["true class", "predicted class", "correctness"])
def test_all_points_are_drawn_once(colour):
    figure = image_map_figure(TWO, colour=colour)
    assert sum(len(images) for _, images in points(figure).values()) == len(TWO)
