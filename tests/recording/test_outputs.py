import math

import numpy as np
import pytest

from hirise.recording.batches import fixed_sample
from hirise.recording.outputs import log_softmax, mean_loss


def test_a_sample_has_the_class_frequencies_of_all():
    labels = np.repeat([0, 1, 2], [8000, 1900, 100])
    rows = np.random.default_rng(0).permutation(10_000)
    sample = fixed_sample(labels, rows, seed=3)
    assert len(set(sample)) == 2000
    assert np.bincount(labels[sample]).tolist() == [1600, 380, 20]
    np.testing.assert_array_equal(sample, fixed_sample(labels, rows, seed=3))
    assert not np.array_equal(sample, fixed_sample(labels, rows, seed=4))


def test_few_rows_are_all_taken():
    rows = np.array([4, 2, 9])
    np.testing.assert_array_equal(fixed_sample(np.zeros(10, int), rows, seed=0), rows)


def test_loss_by_hand():
    logits = np.log([[0.5, 0.5], [0.25, 0.75]])
    logits += np.array([[1000.0], [-3.0]])
    assert mean_loss(logits, np.array([0, 1])) == pytest.approx(
        -(math.log(0.5) + math.log(0.75)) / 2
    )
    np.testing.assert_allclose(np.exp(log_softmax(logits)).sum(axis=1), 1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_broken_logits_have_a_broken_loss(value):
    assert not math.isfinite(mean_loss(np.array([[value, 0.0]]), np.array([0])))
