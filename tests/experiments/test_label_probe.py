"""Labels that contradict their features, on points drawn around class centres."""

from __future__ import annotations

import numpy as np
import pytest
from later import Later

from hirise.errors import InputError

label_probe = Later("hirise.training.label_probe")


def make_points(n: int = 120, seed: int = 0):
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), n)
    centres = np.eye(3, 6) * 5
    return centres[labels] + random.normal(0, 1, (3 * n, 6)), labels


def test_right_labels_agree():
    features, labels = make_points()
    probe = label_probe.probe_labels(features, labels, 3)
    assert probe.kappa > 0.95
    assert probe.share < 0.02


def test_random_labels_are_counted():
    features, labels = make_points()
    random, given = np.random.default_rng(1), labels.copy()
    wrong = random.random(len(labels)) < 0.3
    given[wrong] = (given[wrong] + random.integers(1, 3, wrong.sum())) % 3
    probe = label_probe.probe_labels(features, given, 3)
    assert probe.share == pytest.approx(wrong.mean(), abs=0.05)
    assert probe.pair[2] < 0.5


def test_a_class_under_another_name_stands_out():
    features, labels = make_points()
    given = labels.copy()
    zero = np.flatnonzero(labels == 0)
    given[zero[:100]] = 1
    probe = label_probe.probe_labels(features, given, 3)
    first, second, share = probe.pair
    assert (first, second) == (0, 1)
    assert share > 0.95
    assert probe.share > 0.1


def test_classes_too_small_for_the_folds_are_refused():
    features, labels = make_points(n=4)
    with pytest.raises(InputError, match="Fewer than two classes have 5"):
        label_probe.probe_labels(features, labels, 3)
