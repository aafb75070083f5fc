import pandas as pd

from hirise.figures.probabilities import probabilities_figure
from hirise.figures.theme import BLUE, GREY, LOUD


def test_the_likeliest_is_on_top_and_truth_and_answer_stand_out():
    table = pd.DataFrame(
        {
            "class_name": ["a", "<b>", "c"],
            "probability": [0.1, 0.7, 0.2],
            "role": ["true", "predicted", ""],
        }
    )
    figure = probabilities_figure(table)
    (bars,) = figure.data
    assert list(bars.x) == [0.7, 0.2, 0.1]
    assert list(bars.y) == [0, 1, 2]
    assert list(bars.marker.color) == [LOUD, GREY, BLUE]
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt;", "c", "a"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
