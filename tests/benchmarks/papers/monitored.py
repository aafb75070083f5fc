"""Training problems of AUTOTRAINER: its circles, blobs and MNIST networks."""

from __future__ import annotations

from typing import Any

import data
import keras
from keras import layers, optimizers
from kinds import (
    DYING,
    EXPLODING,
    LOW,
    MISMATCH,
    OSCILLATING,
    SHORT,
    VANISHING,
    answers,
)
from program import Program, Setup, dense

PAPER = ("AUTOTRAINER", "DeepDiagnosis")
HE = keras.initializers.VarianceScaling(2.0, "fan_in", "uniform", seed=0)
HE_NORMAL = keras.initializers.VarianceScaling(
    2.0, "fan_in", "truncated_normal", seed=0
)
CCE, BCE = "categorical_crossentropy", "binary_crossentropy"


def circle_vanish(fixed: bool) -> Setup:
    activation = "relu" if fixed else "sigmoid"
    units = (5,) * 8 if not fixed else (16,) * 8
    network = dense((2,), (*units, 1), activation, "sigmoid", init=HE)
    return Setup(data.circles(), network, BCE, optimizers.Adam(), 60, 32)


def blob_explode(fixed: bool) -> Setup:
    activation = "selu" if fixed else "exponential"
    network = dense((2,), (*(5,) * 9, 3), activation, "softmax", init=HE)
    rows = data.blobs()
    return Setup(rows, network, CCE, optimizers.SGD(0.01), 30, 32, one_hot=3)


def blob_dying(fixed: bool) -> Setup:
    init = HE if fixed else keras.initializers.RandomUniform(-0.05, 0.05, seed=0)
    parts: list[Any] = [keras.Input((2,))]
    for _ in range(9):
        parts.append(layers.Dense(5, kernel_initializer=init))
        if fixed:
            parts.append(layers.BatchNormalization(momentum=0.9))
        parts.append(layers.ReLU())
    parts.append(layers.Dense(3, activation="softmax", kernel_initializer=init))
    network = keras.Sequential(parts)
    return Setup(data.blobs(), network, CCE, optimizers.Adam(0.01), 30, one_hot=3)


def mnist_dying(fixed: bool) -> Setup:
    n, rate = (4, 0.001) if fixed else (34, 0.01)
    network = dense((64,), (*(64,) * n, 10), "relu", "softmax")
    rows = data.digits().flat().with_input(1 / 255)
    return Setup(rows, network, CCE, optimizers.Adam(rate), 12, one_hot=10)


def blob_oscillating(fixed: bool) -> Setup:
    network = dense((2,), (50, 3), last="softmax", init=HE)
    size, rate = (32, 0.01) if fixed else (1, 0.01)
    optimizer = optimizers.SGD(rate, momentum=0.9)
    return Setup(data.blobs(), network, CCE, optimizer, 12, size, one_hot=3)


def blob_activation(fixed: bool) -> Setup:
    last = "softmax" if fixed else "relu"
    network = dense((2,), (50, 50, 50, 50, 3), last=last, init=HE)
    optimizer = optimizers.Adam(1e-4)
    return Setup(data.blobs(), network, CCE, optimizer, 100, 256, one_hot=3)


def circle_slow(fixed: bool) -> Setup:
    network = dense((2,), (16, 16, 1), last="sigmoid", init=HE)
    optimizer = optimizers.Adam(0.01 if fixed else 1e-5)
    return Setup(data.circles(), network, BCE, optimizer, 30)


def mnist_vanish(fixed: bool) -> Setup:
    activation = "relu" if fixed else "sigmoid"
    network = dense((64,), (120, *(84,) * 8, 10), activation, "softmax", init=HE_NORMAL)
    rows = data.digits().flat().with_input(1 / 255)
    return Setup(rows, network, CCE, optimizers.Adam(), 12, one_hot=10)


PROGRAMS = (
    Program(
        "circle-vanish",
        PAPER,
        circle_vanish,
        "the same circles",
        "8 layers of 5 sigmoids, 1 sigmoid, Adam .001",
        "vanishing gradient",
        **answers(VANISHING),
        fix="ReLU, 16 units a layer",
    ),
    Program(
        "blob-explode",
        PAPER,
        blob_explode,
        "the same blobs",
        "9 layers of 5 units with exponential activation",
        "exploding gradient",
        **answers(EXPLODING),
        fix="selu",
    ),
    Program(
        "blob-dying",
        PAPER,
        blob_dying,
        "the same blobs",
        "9 layers of 5 ReLUs, weights uniform in ±.05",
        "dying ReLU",
        **answers(DYING),
        fix="He initial weights, batch normalisation",
    ),
    Program(
        "mnist-dying",
        PAPER,
        mnist_dying,
        "digits of 8 × 8 for MNIST",
        "34 layers of ReLUs, Adam (.01 here, so that it fails every time)",
        "dying ReLU",
        **answers(DYING),
        fix="4 layers, Adam .001",
    ),
    Program(
        "blob-oscillating",
        PAPER,
        blob_oscillating,
        "the same blobs",
        "50-3, SGD .01, momentum .9, batches of one row",
        "oscillating loss",
        **answers(OSCILLATING),
        fix="batches of 32",
    ),
    Program(
        "blob-activation",
        PAPER,
        blob_activation,
        "the same blobs",
        "50-50-50-50-3, ReLU at the end, categorical cross-entropy, Adam 1e-4",
        "improper activation",
        **answers(MISMATCH),
        fix="softmax",
    ),
    Program(
        "circle-slow",
        PAPER,
        circle_slow,
        "the same circles",
        "16-16-1, Adam 1e-5",
        "slow convergence",
        **answers(LOW, SHORT),
        fix="Adam .01",
    ),
    Program(
        "mnist-vanish",
        PAPER,
        mnist_vanish,
        "digits of 8 × 8 for MNIST",
        "LeNet with 9 dense layers of sigmoids there, without convolutions here",
        "vanishing gradient",
        **answers(VANISHING),
        fix="ReLU",
    ),
)
