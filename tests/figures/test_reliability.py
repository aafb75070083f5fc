import pandas as pd

from hirise.figures.reliability import LARGEST, SMALLEST, reliability_figure


def test_points_are_as_large_as_the_images_are_many():
    table = pd.DataFrame(
        {
            "confidence": [0.3, 0.6, 0.95],
            "accuracy": [0.5, 0.4, 0.9],
            "n_images": [1, 25, 100],
        }
    )
    diagonal, model = reliability_figure(table).data
    assert (list(diagonal.x), list(diagonal.y)) == ([0, 1], [0, 1])
    assert list(model.x) == [0.3, 0.6, 0.95]
    assert list(model.y) == [0.5, 0.4, 0.9]
    # areas as 25 to 100, diameters as half to whole; one image is still seen
    assert list(model.marker.size) == [SMALLEST, LARGEST / 2, LARGEST]
    assert model.customdata[1][2] == "25"
    assert "40.0" in model.customdata[1][0]


def test_without_images_the_diagonal_is_left():
    table = pd.DataFrame(columns=["confidence", "accuracy", "n_images"], dtype=float)
    diagonal, model = reliability_figure(table).data
    assert len(model.x) == 0
    assert len(diagonal.x) == 2
