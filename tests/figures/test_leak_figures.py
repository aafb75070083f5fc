import numpy as np
import pandas as pd

from hirise.figures.leaked_scores import leaked_scores_figure
from hirise.figures.shared_images import shared_images_figure
from hirise.figures.theme import BLUE, GREY, LOUD

SCORES = pd.DataFrame(
    [
        ("copy", 90, "accuracy", 0.9, 0.85, 0.95),
        ("copy", 90, "macro_f1", 0.8, np.nan, np.nan),
        ("no_copy", 10, "accuracy", 0.5, 0.2, 0.8),
        ("no_copy", 10, "macro_f1", 0.4, 0.1, 0.7),
        ("observation_alone", 100, "accuracy", 0.7, 0.6, 0.8),
        ("observation_alone", 100, "macro_f1", 0.3, 0.2, 0.4),
    ],
    columns=["part", "n_images", "metric", "value", "low", "high"],
)


def test_each_part_has_a_row_with_its_number_of_images_and_two_marks():
    figure = leaked_scores_figure(SCORES)
    accuracy, macro_f1 = figure.data
    assert list(accuracy.x) == [0.9, 0.5, 0.7]
    np.testing.assert_allclose(macro_f1.y, [0.14, 1.14, 2.14])
    np.testing.assert_allclose(accuracy.error_x.arrayminus, [0.05, 0.3, 0.1])
    assert figure.layout.yaxis.ticktext == (
        "with a copy (90)",
        "without a copy (10)",
        "pixel-free: observation (100)",
    )


def test_a_line_parts_the_model_from_what_needs_no_pixel():
    (line,) = leaked_scores_figure(SCORES).layout.shapes
    assert line.y0 == 1.5
    assert not leaked_scores_figure(SCORES.iloc[:4]).layout.shapes


def test_fractions_are_written_with_their_counts_and_many_copies_are_loud():
    table = pd.DataFrame(
        {
            "kind": ["near", "copy", "observation"],
            "n_images": [1234, 2000, 2500],
            "frequency": [0.4936, 0.8, 1.0],
        }
    )
    (bars,) = shared_images_figure(table).data
    assert bars.text[0] == "49.4% (1,234)"
    assert bars.marker.color == (BLUE, LOUD, GREY)
