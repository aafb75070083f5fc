"""A recipe: the settings of a training, and how they are changed and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from hirise.errors import InputError, nearest
from hirise.recipes.rules import Choice, Number, Numbers, Rule, Switch, Text
from hirise.recipes.together import why_not_together


@dataclass(frozen=True)
class Recipe:
    """Every setting of a training; the seed is given apart.

    Attributes
    ----------
    network : {"blog", "strided", "backbone"}
        See `hirise.training.models`.
    backbone : str
        For the network `backbone`: a name of `keras.applications`, whose weights were
        learned on ImageNet, or the path of a `.keras` file; see
        `hirise.inference.backbones`.
    trainable : {"all", "head"}
        `head` trains what comes after the backbone, on features computed once; `all`
        then goes on with the backbone too.
    image_size : int
        Height and width in pixels to which images are resized.
    filters, dense : tuple of int
        Width of each convolution stage and of each hidden dense layer.
    depth : int
        Convolutions per stage, from the third stage on (`strided` only).
    dropout, label_smoothing, weight_decay : float
        `weight_decay` is decoupled from the gradient (AdamW).
    batch_norm : bool
        Batch normalisation after each convolution.
    augment : {"none", "symmetries", "symmetries-shift-contrast"}
        The eight symmetries of the square; also shifts by up to 6 % of the image and
        other contrast and brightness.
    schedule : {"constant", "cosine", "warmup"}
        `cosine` rises for one epoch and then falls to zero at the end of the last one;
        `warmup` rises for one epoch and then stays.
    loss : {"cross-entropy", "focal", "logit-adjusted"}
        See `hirise.training.losses`.
    class_weights : {"none", "inverse", "inverse-sqrt", "effective-number"}
        See `hirise.training.class_weights`.
    balanced_batches : bool
        Each class is drawn equally often.
    output_bias : {"zero", "log-shares"}
        What the last layer's bias starts from; the logarithm of the training shares
        spares the network learning them.
    patience : int
        Epochs without a better `select_by` before training stops; 0 never stops.
    select_by : {"last", "accuracy", "macro_f1"}
        The epoch whose weights are kept: the last, or the best one on validation.
    summary, command, minutes, expect
        For people: what it is, how to run it, how long that takes and what comes out.
    """

    name: str
    network: str = "blog"
    backbone: str = ""
    trainable: str = "all"
    image_size: int = 227
    filters: tuple[int, ...] = (16, 32, 64)
    depth: int = 1
    dense: tuple[int, ...] = (128,)
    dropout: float = 0.5
    batch_norm: bool = False
    augment: str = "none"
    batch_size: int = 32
    epochs: int = 5
    learning_rate: float = 1e-3
    schedule: str = "constant"
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    loss: str = "cross-entropy"
    class_weights: str = "none"
    balanced_batches: bool = False
    output_bias: str = "zero"
    patience: int = 0
    select_by: str = "last"
    summary: str = ""
    command: str = ""
    minutes: float | None = None
    expect: str = ""


def with_settings(recipe: Recipe, settings: Mapping[str, str]) -> Recipe:
    """`recipe` with some settings changed, given as text such as `{"epochs": "3"}`.

    Raises
    ------
    InputError
        If a key is unknown, a value does not parse or is out of range, or two settings
        do not go together.
    """
    values = {}
    for key, text in settings.items():
        if key not in SETTINGS:
            hint = nearest(key, SETTINGS) or f" There are: {', '.join(SETTINGS)}."
            raise InputError(f"No setting '{key}' in a recipe.{hint}")
        try:
            values[key] = SETTINGS[key].parse(text)
        except ValueError as error:
            raise InputError(
                f"Setting '{key}' must be {error}, got '{text}'."
            ) from None
    return _sound(replace(recipe, **values))


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """The recipe's name and every setting, for `run.json`."""
    values = asdict(recipe)
    kept = {key: values[key] for key in ("name", *SETTINGS)}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in kept.items()}


def from_dict(document: Mapping[str, Any]) -> Recipe:
    """The recipe that `to_dict` wrote; settings it lacks keep their defaults.

    Raises
    ------
    InputError
        If a value is not allowed.
    """
    values = {}
    for key in SETTINGS.keys() & document.keys():
        try:
            values[key] = SETTINGS[key].check(document[key])
        except ValueError as error:
            raise InputError(
                f"Setting '{key}' of a recipe must be {error}, got {document[key]!r}."
            ) from None
    return _sound(Recipe(name=str(document.get("name", "unnamed")), **values))


def _sound(recipe: Recipe) -> Recipe:
    """`recipe`, if its settings go together."""
    reason = why_not_together(recipe)
    if reason:
        raise InputError(reason)
    return recipe


SETTINGS: dict[str, Rule] = {
    "network": Choice(("blog", "strided", "backbone")),
    "backbone": Text(),
    "trainable": Choice(("all", "head")),
    "image_size": Number(int, 8, 512),
    "filters": Numbers(Number(int, 1, 1024), fewest=1, most=7),
    "depth": Number(int, 1, 4),
    "dense": Numbers(Number(int, 1, 4096), fewest=0, most=6),
    "dropout": Number(float, 0, 0.95),
    "batch_norm": Switch(),
    "augment": Choice(("none", "symmetries", "symmetries-shift-contrast")),
    "batch_size": Number(int, 1, 4096),
    "epochs": Number(int, 1, 10_000),
    "learning_rate": Number(float, 1e-8, 10),
    "schedule": Choice(("constant", "cosine", "warmup")),
    "weight_decay": Number(float, 0, 1),
    "label_smoothing": Number(float, 0, 0.5),
    "loss": Choice(("cross-entropy", "focal", "logit-adjusted")),
    "class_weights": Choice(("none", "inverse", "inverse-sqrt", "effective-number")),
    "balanced_batches": Switch(),
    "output_bias": Choice(("zero", "log-shares")),
    "patience": Number(int, 0, 10_000),
    "select_by": Choice(("last", "accuracy", "macro_f1")),
}
