"""Regions of a map: what lies in them, and what an address may hold."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.evaluation.image_map import (
    Region,
    inside,
)
from hirise.runs.embeddings import EmbeddingMap

MARK = "0123abcd"
# A square of side 4 with a notch cut from above to its middle.
NOTCHED = ((0, 0), (4, 0), (4, 4), (2, 2), (0, 4))


def test_points_in_a_polygon_with_a_notch():
    points = {
        (1, 1): True,
        (2, 1.9): True,
        (2, 2.1): False,
        (2, 3.9): False,
        (0.5, 3): True,
        (3.5, 3): True,
        (-1, 2): False,
        (5, 2): False,
        (2, -0.1): False,
        (2, 4.1): False,
    }
    x, y = np.array(list(points), dtype=float).T
    assert inside(NOTCHED, x, y).tolist() == list(points.values())
    assert inside(NOTCHED[::-1], x, y).tolist() == list(points.values())


def test_where_the_line_crosses_itself_twice_enclosed_is_outside():
    eight = ((0, 0), (4, 4), (4, 0), (0, 4))
    x, y = np.array([(3.5, 2), (0.5, 2), (2, 3.5), (2, 0.5)]).T
    assert inside(eight, x, y).tolist() == [True, True, False, False]


def test_images_by_name():
    points = pd.DataFrame({"image": ["in", "out"], "x": [1.0, 2.0], "y": [1.0, 3.0]})
    assert Region("pca", MARK, NOTCHED).images(points) == {"in"}


def test_a_box_is_four_corners_and_an_address_gives_the_same_region():
    region = Region.drawn([1.23456, -70000], [0, 2e-5], method="tsne", mark=MARK)
    assert region.corners == ((1.235, 0), (-70000, 0), (-70000, 2e-5), (1.235, 2e-5))
    assert region.text == f"tsne-{MARK}_1.235_0_-70000_0_-70000_2e-05_1.235_2e-05"
    assert Region.parse(region.text) == region


def test_a_long_line_is_thinned():
    turn = np.linspace(0, 2 * np.pi, 3001)
    region = Region.drawn(np.cos(turn), np.sin(turn), method="pca", mark=MARK)
    assert len(region.corners) <= 500
    assert Region.parse(region.text) == region
    x = np.array([0.99, 1.01, 0.0])
    assert inside(region.corners, x, np.zeros(3)).tolist() == [True, False, True]


def test_a_line_without_an_inside_is_none():
    assert Region.drawn([1], [1], method="pca", mark=MARK) is None
    assert Region.drawn([], [], method="pca", mark=MARK) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        f"pca-{MARK}",
        f"pca-{MARK}_1_2_3_4",
        f"pca-{MARK}_1_2_3_4_5",
        f"umap-{MARK}_1_2_3_4_5_6",
        f"pca-{MARK}_1_2_3_4_5_nan",
        f"pca-{MARK}_1_2_3_4_5_9e999",
        f"pca-{MARK}_1_2_3_4_5_1e",
        f"pca-{MARK}_1_2_3_4_5_6; drop",
        f"pca-{MARK}" + "_1" * 1002,
        f"pca-{MARK}" + "_1" * 100_000,
        "<script>alert(1)</script>",
    ],
)
def test_anything_else_is_one_line(text):
    with pytest.raises(InputError, match="cannot be read") as caught:
        Region.parse(text)
    assert "\n" not in str(caught.value)


def test_each_map_has_a_mark_of_its_own():
    points = pd.DataFrame({"image": ["a"], "x": [0.0], "y": [0.0]})
    found = [EmbeddingMap(points, "pca"), EmbeddingMap(points, "tsne")]
    found += [EmbeddingMap(points, "tsne", seed=1)]
    marks = {one.mark(run, side) for run in "rs" for side in "ab" for one in found}
    assert len(marks) == 12
