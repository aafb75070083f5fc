"""Whether predictions are the same in another order, told from few images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hirise.experiments.repredicting import is_reordered
from hirise.predictions import Predictions

NAMES = ("a", "b", "c")
ROWS = np.arange(0, 90, 2)


def predictions(proba):
    return Predictions(
        y_true=None, y_pred=proba.argmax(axis=1), class_names=NAMES, proba=proba
    )


@pytest.fixture(params=[1.0, 12.0], ids=["unsure", "sure"])
def own(request):
    logits = np.random.default_rng(3).normal(size=(90, 3))
    logits[np.arange(90), np.arange(90) % 3] += request.param
    exps = np.exp(logits)
    return predictions(exps / exps.sum(axis=1, keepdims=True))


def told(kept, own):
    again = own.take(ROWS)
    return is_reordered(kept, again.y_pred, again.proba)


def test_another_order_is_told_from_another_model(own):
    order = np.random.default_rng(1).permutation(90)
    assert told(own.take(order), own) is True
    other = own.proba**0.9
    assert told(predictions(other / other.sum(axis=1, keepdims=True)), own) is False


def test_rounded_probabilities_of_a_sure_model_tell_nothing():
    sure = np.full((90, 3), 1e-7)
    sure[np.arange(90), np.arange(90) % 3] = 1.0
    own = sure * np.exp(np.random.default_rng(0).normal(size=sure.shape) * 0.5)
    own = predictions(own / own.sum(axis=1, keepdims=True))
    assert told(predictions(np.round(own.proba, 4)), own) is None


def test_labels_alone_tell_an_order_by_their_counts(own):
    order, whole = np.random.default_rng(1).permutation(90), replace(own, proba=None)
    assert is_reordered(whole.take(order), own.y_pred, None) is True
    assert is_reordered(whole.take(order), own.y_pred[:50], None) is None
