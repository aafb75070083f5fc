import numpy as np
import pandas as pd
import pytest

from hirise.figures.learning_curves import (
    CURVES,
    baseline_levels,
    best_epochs,
    learning_curve_figure,
)
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
