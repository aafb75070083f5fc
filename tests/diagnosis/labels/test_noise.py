"""The label noise that probabilities tell of."""

import numpy as np
import pytest

from hirise.diagnosis.labels import noise


@pytest.mark.parametrize("wrong", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("sharpness", [0.5, 2.0, 6.0])
@pytest.mark.parametrize("n_classes", [2, 8])
def test_the_coarse_look_finds_what_the_whole_grid_does(wrong, sharpness, n_classes):
    random = np.random.default_rng(n_classes)
    logits = sharpness * random.normal(size=(1_500, n_classes))
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    sums = np.exp(logs).cumsum(axis=1)
    labels = (random.random((len(logs), 1)) > sums).sum(axis=1).clip(max=n_classes - 1)
    changed = random.random(len(labels)) < wrong
    labels[changed] = random.integers(0, n_classes, changed.sum())
    whole = np.array([noise._likelihoods(logs, labels, t) for t in noise.TEMPERATURES])
    found = noise._around_the_best(logs, labels)
    assert found.argmax() == whole.argmax()
    assert found[:, 0].max() == whole[:, 0].max()
