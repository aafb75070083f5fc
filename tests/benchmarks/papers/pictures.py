"""Classifiers of images: StackOverflow, UMLAUT's study, NeuraLint's examples."""

from __future__ import annotations

from typing import Any

import data
import keras
from keras import layers, losses, optimizers
from kinds import (
    DROPOUT,
    EQUAL,
    HIGH,
    LABELS,
    LEAK,
    LINEAR,
    MISMATCH,
    NARROW,
    ONE_UNIT,
    SHORT,
    UNSCALED,
    answers,
)
from program import Program, Setup, conv

BOTH = ("DeepFD", "DeepLocalize")
CCE, BCE = "categorical_crossentropy", "binary_crossentropy"
SPARSE = "sparse_categorical_crossentropy"


def so_42800203(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "softmax"
    images = data.cifar().of_classes(0, 5).with_input(1 / 255)
    network = conv((32, 32, 3), (16, 16), (32, 1), last)
    return Setup(images, network, BCE, optimizers.Adam(), 15)


def so_45378493(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "softmax"
    parts: list[Any] = [keras.Input((10, 4))]
    for width in (16, 8):
        parts += [layers.Conv1D(width, 3, activation="relu"), layers.Dropout(0.2)]
    parts += [layers.Flatten(), layers.Dense(64), layers.Dense(1, activation=last)]
    network = keras.Sequential(parts)
    return Setup(data.motifs(), network, BCE, optimizers.Adam(), 20)


def so_59325381(fixed: bool) -> Setup:
    network = conv((28, 28, 1), (16, 8), (64, 10), "softmax", activation=None)
    images = data.mnist().with_input(1 / 255)
    labels = None if fixed else lambda y: y / 255
    return Setup(images, network, SPARSE, optimizers.Adam(), 4, labels=labels)


def so_50079585(fixed: bool) -> Setup:
    images = data.cifar(3200).of_classes(0, 2, 9).with_input(1 / 255)
    units, last = ((64, 3), "softmax") if fixed else ((64, 1), "sigmoid")
    network = conv((32, 32, 3), (16, 16, 32), units, last, dropout=0.5)
    loss = CCE if fixed else BCE
    columns = 3 if fixed else 0
    return Setup(images, network, loss, optimizers.RMSprop(), 12, 16, one_hot=columns)


def so_47352366(fixed: bool) -> Setup:
    last = "softmax" if fixed else "relu"
    network = conv(
        (28, 28, 1),
        (8, 16),
        (128, 10),
        last,
        kernel=5,
        dropout=0.5,
        bias=keras.initializers.Constant(0.1),
    )
    images = data.mnist().with_input(1 / 255)
    return Setup(images, network, CCE, optimizers.Adam(), 5, 50, one_hot=10)


def so_48594888(fixed: bool) -> Setup:
    images = data.cifar().with_input(1 / 255 if fixed else 1.0)
    he = "he_normal"
    network = conv((32, 32, 3), (16, 32), (64, 10), "softmax", dropout=0.3, init=he)
    size = 16 if fixed else 32
    return Setup(images, network, CCE, optimizers.Adam(), 8, size, one_hot=10)


def so_37624102(fixed: bool) -> Setup:
    images = data.cifar().with_input(1 / 255)
    network = conv((32, 32, 3), (16, 32), (64, 10), "softmax")
    optimizer = optimizers.SGD(0.01 if fixed else 0.1, momentum=0.9, nesterov=True)
    return Setup(images, network, CCE, optimizer, 12, one_hot=10)


def so_41327601(fixed: bool) -> Setup:
    images = data.cifar().with_input(1 / 255)
    network = conv((32, 32, 3), (16, 32), (64, 10), "softmax")
    loss = CCE if fixed else BCE
    return Setup(images, network, loss, optimizers.Adamax(), 12, one_hot=10)


def so_44322611(fixed: bool) -> Setup:
    images = data.cifar().with_input(1 / 255)
    network = conv((32, 32, 3), (16, 16, 16), (64, 10), "softmax", dropout=0.2)
    optimizer = optimizers.SGD(0.01, momentum=0.9)
    return Setup(images, network, CCE if fixed else BCE, optimizer, 15, one_hot=10)


def so_37213388(fixed: bool) -> Setup:
    images = data.cifar().with_input(1 / 255)
    network = conv((32, 32, 3), (16, 32), (64, 10), "softmax", dropout=0.3)
    epochs = 10 if fixed else 2
    return Setup(images, network, CCE, optimizers.Adam(), epochs, one_hot=10)


def _studied(
    *,
    scale: float = 1 / 255,
    dropout: float = 0.2,
    last: str | None = "softmax",
    activation: str | None = "relu",
    rate: float = 0.001,
    from_logits: bool = False,
    seen: int = 0,
) -> Setup:
    """The network of UMLAUT's study, with an eighth of its filters."""
    parts: list[Any] = [keras.Input((32, 32, 3))]
    for width in (8, 16):
        for _ in range(2):
            parts.append(layers.Conv2D(width, 3, activation=activation))
        parts += [layers.MaxPooling2D(), layers.Dropout(dropout, seed=width)]
    parts.append(layers.Flatten())
    parts += [layers.Dense(64, activation=activation) for _ in range(2)]
    parts += [layers.Dropout(dropout, seed=1), layers.Dense(10, activation=last)]
    images = data.cifar().with_input(scale)
    loss = losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    optimizer = optimizers.Adam(rate)
    network = keras.Sequential(parts)
    return Setup(images, network, loss, optimizer, 20, validate_on_training=seen)


def umlaut_a(fixed: bool) -> Setup:
    return _studied() if fixed else _studied(scale=1.0, dropout=0.8, last=None)


def umlaut_b(fixed: bool) -> Setup:
    if fixed:
        return _studied(last=None, from_logits=True)
    return _studied(last=None, from_logits=True, activation=None, rate=-1e3, seen=100)


def umlaut_scale(fixed: bool) -> Setup:
    return _studied(scale=1 / 255 if fixed else 1.0)


def umlaut_dropout(fixed: bool) -> Setup:
    return _studied(dropout=0.2 if fixed else 0.8)


def umlaut_softmax(fixed: bool) -> Setup:
    return _studied(last="softmax" if fixed else None)


def umlaut_activation(fixed: bool) -> Setup:
    activation = "relu" if fixed else None
    return _studied(last=None, from_logits=True, activation=activation)


def umlaut_rate(fixed: bool) -> Setup:
    return _studied(last=None, from_logits=True, rate=1e-3 if fixed else -1e3)


def lenet(
    last: str | None = None,
    *,
    n: int = 10,
    init: Any = "glorot_uniform",
    activation: str | None = "relu",
) -> keras.Model:
    """LeNet as NeuraLint's examples have it, with a quarter of its filters."""
    parts: list[Any] = [keras.Input((28, 28, 1))]
    for width in (8, 16):
        parts.append(
            layers.Conv2D(
                width, 5, padding="same", activation=activation, kernel_initializer=init
            )
        )
        parts.append(layers.MaxPooling2D())
    parts.append(layers.Flatten())
    parts.append(layers.Dense(128, activation="relu", kernel_initializer=init))
    parts += [layers.Dropout(0.25, seed=0), layers.Dense(n, activation=last)]
    return keras.Sequential(parts)


def _lenet(network: keras.Model, loss: Any, *, halves: bool = False) -> Setup:
    images = data.mnist().with_input(1 / 255)
    if halves:
        y, y_val = images.y // 5, images.y_val // 5
        images = data.Data(images.x, y, images.x_val, y_val)
    return Setup(images, network, loss, optimizers.Adam(3e-4), 12)


LOGITS = losses.SparseCategoricalCrossentropy(from_logits=True)


def missing_sigmoid(fixed: bool) -> Setup:
    return _lenet(lenet("sigmoid" if fixed else None, n=1), BCE, halves=True)


def wrong_last_activation(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "softmax"
    return _lenet(lenet(last, n=1), BCE, halves=True)


def constant_weights(fixed: bool) -> Setup:
    init = "glorot_uniform" if fixed else keras.initializers.Constant(0.1)
    return _lenet(lenet(init=init), LOGITS)


def zero_weights(fixed: bool) -> Setup:
    return _lenet(lenet(init="glorot_uniform" if fixed else "zeros"), LOGITS)


def missing_relus(fixed: bool) -> Setup:
    return _lenet(lenet(activation="relu" if fixed else None), LOGITS)


def missing_softmax(fixed: bool) -> Setup:
    return _lenet(lenet("softmax" if fixed else None), SPARSE)


def softmax_twice(fixed: bool) -> Setup:
    return _lenet(lenet(None if fixed else "softmax"), LOGITS)


DRAWN = "drawn colour images of ten classes for CIFAR-10"
TWO_DRAWN = "drawn colour images of two classes"
DIGITS = "enlarged digits for MNIST"
HALVES = "enlarged digits, from 5 on or below"
STUDY = "two pairs of convolutions, 128-128-10 there, an eighth of the filters here"
LENET = "two convolutions of 5 × 5, 512-10 there, a quarter of the units here"

PROGRAMS = (
    Program(
        "42800203",
        ("DeepFD",),
        so_42800203,
        TWO_DRAWN,
        "softmax over one unit; network and data ours",
        "activation",
        **answers(ONE_UNIT),
        fix="sigmoid",
    ),
    Program(
        "45378493",
        ("NeuraLint",),
        so_45378493,
        "drawn sequences of ten letters, one-hot",
        "Conv1D, 64-1, softmax over one unit, Adam; dense layer of 64 linear",
        "wrong activation of the last layer",
        **answers(ONE_UNIT, LINEAR),
        fix="sigmoid",
    ),
    Program(
        "59325381",
        BOTH,
        so_59325381,
        DIGITS,
        "two linear convolutions, 128-10 there, 64-10 here; labels divided by 255",
        "loss, wrong preprocessing (of the labels)",
        **answers(LABELS),
        fix="labels as they are",
    ),
    Program(
        "50079585",
        (*BOTH, "NeuraLint"),
        so_50079585,
        "drawn colour images of three classes",
        "three convolutions, 64-1, sigmoid, binary cross-entropy, 3 classes",
        "epoch, learning rate, activation, loss, layer properties",
        **answers(NARROW, MISMATCH),
        fix="3 units, softmax, categorical cross-entropy",
    ),
    Program(
        "47352366",
        BOTH,
        so_47352366,
        DIGITS,
        "convolutions of 5 × 5, 1024-10 there, 128-10 here; ReLU at the end",
        "activation, epoch",
        **answers(MISMATCH, SHORT),
        fix="softmax",
    ),
    Program(
        "48594888",
        BOTH,
        so_48594888,
        DRAWN,
        "two convolutions, 512-10 there, 64-10 here; input from 0 to 255",
        "epoch, batch size; DeepLocalize: input not divided by 255",
        **answers(UNSCALED, SHORT),
        fix="divided by 255, smaller batches",
    ),
    Program(
        "37624102",
        ("DeepFD",),
        so_37624102,
        DRAWN,
        "SGD .1, momentum .9; network ours",
        "learning rate",
        **answers(HIGH),
        fix="SGD .01",
    ),
    Program(
        "41327601",
        ("DeepFD",),
        so_41327601,
        DRAWN,
        "softmax under binary cross-entropy, Adamax; network ours",
        "loss (performance is hardly changed by the repair)",
        **answers(MISMATCH),
        fix="categorical cross-entropy",
    ),
    Program(
        "44322611",
        ("NeuraLint",),
        so_44322611,
        DRAWN,
        "softmax under binary cross-entropy, SGD; an eighth of the filters",
        "wrong loss for the last layer",
        **answers(MISMATCH),
        fix="categorical cross-entropy",
    ),
    Program(
        "37213388",
        ("DeepFD",),
        so_37213388,
        DRAWN,
        "2 epochs; network ours",
        "epoch",
        **answers(SHORT),
        fix="10 epochs",
    ),
    Program(
        "umlaut-a",
        ("UMLAUT",),
        umlaut_a,
        DRAWN,
        STUDY,
        "input not normalised, dropout .8, missing softmax",
        **answers(UNSCALED, DROPOUT, MISMATCH),
        fix="divided by 255, dropout .2, softmax",
    ),
    Program(
        "umlaut-b",
        ("UMLAUT",),
        umlaut_b,
        DRAWN + "; validated on 100 training images",
        STUDY,
        "rate of -1,000, no activation functions, validation on training images",
        **answers(HIGH, LINEAR, LEAK),
        fix="rate .001, ReLU, validation images of its own",
    ),
    Program(
        "umlaut-scale",
        ("UMLAUT",),
        umlaut_scale,
        DRAWN,
        STUDY,
        "input data exceeds typical limits",
        **answers(UNSCALED),
        fix="divided by 255",
    ),
    Program(
        "umlaut-dropout",
        ("UMLAUT",),
        umlaut_dropout,
        DRAWN,
        STUDY,
        "dropout .8",
        **answers(DROPOUT),
        fix="dropout .2",
    ),
    Program(
        "umlaut-softmax",
        ("UMLAUT",),
        umlaut_softmax,
        DRAWN,
        STUDY,
        "missing softmax before the loss",
        **answers(MISMATCH),
        fix="softmax",
    ),
    Program(
        "umlaut-activation",
        ("UMLAUT",),
        umlaut_activation,
        DRAWN,
        STUDY,
        "missing activation functions",
        **answers(LINEAR),
        fix="ReLU",
    ),
    Program(
        "umlaut-rate",
        ("UMLAUT",),
        umlaut_rate,
        DRAWN,
        STUDY,
        "rate of -1,000",
        **answers(HIGH),
        fix="rate .001",
    ),
    Program(
        "lenet-missing-sigmoid",
        ("NeuraLint",),
        missing_sigmoid,
        HALVES,
        LENET,
        "no sigmoid before binary cross-entropy",
        **answers(MISMATCH),
        fix="sigmoid",
    ),
    Program(
        "lenet-wrong-last-activation",
        ("NeuraLint",),
        wrong_last_activation,
        HALVES,
        LENET,
        "softmax over one unit",
        **answers(ONE_UNIT),
        fix="sigmoid",
    ),
    Program(
        "lenet-constant-init",
        ("NeuraLint",),
        constant_weights,
        DIGITS,
        LENET,
        "weights initialised to .1",
        **answers(EQUAL),
        fix="random weights",
    ),
    Program(
        "lenet-zeros-init",
        ("NeuraLint",),
        zero_weights,
        DIGITS,
        LENET,
        "weights initialised to 0",
        **answers(EQUAL),
        fix="random weights",
    ),
    Program(
        "lenet-missing-relus",
        ("NeuraLint",),
        missing_relus,
        DIGITS,
        LENET,
        "convolutions without activation",
        **answers(LINEAR),
        fix="ReLU",
    ),
    Program(
        "lenet-missing-softmax",
        ("NeuraLint",),
        missing_softmax,
        DIGITS,
        LENET,
        "logits given to a loss of probabilities",
        **answers(MISMATCH),
        fix="softmax",
    ),
    Program(
        "lenet-wrong-loss-inputs",
        ("NeuraLint",),
        softmax_twice,
        DIGITS,
        LENET,
        "softmax before a loss of logits",
        **answers(MISMATCH),
        fix="no softmax",
    ),
)
