"""A recipe: the settings of a training, and what each of them may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from hirise.errors import InputError, nearest


class Rule(Protocol):
    """What a setting may be; both methods raise ValueError saying what was expected."""

    @property
    def expected(self) -> str:
        """What a value may be, in words such as "a number from 0 to 1"."""

    def parse(self, text: str) -> Any: ...
    def check(self, value: Any) -> Any: ...


@dataclass(frozen=True)
class Number:
    """A whole or broken number from `low` to `high`."""

    kind: type[int] | type[float]
    low: float
    high: float

    def parse(self, text: str) -> int | float:
        try:
            return self.check(self.kind(text))
        except ValueError:
            raise ValueError(self.expected) from None

    def check(self, value: Any) -> int | float:
        allowed = int if self.kind is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, allowed):
            raise ValueError(self.expected)
        if not self.low <= value <= self.high:
            raise ValueError(self.expected)
        return self.kind(value)

    @property
    def expected(self) -> str:
        noun = "a whole number" if self.kind is int else "a number"
        return f"{noun} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Numbers:
    """From `fewest` to `most` numbers; as text with commas between them."""

    each: Number
    fewest: int
    most: int

    @property
    def expected(self) -> str:
        return f"{self.fewest} to {self.most} numbers with commas between"

    def parse(self, text: str) -> tuple[int | float, ...]:
        parts = [part for part in text.split(",") if part.strip()]
        return self._counted(tuple(self._one(self.each.parse, part) for part in parts))

    def check(self, value: Any) -> tuple[int | float, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{self.fewest} to {self.most} numbers")
        return self._counted(tuple(self._one(self.each.check, item) for item in value))

    def _counted(self, values: tuple[int | float, ...]) -> tuple[int | float, ...]:
        if not self.fewest <= len(values) <= self.most:
            raise ValueError(self.expected)
        return values

    def _one(self, step: Any, item: Any) -> int | float:
        try:
            value: int | float = step(item)
        except ValueError as error:
            raise ValueError(f"numbers with commas between, each {error}") from None
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        return f"one of {', '.join(self.words)}"

    def parse(self, text: str) -> str:
        return self.check(text.strip())

    def check(self, value: Any) -> str:
        if value not in self.words:
            raise ValueError(self.expected)
        return str(value)


@dataclass(frozen=True)
class Switch:
    """True or false."""

    @property
    def expected(self) -> str:
        return "true or false"

    def parse(self, text: str) -> bool:
        known = {"true": True, "yes": True, "1": True}
        known |= {"false": False, "no": False, "0": False}
        return self.check(known.get(text.strip().lower()))

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(self.expected)
        return value


@dataclass(frozen=True)
class Text:
    """One line of at most `most` characters, or nothing."""

    most: int = 1000

    @property
    def expected(self) -> str:
        return f"a line of at most {self.most} characters"

    def parse(self, text: str) -> str:
        return self.check(text.strip())

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.most:
            raise ValueError(self.expected)
        if not value.isprintable():
            raise ValueError(self.expected)
        return value


def why_not_together(recipe: Recipe) -> str:
    """Why the settings of `recipe` contradict each other, or ""."""
    if recipe.network == "backbone" or recipe.backbone or recipe.trainable == "head":
        reason = _why_not_transfer(recipe)
        if reason:
            return reason
    smallest = 2 ** len(recipe.filters)
    if recipe.network != "backbone" and recipe.image_size < smallest:
        return (
            f"Setting 'image_size' is {recipe.image_size}, but {len(recipe.filters)} "
            f"stages ('filters') halve it to nothing; use {smallest} or more."
        )
    if recipe.patience and recipe.select_by == "last":
        return (
            "Setting 'patience' needs 'select_by' to be accuracy or macro_f1, got last."
        )
    used = [text for text in _PAIRED if _is_used(recipe, text)]
    for (first, second), reason in _SENSELESS.items():
        if first in used and second in used:
            return f"Settings '{first}' and '{second}' do not go together: {reason}."
    return ""


def _why_not_transfer(recipe: Recipe) -> str:
    if recipe.network != "backbone":
        return (
            f"Settings 'backbone' and 'trainable' belong to the network backbone, not "
            f"to {recipe.network}. Set network=backbone, or use the recipe probe."
        )
    if not recipe.backbone:
        return (
            "Setting 'backbone' is empty, but the network backbone needs one: a name "
            "of keras.applications or a .keras file."
        )
    if recipe.batch_norm:
        return "Setting 'batch_norm' has no part in a backbone, which has its own."
    if recipe.trainable == "head" and recipe.augment != "none":
        return (
            "Setting 'augment' needs trainable=all: the features of a frozen backbone "
            "are computed once, from the images as they are."
        )
    return ""


def _is_used(recipe: Recipe, text: str) -> bool:
    key, _, value = text.partition("=")
    found = getattr(recipe, key)
    return found == value if value else found not in ("none", False, 0.0)


_BALANCED = "balanced_batches"
_WEIGHTS = "class_weights"
_BIAS = "output_bias=log-shares"
_ADJUSTED = "loss=logit-adjusted"
_SMOOTHED = "label_smoothing"
_PAIRED = (_BALANCED, _WEIGHTS, _BIAS, _ADJUSTED, _SMOOTHED)

_SENSELESS = {
    (_BALANCED, _WEIGHTS): (
        "balanced batches show each class equally often, so weights would raise the "
        "rare ones a second time; choose one"
    ),
    (_BALANCED, _BIAS): (
        "in balanced batches all classes are equally frequent, so a bias from the "
        "shares starts at the wrong place; leave 'output_bias' at zero"
    ),
    (_BALANCED, _ADJUSTED): (
        "the loss corrects for shares that balanced batches have taken away; choose one"
    ),
    (_WEIGHTS, _ADJUSTED): (
        "both raise the rare classes, the second on top of the first; choose one"
    ),
    (_BIAS, _ADJUSTED): (
        "the loss adds the logarithm of the shares itself, and a bias would count it "
        "twice; leave 'output_bias' at zero"
    ),
    (_ADJUSTED, _SMOOTHED): (
        "the share that smoothing gives to each rare class is lifted by the loss once "
        "more, until hardly anything else is answered; set label_smoothing=0"
    ),
}


@dataclass(frozen=True)
class Recipe:
    """Every setting of a training; the seed is given apart.

    Attributes
    ----------
    network : {"blog", "strided", "backbone"}
        See `hirise.training.networks`.
    backbone : str
        For the network `backbone`: a name of `keras.applications`, whose weights were
        learned on ImageNet, or the path of a `.keras` file; see
        `hirise.models.backbones`.
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
        See `hirise.training.losses`.
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
