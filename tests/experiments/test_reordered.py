"""Whether one model made two predictions, in the same order or in another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hirise.experiments.repredicting import is_reordered, is_reproduced
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


ALL = np.ones(90, dtype=bool)


def test_predictions_are_reproduced_by_their_classes(own):
    assert is_reproduced(own, own.y_pred, None, ALL)
    assert not is_reproduced(own, (own.y_pred + 1) % 3, None, ALL)


def test_one_class_for_all_images_is_told_by_its_probabilities():
    rng = np.random.default_rng(0)
    one, other = (predictions(constant(rng)) for _ in range(2))
    assert not (one.y_pred + other.y_pred).any()
    assert is_reproduced(one, one.y_pred, one.proba, ALL)
    assert not is_reproduced(one, other.y_pred, other.proba, ALL)
    assert not is_reproduced(one, one.y_pred, None, ALL)


def constant(rng):
    logits = np.array([3.0, 1.0, 0.0]) + 1e-3 * rng.normal(size=(90, 3))
    exps = np.exp(logits)
    return exps / exps.sum(axis=1, keepdims=True)
