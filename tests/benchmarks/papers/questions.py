"""Classifiers of StackOverflow questions on rows of numbers (DeepFD, DeepLocalize)."""

from __future__ import annotations

import data
import keras
from keras import layers, optimizers
from kinds import (
    HIGH,
    LINEAR,
    LOW,
    MISMATCH,
    NUMBERS,
    ONE_UNIT,
    SHORT,
    UNSCALED,
    answers,
)
from program import Program, Setup, dense

BOTH = ("DeepFD", "DeepLocalize")
UNIFORM = keras.initializers.RandomUniform(-0.05, 0.05, seed=0)
NORMAL = keras.initializers.RandomNormal(stddev=0.05, seed=0)


def so_48385830(fixed: bool) -> Setup:
    wide = keras.initializers.RandomNormal(stddev=1.0, seed=0)
    network = dense(
        (64,),
        (30, 10),
        "sigmoid" if fixed else None,
        "softmax" if fixed else None,
        init=wide,
    )
    loss = "categorical_crossentropy" if fixed else "mean_squared_error"
    rows = data.digits().flat().with_input(1 / 255)
    return Setup(rows, network, loss, optimizers.SGD(3.0), 15, 10, one_hot=10)


def so_44164749(fixed: bool) -> Setup:
    network = dense((64,), (500, 60, 10), last="softmax", dropout=0.1)
    rate, epochs = (0.05, 10) if fixed else (0.01, 5)
    optimizer = optimizers.SGD(rate, momentum=0.9, nesterov=True)
    rows = data.digits().flat().with_input(1 / 255)
    loss = "categorical_crossentropy"
    return Setup(rows, network, loss, optimizer, epochs, 47, one_hot=10)


def so_31556268(fixed: bool) -> Setup:
    network = dense((2,), (4, 1), "sigmoid", "sigmoid")
    if fixed:
        return Setup(data.xor(), network, "mse", optimizers.Adam(), 100, 4)
    optimizer = optimizers.SGD(0.05, momentum=0.11, nesterov=True)
    return Setup(data.xor(), network, "mae", optimizer, 10, 4)


def so_50306988(fixed: bool) -> Setup:
    network = dense((1,), (2, 2), "sigmoid", "softmax")
    rate, epochs = (0.01, 10) if fixed else (0.001, 5)
    loss = "categorical_crossentropy"
    return Setup(
        data.one_number(), network, loss, optimizers.Adam(rate), epochs, one_hot=2
    )


def so_34311586(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "softmax"
    init = "glorot_uniform" if fixed else UNIFORM
    network = dense((2,), (2, 3, 1), "sigmoid", last, init=init)
    optimizer = optimizers.SGD(0.1 if fixed else 0.001, momentum=0.9, nesterov=True)
    epochs, size = (50, 4) if fixed else (20, 32)
    return Setup(data.xor(), network, "mse", optimizer, epochs, size)


def so_31880720(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "softmax"
    network = dense((64,), (50, 50, 1), last=last, dropout=0.2)
    rows = data.digits().of_classes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    rows = rows.flat().with_input(1 / 255)
    halves = data.Data(rows.x, rows.y // 5, rows.x_val, rows.y_val // 5)
    epochs = 40 if fixed else 3
    return Setup(halves, network, "binary_crossentropy", optimizers.RMSprop(), epochs)


def so_45337371(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "softmax"
    network = dense((20,), (60, 50, 1), last=last)
    rows = data.table(1600, 20)
    return Setup(rows, network, "binary_crossentropy", optimizers.Adam(), 5)


def so_55328966(fixed: bool) -> Setup:
    parts = [keras.Input((64,)), layers.Dense(64), layers.Dense(50), layers.ReLU()]
    parts.append(layers.Dense(10, activation="softmax" if fixed else "sigmoid"))
    rows = data.digits().flat().with_input(1 / 255 if fixed else 1.0)
    optimizer = optimizers.Adam(1e-4) if fixed else optimizers.SGD(1e-4)
    loss = "categorical_crossentropy"
    return Setup(rows, keras.Sequential(parts), loss, optimizer, 40, one_hot=10)


def so_39525358(fixed: bool) -> Setup:
    network = dense((3,), (12, 3, 1), last="sigmoid", init=UNIFORM)
    rows = data.letter_codes()
    rows = rows.standardised() if fixed else rows
    rate = 0.1 if fixed else 0.001
    loss = "binary_crossentropy"
    return Setup(rows, network, loss, optimizers.Adam(rate), 30, 10)


def so_47724077(fixed: bool) -> Setup:
    network = dense((14,), (21, 2), last="softmax")
    rows = data.table(4000, 14, largest=1e6)
    rows = rows.standardised() if fixed else rows
    optimizer = optimizers.Adam(0.01 if fixed else 0.001)
    loss = "categorical_crossentropy"
    return Setup(rows, network, loss, optimizer, 20, 100, one_hot=2)


def so_59278771(fixed: bool) -> Setup:
    last = "softmax" if fixed else "sigmoid"
    activation = "selu" if fixed else "relu"
    network = dense((4,), (4, 3), activation, last, init=NORMAL)
    rows = data.table(600, 4, n_classes=3, largest=1e3, seed=3)
    rows = rows.standardised() if fixed else rows
    optimizer = optimizers.SGD() if fixed else optimizers.Adam()
    loss = "categorical_crossentropy"
    return Setup(rows, network, loss, optimizer, 40, 5, one_hot=3)


def so_34673164(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "softmax"
    first = [layers.BatchNormalization()] if fixed else []
    network = dense(
        (16,), (64, 64, 2), "tanh", last, dropout=0.5, init=UNIFORM, first=first
    )
    rows = data.table(800, 16, largest=1e5)
    loss = "binary_crossentropy" if fixed else "mean_squared_error"
    optimizer = optimizers.SGD(0.1, momentum=0.9, nesterov=True)
    return Setup(rows, network, loss, optimizer, 20, 16, one_hot=2)


def so_44066044(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "relu"
    network = dense((11,), (12, 12, 1), last=last, init=NORMAL)
    rows = data.table(1200, 11, largest=3.2e9)
    rows = rows.standardised() if fixed else rows
    return Setup(rows, network, "binary_crossentropy", optimizers.Adam(), 20, 5)


def so_51930566(fixed: bool) -> Setup:
    last = "softmax" if fixed else "sigmoid"
    network = dense((4,), (4, 3), last=last, init=NORMAL)
    loss = "categorical_crossentropy"
    return Setup(data.iris(), network, loss, optimizers.Adam(), 50, 5, one_hot=3)


def so_45442843(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "softmax"
    network = dense((1,), (1, 1), "sigmoid", last, init=NORMAL)
    loss = "binary_crossentropy" if fixed else "mean_absolute_error"
    return Setup(data.large_number(), network, loss, optimizers.RMSprop(), 50, 200)


def so_31627380(fixed: bool) -> Setup:
    last = "sigmoid" if fixed else "softmax"
    network = dense((10,), (512, 2), last=last, dropout=0.5)
    loss = "binary_crossentropy" if fixed else "categorical_crossentropy"
    rows = data.table(900, 10, largest=1e3, seed=7)
    return Setup(rows, network, loss, optimizers.Adam(), 10, 4, one_hot=2)


def so_41372874(fixed: bool) -> Setup:
    network = dense((2,), (8, 8, 1), last="sigmoid")
    return Setup(
        data.table(900, 2, seed=4),
        network,
        "binary_crossentropy",
        optimizers.Adam(),
        20,
        8,
    )


PROGRAMS = (
    Program(
        "48385830",
        BOTH,
        so_48385830,
        "digits of 8 × 8 for MNIST",
        "784-30-10 there, 64-30-10 here; SGD 3.0, batch 10, weights N(0, 1)",
        "activation, loss, learning rate",
        **answers(HIGH, NUMBERS, MISMATCH, LINEAR),
        fix="sigmoid and softmax, categorical cross-entropy",
    ),
    Program(
        "44164749",
        BOTH,
        so_44164749,
        "digits of 8 × 8 for MNIST, as many steps an epoch",
        "5000-600-10 there, 500-60-10 here; SGD .01, 5 epochs of 30 steps",
        "epoch, learning rate, activation, loss (the last two change nothing)",
        **answers(SHORT, LOW),
        fix="rate .05, 10 epochs",
    ),
    Program(
        "31556268",
        BOTH,
        so_31556268,
        "XOR with noise of .05, 400 rows for 4",
        "2-4-1 sigmoid, mean absolute error, SGD .05, 1,000 steps of 4 rows",
        "loss, epoch, learning rate, optimizer",
        **answers(NUMBERS, SHORT, LOW),
        fix="squared error, Adam, 10,000 steps",
    ),
    Program(
        "50306988",
        BOTH,
        so_50306988,
        "the same numbers",
        "1-2-2, sigmoid and softmax, Adam .001, 5 epochs",
        "learning rate, epoch",
        **answers(LOW, SHORT),
        fix="Adam .01, 10 epochs",
    ),
    Program(
        "34311586",
        (*BOTH, "NeuraLint"),
        so_34311586,
        "XOR with noise of .05, 400 rows for 6",
        "2-2-3-1, softmax over one unit, squared error, SGD .001, 20 epochs",
        "learning rate, activation, initialization, epoch, batch size",
        **answers(ONE_UNIT, LOW, SHORT),
        fix="sigmoid, SGD .1, 5,000 steps of 4 rows (10,000 there)",
    ),
    Program(
        "31880720",
        BOTH,
        so_31880720,
        "digits of 8 × 8, from 5 on or below, for two classes of MNIST",
        "50-50-1, softmax over one unit, RMSprop, 3 epochs",
        "activation, epoch",
        **answers(ONE_UNIT, SHORT),
        fix="sigmoid, 40 epochs",
    ),
    Program(
        "45337371",
        BOTH,
        so_45337371,
        "drawn rows of 20 columns",
        "60-50-1, softmax over one unit, binary cross-entropy, Adam",
        "activation",
        **answers(ONE_UNIT),
        fix="sigmoid",
    ),
    Program(
        "55328966",
        BOTH,
        so_55328966,
        "digits of 8 × 8 for MNIST, from 0 to 255",
        "784-50-10, sigmoid at the end, first layer linear, SGD 1e-4",
        "activation, optimizer, missing preprocessing",
        **answers(UNSCALED, MISMATCH, LOW, LINEAR),
        fix="divided by 255, softmax, Adam 1e-4",
    ),
    Program(
        "39525358",
        BOTH,
        so_39525358,
        "drawn codes of letters, 65 to 70",
        "12-3-1, Adam .001, weights uniform in ±.05",
        "activation, learning rate, missing preprocessing",
        **answers(UNSCALED, LOW),
        fix="standardised, Adam .1",
    ),
    Program(
        "47724077",
        BOTH,
        so_47724077,
        "a drawn table of 14 columns with scales from 1 to 10⁶",
        "21-2, softmax, Adam .001",
        "optimizer, learning rate, missing preprocessing, epoch",
        **answers(UNSCALED, LOW, SHORT),
        fix="standardised, Adam .01",
    ),
    Program(
        "59278771",
        BOTH,
        so_59278771,
        "a drawn table of 4 columns with scales from 1 to 10³, 3 classes",
        "4-3, sigmoid under categorical cross-entropy, Adam, weights N(0, .05)",
        "activation, optimizer, missing preprocessing",
        **answers(UNSCALED, MISMATCH),
        fix="standardised, selu, softmax, SGD",
    ),
    Program(
        "34673164",
        BOTH,
        so_34673164,
        "a drawn table of 16 columns with scales from 1 to 10⁵",
        "64-64-2 tanh, dropout .5, squared error, SGD .1",
        "missing layers, layer properties, activation, loss",
        **answers(NUMBERS, UNSCALED),
        fix="batch normalisation of the input, sigmoid, binary cross-entropy",
    ),
    Program(
        "44066044",
        BOTH,
        so_44066044,
        "a drawn table of 11 columns with scales from 1 to 3.2 · 10⁹",
        "12-12-1, ReLU at the end, binary cross-entropy, Adam",
        "missing preprocessing",
        **answers(UNSCALED, MISMATCH),
        fix="standardised, sigmoid",
    ),
    Program(
        "51930566",
        BOTH,
        so_51930566,
        "iris",
        "4-3, sigmoid under categorical cross-entropy, Adam, 50 epochs",
        "activation",
        **answers(MISMATCH),
        fix="softmax",
    ),
    Program(
        "45442843",
        BOTH,
        so_45442843,
        "drawn numbers from 9,000 to 25,000",
        "1-1, softmax over one unit, mean absolute error, RMSprop",
        "loss, optimizer, activation, epoch",
        **answers(ONE_UNIT, NUMBERS, UNSCALED, SHORT),
        fix="sigmoid, binary cross-entropy; the numbers stay as they are",
    ),
    Program(
        "31627380",
        BOTH,
        so_31627380,
        "a drawn table of 10 columns with scales from 1 to 10³ for the Titanic",
        "512-2, softmax, Adam, batch 4",
        "optimizer, activation, loss (softmax with cross-entropy is no fault here)",
        **answers(UNSCALED, MISMATCH),
        fix="sigmoid, binary cross-entropy; the columns stay as they are",
    ),
)

SOUND = (
    Program(
        "41372874",
        BOTH,
        so_41372874,
        "a drawn table of 2 columns",
        "2-2-1 there, 8-8-1 here; sigmoid, binary cross-entropy, Adam",
        "none: the papers found no fault in it",
        (),
        (),
        fix="none",
    ),
)
"""No fault: both versions are the same, and only the fixed one is scored."""
