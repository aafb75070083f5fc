import numpy as np
import pandas as pd
import pytest

from hirise.figures.learning_curves import (
    CURVES,
    baseline_levels,
    best_epochs,
    learning_curve_figure,
)
from hirise.figures.overlaid_curves import Curve
from hirise.runs.tables import HISTORY_COLUMNS


@pytest.fixture
def history():
    return pd.DataFrame(
        {
            "epoch": [1, 2, 3],
            "loss": [0.9, 0.5, 0.2],
            "val_loss": [0.8, 0.6, 0.7],
            "accuracy": [0.7, 0.8, 0.9],
            "val_accuracy": [0.7, 0.75, 0.75],
            "macro_f1": [0.2, 0.3, 0.4],
            "val_macro_f1": [np.nan, np.nan, np.nan],
        }
    )


def test_training_and_validation_are_drawn_and_the_best_epoch_marked(history):
    training, validation, best = learning_curve_figure(history, "loss").data
    assert list(training.y) == [0.9, 0.5, 0.2]
    assert list(validation.y) == [0.8, 0.6, 0.7]
    assert (best.x[0], best.y[0], best.name) == (2, 0.6, "best: epoch 2")


def test_without_validation_only_training_is_drawn(history):
    (training,) = learning_curve_figure(history, "macro_f1").data
    assert training.name == "training"


def test_baselines_are_lines_with_their_values(history):
    figure = learning_curve_figure(
        history, "accuracy", baselines={"majority <share>": 0.812}
    )
    assert figure.layout.shapes[0].y0 == 0.812
    assert figure.layout.annotations[0].text == "majority &lt;share&gt; 81.2%"


def test_ties_go_to_the_earlier_epoch_and_unrecorded_metrics_are_left_out(history):
    best = best_epochs(history).set_index("metric")
    assert best["epoch"].to_dict() == {"Loss": 2, "Accuracy": 2}


@pytest.mark.parametrize("metric", CURVES)
def test_an_empty_history_gives_an_empty_figure(metric):
    empty = pd.DataFrame({name: [] for name in HISTORY_COLUMNS}, dtype=float)
    assert learning_curve_figure(empty, metric).data == ()
    assert best_epochs(empty).empty


def test_baselines_by_hand():
    levels = baseline_levels(pd.Series([80, 20]), pd.Series([90, 10]))
    assert levels["accuracy"]["majority-class baseline"] == pytest.approx(0.9)
    assert levels["accuracy"]["chance agreement"] == pytest.approx(0.82)
    assert levels["balanced_accuracy"]["majority-class baseline"] == 0.5
    # Recall 1 and precision .9 give F1 = 1.8 / 1.9; the other class has 0.
    assert levels["macro_f1"]["majority-class baseline"] == pytest.approx(0.9 / 1.9)
    # -.8 ln .8 - .2 ln .2
    assert levels["loss"]["entropy of class frequencies"] == pytest.approx(
        0.5004, abs=1e-4
    )


def test_without_labels_there_are_no_baselines():
    assert baseline_levels(None, None) == {}


def test_inference_mode_is_dashed_where_it_differs():
    history = pd.DataFrame(
        {
            "epoch": [1, 2],
            "accuracy": [0.5, 0.6],
            "val_accuracy": [0.4, 0.5],
            "inference_accuracy": [0.2, 0.2],
            "val_inference_accuracy": [0.4, 0.5 + 1e-9],
        }
    )
    drawn = {one.name: one for one in learning_curve_figure(history, "accuracy").data}
    assert list(drawn) == [
        "training",
        "validation",
        "training, inference mode",
        "best: epoch 2",
    ]
    assert drawn["training, inference mode"].line.dash == "dash"
    assert list(drawn["training, inference mode"].y) == [0.2, 0.2]


def test_smoothed_curves_keep_their_values_as_faint_lines():
    history = pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 4.0]})
    faint, line = learning_curve_figure(history, "loss", smoothing=0.5).data
    assert (list(faint.y), faint.opacity) == ([1.0, 4.0], 0.3)
    # (4 + .5·1) / 1.5
    assert list(line.y) == [1.0, 3.0]


def test_a_logarithmic_axis_has_its_baselines_at_their_place():
    history = pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.01]})
    levels = {"entropy": 0.1, "nothing": 0.0}
    figure = learning_curve_figure(history, "loss", baselines=levels, log=True)
    assert figure.layout.yaxis.type == "log"
    (line,) = figure.layout.shapes
    (text,) = figure.layout.annotations
    assert (line.y0, text.y) == (0.1, -1.0)


def test_other_runs_lie_faintly_behind():
    history = pd.DataFrame({"epoch": [1], "val_loss": [1.0]})
    table = pd.DataFrame({"epoch": [1, 2, 3], "value": [3.0, 2.0, 1.0]})
    other = Curve("<b>other</b>", table, "#123456")
    figure = learning_curve_figure(history, "loss", others=[other])
    behind, own = figure.data[:2]
    assert (behind.name, behind.opacity) == ("&lt;b&gt;other&lt;/b&gt;", 0.45)
    assert own.name == "validation"
    assert figure.layout.xaxis.range == (0.4, 3.6)
