"""Programs that are no classifiers of one label: they must be recorded all the same."""

from __future__ import annotations

from typing import Any

import data
import numpy as np
from keras import optimizers
from program import Program, Setup, dense

BOTH = ("DeepFD", "DeepLocalize")


def _numbers(x: Any, y: Any) -> data.Data:
    order = np.random.default_rng(0).permutation(len(x))
    return data.split(x[order], np.asarray(y)[order], 3 * len(x) // 4)


def so_48251943(fixed: bool) -> Setup:
    x = np.random.default_rng(0).normal(0, 1, (400, 2))
    rows = _numbers(x, x[:, 0] - 0.5 * x[:, 1])
    network = dense((2,), (4, 1), last="tanh" if fixed else "relu")
    return Setup(rows, network, "mse", optimizers.SGD(), 10, 10)


def so_38648195(fixed: bool) -> Setup:
    from sklearn.datasets import make_multilabel_classification

    x, y = make_multilabel_classification(
        n_samples=1200, n_features=20, n_classes=3, random_state=0
    )
    network = dense((20,), (20, 20, 3), last="sigmoid" if fixed else "softmax")
    loss = "binary_crossentropy" if fixed else "mse"
    return Setup(_numbers(x, y), network, loss, optimizers.SGD(), 8, 20)


def so_48934338(fixed: bool) -> Setup:
    rng = np.random.default_rng(0)
    x = np.linspace(0, 5, 400)[:, None]
    rows = _numbers(x, 5 * x[:, 0] ** 2 + rng.normal(0, 1, 400) ** 3)
    network = dense((1,), (50, 30, 1))
    optimizer = optimizers.SGD(1e-3 if fixed else 0.1)
    return Setup(rows, network, "mse", optimizer, 10)


def so_52800582(fixed: bool) -> Setup:
    x = np.arange(-100, 100, 0.5)[:, None]
    y = x[:, 0] ** 4
    if fixed:
        x, y = x / x.std(), (y - y.mean()) / y.std()
    network = dense((1,), (50, 50, 1), "sigmoid")
    return Setup(_numbers(x, y), network, "mse", optimizers.Adam(), 10)


def so_48221692(fixed: bool) -> Setup:
    x = np.linspace(0, 100, 400)[:, None]
    network = dense((1,), (5, 1), "sigmoid", "linear" if fixed else "sigmoid")
    return Setup(_numbers(x, x[:, 0]), network, "mse", optimizers.SGD(), 10)


def so_39217567(fixed: bool) -> Setup:
    x = np.random.default_rng(0).integers(0, 2, (800, 8)).astype(float)
    activation = "relu" if fixed else "sigmoid"
    network = dense((8,), (8, 8, 8), activation, "sigmoid")
    rows = _numbers(x, np.sort(x, axis=1))
    return Setup(rows, network, "mse", optimizers.SGD(), 8, 50)


def _other(key: str, build: Any, settings: str, fix: str) -> Program:
    return Program(key, BOTH, build, "drawn", settings, "-", (), (), fix, False)


PROGRAMS = (
    _other("48251943", so_48251943, "a regression, ReLU at the end", "tanh"),
    _other("38648195", so_38648195, "several labels, softmax", "sigmoid"),
    _other("48934338", so_48934338, "a regression, SGD .1", "SGD .001"),
    _other("52800582", so_52800582, "a regression, not scaled", "standardised"),
    _other("48221692", so_48221692, "a regression, sigmoid at the end", "linear"),
    _other("39217567", so_39217567, "eight numbers, sorted", "ReLU"),
)
