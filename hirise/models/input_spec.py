"""How a model takes its images: pixel scale and class order, found by trying."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.diagnosis.checks.predictions import PermutedClasses
from hirise.metrics import metrics
from hirise.metrics.assignment import best_relabelling
from hirise.models.outputs import decode_outputs, in_class_order

AUTO = "auto"
DATASET, ALPHABETICAL, RELABELLED = "dataset", "alphabetical", "relabelled"
MOST_PER_CLASS = 50
FLOOR = 1e-7
STANDARD_ERRORS = 2.0
"""By which the log-loss of a candidate must exceed the best one to be ruled out."""
GAIN, KAPPA = PermutedClasses.gain, PermutedClasses.kappa
"""What a relabelling must gain in macro-F1 and reach in kappa: as HR207 requires."""


@dataclass(frozen=True, eq=False)
class InputSpec:
    """The pixel scale and class order of a model, found or given.

    Attributes
    ----------
    scale : str
        A key of `SCALES`.
    columns : (n_classes,) int
        Which output belongs to each class.
    order : str
        Name of that class order.
    trials : DataFrame, one row per candidate
        `scale`, `order`, `balanced_accuracy`, `loss` (class-balanced, in nats) and
        `fits` (taken, equally well, or no); empty where nothing was tried.
    notes : tuple of str
    """

    scale: str
    columns: Ints
    order: str = ""
    trials: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()


class _Candidate(NamedTuple):
    """A scale and a class order, with the loss of each trial image."""

    scale: str
    order: str
    columns: Ints
    losses: Floats
    balanced_accuracy: float


def trial_rows(truth: Ints, *, most: int = MOST_PER_CLASS) -> Ints:
    """Rows of at most `most` images of each class, evenly spread.

    Examples
    --------
    >>> trial_rows(np.array([0, 0, 0, 0, 1]), most=2)
    array([0, 2, 4])
    """
    chosen = []
    for label in np.unique(truth):
        rows = np.flatnonzero(truth == label)
        few = min(len(rows), most)
        chosen.append(rows[(np.arange(few) * len(rows)) // few])
    return np.sort(np.concatenate(chosen)).astype(np.int64)


def find_input_spec(
    trials: Mapping[str, Floats],
    truth: Ints,
    class_names: tuple[str, ...],
    *,
    orders: Mapping[str, Ints],
    relabel: bool = False,
) -> InputSpec:
    """The scale and order that make the true labels of a few images most likely.

    Parameters
    ----------
    trials : mapping of scale to (n_images, n_outputs) float
        Outputs of the model for the trial images on each scale, the usual one first.
    truth : (n_images,) int
    class_names : tuple of str
    orders : mapping of name to (n_classes,) int
        Possible class orders, the usual one first: which output belongs to each class.
    relabel : bool
        Try the one-to-one relabelling that agrees best with the true labels, too.

    Examples
    --------
    >>> truth = np.array([0, 1] * 20)
    >>> right, wrong = np.eye(2)[truth], np.full((40, 2), 0.5)
    >>> spec = find_input_spec(
    ...     {"0-255": wrong, "0-1": right},
    ...     truth,
    ...     ("crater", "dune"),
    ...     orders=class_orders(("crater", "dune")),
    ... )
    >>> spec.scale, spec.order
    ('0-1', 'dataset')
    """
    candidates = [
        candidate
        for scale, outputs in trials.items()
        for candidate in _candidates(
            scale, outputs, truth, class_names, orders, relabel
        )
    ]
    weights = _balanced_weights(truth)
    losses = np.array([float(weights @ one.losses) for one in candidates])
    best = int(losses.argmin())
    equal = {
        number
        for number, candidate in enumerate(candidates)
        if number == best
        or not _is_worse(candidate.losses, candidates[best].losses, weights)
    }
    # Of equal ones the first, which is the usual one.
    taken = min(equal)
    table = pd.DataFrame(
        {
            "scale": [one.scale for one in candidates],
            "order": [one.order for one in candidates],
            "balanced_accuracy": [one.balanced_accuracy for one in candidates],
            "loss": losses,
            "fits": "no",
        }
    )
    table.loc[sorted(equal), "fits"] = "equally well"
    table.loc[taken, "fits"] = "taken"
    chosen = candidates[taken]
    notes = tuple(_notes(table, len(truth)))
    return InputSpec(chosen.scale, chosen.columns, chosen.order, table, notes)


def class_orders(class_names: tuple[str, ...]) -> dict[str, Ints]:
    """Possible orders of a model's outputs: the dataset's, alphabetical.

    Examples
    --------
    >>> class_orders(("dune", "crater"))
    {'dataset': array([0, 1]), 'alphabetical': array([1, 0])}
    """
    usual = np.arange(len(class_names))
    # Twice for the ranks: once would give the inverse permutation.
    by_name = np.argsort(np.argsort(np.array(class_names), kind="stable"))
    orders = {DATASET: usual}
    if not np.array_equal(usual, by_name):
        orders[ALPHABETICAL] = by_name.astype(np.int64)
    return orders


def _candidates(
    scale: str,
    outputs: Floats,
    truth: Ints,
    class_names: tuple[str, ...],
    orders: Mapping[str, Ints],
    relabel: bool,
) -> Iterator[_Candidate]:
    tried = dict(orders)
    columns = _relabelling(outputs, truth, class_names) if relabel else None
    if columns is not None and not any(
        np.array_equal(columns, other) for other in orders.values()
    ):
        tried[RELABELLED] = columns
    for order, columns in tried.items():
        decoded = decode_outputs(in_class_order(outputs, columns), class_names)
        correct = decoded.y_pred == truth
        if decoded.proba is None:
            # As certain as a label can be: comparable with probabilities, if crudely.
            losses = np.where(correct, 0.0, -np.log(1 / len(class_names)))
        else:
            of_truth = decoded.proba[np.arange(len(truth)), truth]
            losses = -np.log(np.maximum(of_truth, FLOOR))
        balanced = float(_balanced_weights(truth) @ correct)
        yield _Candidate(scale, order, columns, losses, balanced)


def _relabelling(
    outputs: Floats, truth: Ints, class_names: tuple[str, ...]
) -> Ints | None:
    """Which output belongs to each class, by the predictions for the trial images."""
    y_pred = decode_outputs(outputs, class_names).y_pred
    confusion = metrics.confusion_counts(truth, y_pred, len(class_names))
    stands_for = best_relabelling(confusion)
    restored = np.empty_like(confusion)
    restored[:, stands_for] = confusion
    before, after = metrics.totals_of(confusion), metrics.totals_of(restored)
    gain = float(metrics.macro_f1(after) - metrics.macro_f1(before))
    if gain < GAIN or metrics.kappa(after) < KAPPA:
        return None
    # The inverse: from the class of each output to the output of each class.
    return np.argsort(stands_for).astype(np.int64)


def _balanced_weights(truth: Ints) -> Floats:
    """Weights that sum to 1, with the same sum for each class."""
    weights = 1 / np.bincount(truth)[truth]
    normalised: Floats = weights / weights.sum()
    return normalised


def _is_worse(losses: Floats, best: Floats, weights: Floats) -> bool:
    """Whether losses exceed the best ones by more than chance would make them."""
    excess = losses - best
    mean = float(weights @ excess)
    error = float(np.sqrt((weights**2) @ (excess - mean) ** 2))
    return mean > STANDARD_ERRORS * error


def _notes(table: pd.DataFrame, n_images: int) -> Iterator[str]:
    taken = table[table["fits"] == "taken"].iloc[0]
    equal = table[table["fits"] == "equally well"]
    for column, other, title in (
        ("scale", "order", "Pixel scale"),
        ("order", "scale", "Class order"),
    ):
        tried = table[table[other] == taken[other]]
        if len(tried) < 2:
            continue
        scores = ", ".join(
            f"{row[column]} {row['balanced_accuracy']:.0%}"
            for _, row in tried.iterrows()
        )
        same = [name for name in dict.fromkeys(equal[column]) if name != taken[column]]
        if same:
            yield (
                f"{title} {taken[column]} is taken, but {', '.join(same)} "
                f"{'fits' if len(same) == 1 else 'fit'} {n_images} trial images "
                f"equally well (balanced accuracy: {scores}). Choose it yourself if "
                "this is wrong."
            )
        else:
            yield (
                f"{title} {taken[column]}, found by trying {n_images} images (balanced "
                f"accuracy: {scores})."
            )


Channels = tuple[float, float, float]


class Scale(NamedTuple):
    """What pixels are multiplied by, and what is added then, by channel."""

    factor: Channels
    offset: Channels


_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CAFFE_MEAN = (103.939, 116.779, 123.68)


def _each(*values: float) -> Channels:
    red, green, blue = values
    return red, green, blue


SCALES: dict[str, Scale] = {
    "0-255": Scale(_each(1, 1, 1), _each(0, 0, 0)),
    "0-1": Scale(_each(*[1 / 255] * 3), _each(0, 0, 0)),
    "-1-1": Scale(_each(*[1 / 127.5] * 3), _each(-1, -1, -1)),
    "imagenet": Scale(
        _each(*(1 / 255 / std for std in _STD)),
        _each(*(-mean / std for mean, std in zip(_MEAN, _STD, strict=True))),
    ),
    "imagenet-caffe": Scale(_each(1, 1, 1), _each(*(-mean for mean in _CAFFE_MEAN))),
}
"""`imagenet` is 0 to 1 less ImageNet's mean, by its deviation, as in torchvision and in
`keras.applications` with mode torch; `imagenet-caffe` 0 to 255 less its mean (blue,
green, red), as in its mode caffe."""

USUAL = "0-255"


def as_input(
    pixels: NDArray[np.uint8], channels: int, scale: str
) -> NDArray[np.float32]:
    """(n, size, size) bytes as the (n, size, size, channels) that a model takes.

    Three channels are three times the same picture; a single one is put on the mean of
    the three channels' scales.

    Examples
    --------
    >>> as_input(np.array([[[0, 255]]], dtype=np.uint8), 1, "-1-1").ravel()
    array([-1.,  1.], dtype=float32)
    """
    factor, offset = (np.array(values, dtype=float) for values in SCALES[scale])
    if channels == 1:
        factor, offset = factor.mean(keepdims=True), offset.mean(keepdims=True)
    scaled = pixels[..., None].astype(np.float32) * factor.astype(np.float32)
    return scaled + offset.astype(np.float32)


def fits(scale: str, channels: int, ends: tuple[float, float]) -> bool:
    """Whether black and white on this scale are the `ends` of what a model can take.

    Quantised inputs have a least and a greatest number; within a hundredth of the
    range they are those of the scale.

    Examples
    --------
    >>> fits("0-1", 1, (0.0, 1.0)), fits("0-255", 1, (0.0, 1.0))
    (True, False)
    """
    low, high = ends
    pixels = np.array([[[0]], [[255]]], dtype=np.uint8)
    black, white = as_input(pixels, channels, scale).reshape(2, -1)
    tolerance = 0.01 * (high - low)
    return bool(
        abs(black.min() - low) < tolerance and abs(white.max() - high) < tolerance
    )
