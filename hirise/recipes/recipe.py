"""A recipe: the settings of a training, and what each of them may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta

from hirise.errors import InputError, Refusal, nearest

Line = Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")]
Fraction = Annotated[float, Meta(ge=0, le=1)]


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
        The eight symmetries of the square; also shifts by up to 6% of the image and
        random contrast and brightness.
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
        What the last layer's bias starts from. The logarithm of the class frequencies
        spares the network learning them.
    patience : int
        Epochs without a better `select_by` before training stops; 0 never stops.
    select_by : {"last", "accuracy", "macro_f1"}
        The epoch whose weights are kept: the last, or the best one on validation.
    summary, command, minutes, expect
        For people: what it is, how to run it, how long that takes and what comes out.
    """

    name: str
    network: Literal["blog", "strided", "backbone"] = "blog"
    backbone: Line = ""
    trainable: Literal["all", "head"] = "all"
    image_size: Annotated[int, Meta(ge=8, le=512)] = 227
    filters: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=1024)], ...],
        Meta(min_length=1, max_length=7),
    ] = (16, 32, 64)
    depth: Annotated[int, Meta(ge=1, le=4)] = 1
    dense: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=4096)], ...], Meta(max_length=6)
    ] = (128,)
    dropout: Annotated[float, Meta(ge=0, le=0.95)] = 0.5
    batch_norm: bool = False
    augment: Literal["none", "symmetries", "symmetries-shift-contrast"] = "none"
    batch_size: Annotated[int, Meta(ge=1, le=4096)] = 32
    epochs: Annotated[int, Meta(ge=1, le=10_000)] = 5
    learning_rate: Annotated[float, Meta(ge=1e-8, le=10)] = 1e-3
    schedule: Literal["constant", "cosine", "warmup"] = "constant"
    weight_decay: Fraction = 0.0
    label_smoothing: Annotated[float, Meta(ge=0, le=0.5)] = 0.0
    loss: Literal["cross-entropy", "focal", "logit-adjusted"] = "cross-entropy"
    class_weights: Literal["none", "inverse", "inverse-sqrt", "effective-number"] = (
        "none"
    )
    balanced_batches: bool = False
    output_bias: Literal["zero", "log-shares"] = "zero"
    patience: Annotated[int, Meta(ge=0, le=10_000)] = 0
    select_by: Literal["last", "accuracy", "macro_f1"] = "last"
    summary: str = ""
    command: str = ""
    minutes: float | None = None
    expect: str = ""


@dataclass(frozen=True)
class Setting:
    """What one setting of a recipe may be, as `Recipe` annotates it.

    Examples
    --------
    >>> SETTINGS["epochs"].expected, SETTINGS["epochs"].parse("7")
    ('a whole number from 1 to 10000', 7)
    >>> SETTINGS["filters"].parse("8, 16")
    (8, 16)
    >>> SETTINGS["trainable"].choices
    ('all', 'head')
    """

    name: str
    annotation: Any

    @cached_property
    def _type(self) -> Any:
        return msgspec.inspect.type_info(self.annotation)

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it is one of; none for other kinds."""
        is_choice = isinstance(self._type, msgspec.inspect.LiteralType)
        return get_args(self.annotation) if is_choice else ()

    @property
    def is_switch(self) -> bool:
        """Whether it is true or false."""
        return isinstance(self._type, msgspec.inspect.BoolType)

    @property
    def largest(self) -> float:
        """The largest value of a number."""
        return float(self._type.le)

    @property
    def expected(self) -> str:
        """What a value may be, in words such as "a number from 0 to 1"."""
        kind = self._type
        if isinstance(kind, msgspec.inspect.VarTupleType):
            return (
                f"{kind.min_length or 0} to {kind.max_length} numbers separated by "
                f"commas, each {_range(kind.item_type)}"
            )
        if isinstance(kind, msgspec.inspect.StrType):
            return f"a line of at most {kind.max_length} characters"
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        return "true or false" if self.is_switch else _range(kind)

    def parse(self, text: str) -> Any:
        """The value that `text` stands for; a sequence has commas between its items.

        Raises
        ------
        InputError
            If it is not as `expected`.
        """
        value: str | list[str] = text.strip()
        if isinstance(self._type, msgspec.inspect.VarTupleType):
            value = [part.strip() for part in text.split(",") if part.strip()]
        elif self.is_switch:
            # msgspec reads true, false, 1 and 0 itself.
            value = {"yes": "true", "no": "false"}.get(text.strip().lower(), text)
        return self._convert(value, text, strict=False)

    def check(self, value: Any) -> Any:
        """`value`, a list as a tuple, if it is as `expected`; else an `InputError`."""
        return self._convert(value, value, strict=True)

    def _convert(self, value: Any, given: object, *, strict: bool) -> Any:
        try:
            return msgspec.convert(value, self.annotation, strict=strict)
        except (msgspec.ValidationError, RecursionError) as error:
            raise InputError(
                f"Setting '{self.name}' must be {self.expected}, got {given!r:.200}."
            ) from error


def _range(kind: Any) -> str:
    is_whole = isinstance(kind, msgspec.inspect.IntType)
    noun = "a whole number" if is_whole else "a number"
    return f"{noun} from {kind.ge:g} to {kind.le:g}"


def with_settings(recipe: Recipe, settings: Mapping[str, str]) -> Recipe:
    """`recipe` with some settings changed, given as text.

    Raises
    ------
    InputError
        If a key is unknown, a value does not parse or is out of range, or two settings
        do not go together.

    Examples
    --------
    >>> changed = with_settings(Recipe("mine"), {"epochs": "3", "filters": "8,16"})
    >>> changed.epochs, changed.filters
    (3, (8, 16))
    """
    values = {}
    for key, text in settings.items():
        if key not in SETTINGS:
            hint = nearest(key, SETTINGS) or f" There are: {', '.join(SETTINGS)}."
            raise InputError(f"No setting '{key}' in a recipe.{hint}")
        values[key] = SETTINGS[key].parse(text)
    return _consistent(replace(recipe, **values))


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """The recipe's name and every setting, for `run.json`.

    Examples
    --------
    >>> document = to_dict(Recipe("mine", epochs=3))
    >>> document["name"], document["epochs"], document["filters"]
    ('mine', 3, [16, 32, 64])
    """
    values = asdict(recipe)
    chosen = {key: values[key] for key in ("name", *SETTINGS)}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in chosen.items()}


def from_dict(document: Mapping[str, Any]) -> Recipe:
    """The recipe that `to_dict` wrote; settings it lacks have their defaults.

    Raises
    ------
    InputError
        If a value is not allowed.

    Examples
    --------
    >>> from_dict({"name": "mine", "epochs": 3}).epochs
    3
    """
    values = {
        key: setting.check(document[key])
        for key, setting in SETTINGS.items()
        if key in document
    }
    return _consistent(Recipe(name=str(document.get("name", "unnamed")), **values))


def _consistent(recipe: Recipe) -> Recipe:
    refusal = find_conflict(recipe)
    if refusal is not None:
        raise refusal.error()
    return recipe


def find_conflict(recipe: Recipe) -> Refusal | None:
    """Which settings of `recipe` contradict each other; None if none do.

    Examples
    --------
    >>> find_conflict(Recipe("mine")) is None
    True
    >>> find_conflict(Recipe("mine", patience=3)).how
    'Set select_by to accuracy or macro_f1.'
    """
    if recipe.network == "backbone" or recipe.backbone or recipe.trainable == "head":
        refusal = _find_conflict_of_backbone(recipe)
        if refusal is not None:
            return refusal
    smallest = 2 ** len(recipe.filters)
    if recipe.network != "backbone" and recipe.image_size < smallest:
        return Refusal(
            f"Setting 'image_size' is {recipe.image_size}, but {len(recipe.filters)} "
            "stages ('filters') halve it to nothing.",
            how=f"Set image_size to {smallest} or more.",
        )
    if recipe.patience and recipe.select_by == "last":
        return Refusal(
            "Setting 'patience' needs a score to watch, but 'select_by' is last.",
            how="Set select_by to accuracy or macro_f1.",
        )
    for pair, (reason, how) in _CONFLICTS.items():
        if all(_is_used(recipe, text) for text in pair):
            first, second = pair
            return Refusal(
                f"Settings '{first}' and '{second}' cannot be combined: {reason}.",
                how=how,
            )
    return None


def _find_conflict_of_backbone(recipe: Recipe) -> Refusal | None:
    if recipe.network != "backbone":
        return Refusal(
            "Settings 'backbone' and 'trainable' belong to the network backbone, not "
            f"to {recipe.network}.",
            how="Set network=backbone, or use the recipe probe.",
        )
    if not recipe.backbone:
        return Refusal(
            "Setting 'backbone' is empty, but the network backbone needs one.",
            how="Set it to a name of keras.applications or to a .keras file.",
        )
    if recipe.batch_norm:
        return Refusal(
            "Setting 'batch_norm' has no effect on a backbone, which has its own.",
            how="Set batch_norm=false.",
        )
    if recipe.trainable == "head" and recipe.augment != "none":
        return Refusal(
            "Setting 'augment' needs trainable=all: the features of a frozen backbone "
            "are computed once, from the images as they are.",
            how="Set augment=none or trainable=all.",
        )
    return None


def _is_used(recipe: Recipe, text: str) -> bool:
    key, _, value = text.partition("=")
    actual = getattr(recipe, key)
    return actual == value if value else actual not in ("none", False, 0.0)


_BALANCED = "balanced_batches"
_WEIGHTS = "class_weights"
_BIAS = "output_bias=log-shares"
_ADJUSTED = "loss=logit-adjusted"
_SMOOTHED = "label_smoothing"

_CONFLICTS = {
    (_BALANCED, _WEIGHTS): (
        "balanced batches show each class equally often, so weights would raise the "
        "rare classes a second time",
        "Choose one.",
    ),
    (_BALANCED, _BIAS): (
        "in balanced batches all classes are equally frequent, so a bias from the "
        "class frequencies starts at an incorrect value",
        "Leave output_bias at zero.",
    ),
    (_BALANCED, _ADJUSTED): (
        "the loss corrects for class frequencies that balanced batches have already "
        "removed",
        "Choose one.",
    ),
    (_WEIGHTS, _ADJUSTED): (
        "both raise the rare classes, the second on top of the first",
        "Choose one.",
    ),
    (_BIAS, _ADJUSTED): (
        "the loss adds the logarithm of the class frequencies itself, and a bias would "
        "count it twice",
        "Leave output_bias at zero.",
    ),
    (_ADJUSTED, _SMOOTHED): (
        "the probability that smoothing gives to each rare class is raised by the loss "
        "once more, until hardly anything else is predicted",
        "Set label_smoothing=0.",
    ),
}
"""Why two settings do not go together, and what to do."""

_TEXTS = ("name", "summary", "command", "minutes", "expect")

SETTINGS = {
    name: Setting(name, annotation)
    for name, annotation in get_type_hints(Recipe, include_extras=True).items()
    if name not in _TEXTS
}
"""Every setting by its name, in the order of `Recipe`."""
