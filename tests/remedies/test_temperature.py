import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from hirise.remedies import FitData, TemperatureScaling
from hirise.remedies.adjustment import softmax
from hirise.remedies.confidence import LEAST, MOST, best_temperature


def drawn(temperature, n=4000):
    """Logits at which labels are drawn, then made too sure by `temperature`."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (n, 3))
    cumulated = softmax(logits).cumsum(axis=1)
    truth = (rng.random(n)[:, None] > cumulated).sum(axis=1).clip(max=2)
    return truth, logits * temperature


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_as_scipy_finds_it(temperature):
    truth, logits = drawn(temperature)
    found = best_temperature(truth, logits)
    scipys = minimize_scalar(
        lambda t: log_loss(truth, softmax(logits / t), labels=[0, 1, 2]),
        bounds=(0.05, 20),
        method="bounded",
        options={"xatol": 1e-8},
    )
    assert found == pytest.approx(scipys.x, rel=1e-4)
    assert found == pytest.approx(temperature, rel=0.1)


def test_by_hand(make_predictions):
    # Always .9 : .1 and right in 3 of 4: the best is .75 : .25, so
    # ln 9 / T = ln 3 and T = 2.
    val = make_predictions(
        [[0.9, 0.1]] * 4 + [[0.1, 0.9]] * 4, [0, 0, 0, 1, 1, 1, 1, 0]
    )
    fitted = TemperatureScaling().fit(FitData(val, val))
    assert fitted.parameters["temperature"] == pytest.approx(2)
    assert fitted(val).proba[0] == pytest.approx([0.75, 0.25])
    assert "calibration error is 0.000 (0.150 without)" in fitted.sentence


def test_labels_stay_even_where_they_are_not_the_argmax(make_predictions):
    val = make_predictions(
        [[0.9, 0.1]] * 4 + [[0.1, 0.9]] * 4, [0, 0, 0, 1, 1, 1, 1, 0]
    )
    val.y_pred[0] = 1
    fitted = TemperatureScaling().fit(FitData(val, val))
    assert fitted(val).y_pred.tolist() == val.y_pred.tolist()


@pytest.mark.parametrize(("truth", "bound"), [([0, 1], LEAST), ([1, 0], MOST)])
def test_what_val_does_not_tell_ends_at_a_bound(truth, bound, make_predictions):
    val = make_predictions([[0.9, 0.1], [0.1, 0.9]], truth)
    fitted = TemperatureScaling().fit(FitData(val, val))
    assert fitted.parameters["temperature"] == bound
    assert "the limit of the range tried" in fitted.sentence
