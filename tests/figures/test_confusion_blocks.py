import numpy as np
import pytest

from hirise.evaluation import evaluate
from hirise.evaluation.confused import confusion_blocks
from hirise.figures.confusion_blocks import confusion_blocks_figure
from hirise.metrics.cells import confusion_cells
from hirise.predictions import Predictions


@pytest.fixture
def blocks():
    true, predicted = np.repeat([0, 1, 2, 3], 10), np.repeat([0, 1, 2, 3], 10)
    predicted[:3], predicted[20:21] = 2, 1  # three of "<a>" as "c", one "c" as "b"
    names = ("<a>", "b", "c", "d")
    cells = confusion_cells(true, predicted, 4)
    return confusion_blocks(cells, names, n_blocks=2)


def test_one_image_shows_the_fraction_of_each_row(blocks):
    heatmap, markers = confusion_blocks_figure(blocks).data
    assert blocks.classes == (("b", "d"), ("<a>", "c"))
    # Of the 20 images of <a> and c, 3 stay inside, and one is predicted as b.
    np.testing.assert_allclose(heatmap.z, [[np.nan, np.nan], [0.05, 0.15]])
    assert heatmap.zmax == 0.15
    assert [list(mark[:2]) for mark in markers.customdata] == [["c", "b"], ["<a>", "c"]]
    assert markers.customdata[1][2] == "&lt;a&gt;"
    assert markers.marker.opacity == 0


def test_more_is_more_opaque_on_any_page(blocks):
    weak, strong = (
        colour for _, colour in confusion_blocks_figure(blocks).data[0].colorscale
    )
    assert (weak, strong) == ("rgba(217,98,15,0.10)", "rgba(217,98,15,1)")


def test_the_block_of_the_chosen_pair_is_framed(blocks):
    (frame,) = confusion_blocks_figure(blocks, pair=("c", "d")).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 0.5, 0.5, 1.5)
    assert not confusion_blocks_figure(blocks, pair=("c", "")).layout.shapes


def test_a_thousand_classes_stay_few_marks():
    rng = np.random.default_rng(0)
    true, predicted = rng.integers(0, 1000, (2, 50_000))
    names = tuple(f"class {i}" for i in range(1000))
    evaluation = evaluate(Predictions(predicted, names, true))
    figure = confusion_blocks_figure(evaluation.blocks)
    assert len(figure.data[1].x) <= 2500
    assert len(figure.to_json()) < 500_000
