"""What a program of the papers is, and how it is set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from data import Data
from keras import layers


@dataclass(frozen=True)
class Setup:
    """Everything that a training needs.

    `one_hot` gives the labels to the loss as one-hot rows of that many columns.
    `labels` changes those of training on their way, where the fault does, and
    `validate_on_training` makes that many training images the validation images.
    """

    data: Data
    model: keras.Model
    loss: Any
    optimizer: Any
    epochs: int
    batch_size: int = 32
    one_hot: int = 0
    labels: Callable[[Any], Any] | None = None
    validate_on_training: int = 0

    def training(self) -> tuple[Any, Any]:
        """Images and labels as `fit` gets them."""
        y = self.given(self.data.y)
        return self.data.x, y if self.labels is None else self.labels(y)

    def validation(self) -> tuple[Any, Any]:
        """The same of validation."""
        n = self.validate_on_training
        if n:
            return self.data.x[:n], self.given(self.data.y[:n])
        return self.data.x_val, self.given(self.data.y_val)

    def given(self, y: Any) -> Any:
        """Labels as the loss takes them."""
        return np.eye(self.one_hot, dtype=np.float32)[y] if self.one_hot else y


@dataclass(frozen=True)
class Program:
    """One faulty program of the papers, with the version that mends it.

    Attributes
    ----------
    key : str
        Number of the question, or a name.
    papers : tuple of str
        Where it is studied.
    build : function of bool
        The setup; True for the fixed version.
    data, settings : str
        What it is trained on here, and how; `settings` of the paper where they differ.
    faults : str
        In the words of the paper or its repository.
    causes, findings : tuple of str
        Acceptable answers, from the definition of the faults. A finding is `CODE` or
        `CODE:subject`.
    fix : str
        What the paper or the accepted answer changes.
    is_classifier : bool
        Others must only be recorded without an exception.
    """

    key: str
    papers: tuple[str, ...]
    build: Callable[[bool], Setup]
    data: str
    settings: str
    faults: str
    causes: tuple[str, ...]
    findings: tuple[str, ...]
    fix: str
    is_classifier: bool = True


def dense(
    shape: Sequence[int],
    units: Sequence[int],
    activation: str | None = "relu",
    last: str | None = None,
    *,
    dropout: float = 0.0,
    init: Any = "glorot_uniform",
    first: Sequence[Any] = (),
) -> keras.Model:
    """Dense layers; `last` is the activation of the last one."""
    parts: list[Any] = [keras.Input(tuple(shape)), *first]
    for width in units[:-1]:
        parts.append(
            layers.Dense(width, activation=activation, kernel_initializer=init)
        )
        if dropout:
            parts.append(layers.Dropout(dropout, seed=1))
    parts.append(layers.Dense(units[-1], activation=last, kernel_initializer=init))
    return keras.Sequential(parts)


def conv(
    shape: Sequence[int],
    filters: Sequence[int],
    units: Sequence[int],
    last: str | None,
    *,
    activation: str | None = "relu",
    dense_activation: str | None = "relu",
    kernel: int = 3,
    dropout: float = 0.0,
    init: Any = "glorot_uniform",
    bias: Any = "zeros",
) -> keras.Model:
    """Convolutions, each with pooling, then dense layers."""
    how = {"kernel_initializer": init, "bias_initializer": bias}
    parts: list[Any] = [keras.Input(tuple(shape))]
    for width in filters:
        parts.append(
            layers.Conv2D(width, kernel, padding="same", activation=activation, **how)
        )
        parts.append(layers.MaxPooling2D())
        if dropout > 0.5:
            parts.append(layers.Dropout(dropout, seed=1))
    parts.append(layers.Flatten())
    for width in units[:-1]:
        parts.append(layers.Dense(width, activation=dense_activation, **how))
    if dropout:
        parts.append(layers.Dropout(dropout, seed=2))
    parts.append(layers.Dense(units[-1], activation=last, **how))
    return keras.Sequential(parts)
