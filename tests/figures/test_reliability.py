import pandas as pd
import pytest

from hirise.figures.reliability import reliability_figure


def test_one_table_alone_is_uncalibrated():
    table = pd.DataFrame(
        {
            "confidence": [0.3, 0.6, 0.95],
            "accuracy": [0.5, 0.4, 0.9],
            "n_images": [1, 25, 100],
        }
    )
    diagonal, model = reliability_figure(table).data
    assert (list(diagonal.x), list(diagonal.y)) == ([0, 1], [0, 1])
    assert model.name == "uncalibrated"
    assert list(model.x) == [0.3, 0.6, 0.95]
    assert list(model.y) == [0.5, 0.4, 0.9]
    # Areas follow the number of images, over the smallest point of 4 pixels.
    assert list(model.marker.size) == pytest.approx([5.6, 12.0, 20.0])
    assert model.customdata[1][2] == "25"
    assert "40.0" in model.customdata[1][0]


def test_without_images_the_diagonal_is_left():
    table = pd.DataFrame(columns=["confidence", "accuracy", "n_images"], dtype=float)
    (diagonal,) = reliability_figure(table).data
    assert len(diagonal.x) == 2
