"""How a model takes its images: pixel scale and class order, found by trying."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.checks.predictions import PermutedClasses
from hirise.metrics import metrics
from hirise.metrics.assignment import best_relabelling
from hirise.metrics.metrics import Floats, Ints
from hirise.models.outputs import decode_outputs, in_class_order

AUTO = "auto"
DATASET, ALPHABETICAL, RELABELLED = "dataset", "alphabetical", "relabelled"
MOST_PER_CLASS = 50
FLOOR = 1e-7
APART = 2.0
"""Standard errors by which one candidate must be likelier than another."""
GAIN, KAPPA = PermutedClasses.gain, PermutedClasses.kappa
"""What a relabelling must gain in macro-F1 and reach in kappa: as HR207 asks."""


class Candidate(NamedTuple):
    """A scale, a class order, and how well they fit the trial images.

    `columns` says which output belongs to each class of the dataset.
    """

    scale: str
    order: str
    columns: Ints
    errors: Floats
    balanced_accuracy: float


@dataclass(frozen=True, eq=False)
class Conventions:
    """What was found, or given.

    Attributes
    ----------
    scale : str
    order : str
    columns : (n_classes,) int
        Which output belongs to each class.
    trials : DataFrame, one row per candidate
        `scale`, `order`, `balanced_accuracy`, `loss` (class-balanced, in nats) and
        `fits` (taken, equally well, or no).
    notes : tuple of str
    """

    scale: str
    order: str
    columns: Ints
    trials: pd.DataFrame
    notes: tuple[str, ...]


def trial_rows(truth: Ints, *, most: int = MOST_PER_CLASS) -> Ints:
    """Rows of at most `most` images of each class, evenly spread."""
    chosen = []
    for label in np.unique(truth):
        rows = np.flatnonzero(truth == label)
        few = min(len(rows), most)
        chosen.append(rows[(np.arange(few) * len(rows)) // few])
    return np.sort(np.concatenate(chosen)).astype(np.int64)


def find_conventions(
    trials: Mapping[str, Floats],
    truth: Ints,
    class_names: tuple[str, ...],
    *,
    orders: Mapping[str, Ints],
    relabel: bool = False,
) -> Conventions:
    """The scale and order that make the true labels of a few images likeliest.

    Parameters
    ----------
    trials : mapping of scale to (n_images, n_outputs) float
        What the model gave for the trial images on each scale, the usual one first.
    truth : (n_images,) int
    class_names : tuple of str
    orders : mapping of name to (n_classes,) int
        Class orders that may be, the usual one first: which output belongs to each
        class.
    relabel : bool
        Try the one-to-one relabelling that agrees best with the truth, too.
    """
    candidates = [
        candidate
        for scale, outputs in trials.items()
        for candidate in _candidates(
            scale, outputs, truth, class_names, orders, relabel
        )
    ]
    weights = _balanced(truth)
    losses = np.array([float(weights @ one.errors) for one in candidates])
    # Of equal ones the first, which is the usual one.
    best = int(losses.argmin())
    equal = [
        n
        for n, one in enumerate(candidates)
        if n != best and not _worse(one.errors, candidates[best].errors, weights)
    ]
    taken = min([best, *equal])
    equal = sorted({best, *equal} - {taken})
    rows = [
        (one.scale, one.order, one.balanced_accuracy, loss)
        for one, loss in zip(candidates, losses, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["scale", "order", "balanced_accuracy", "loss"])
    table["fits"] = "no"
    table.loc[equal, "fits"] = "equally well"
    table.loc[taken, "fits"] = "taken"
    one = candidates[taken]
    return Conventions(
        one.scale, one.order, one.columns, table, tuple(_notes(table, len(truth)))
    )


def class_orders(class_names: tuple[str, ...]) -> dict[str, Ints]:
    """The orders in which a model's outputs may stand: the dataset's, alphabetical."""
    usual = np.arange(len(class_names))
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
) -> Iterator[Candidate]:
    for order, columns in orders.items():
        yield _judged(scale, order, columns, outputs, truth, class_names)
    found = _relabelled(outputs, truth, class_names) if relabel else None
    if found is None or any(np.array_equal(found, one) for one in orders.values()):
        return
    yield _judged(scale, RELABELLED, found, outputs, truth, class_names)


def _judged(
    scale: str,
    order: str,
    columns: Ints,
    outputs: Floats,
    truth: Ints,
    class_names: tuple[str, ...],
) -> Candidate:
    read = decode_outputs(in_class_order(outputs, columns), class_names)
    right = read.y_pred == truth
    if read.proba is None:
        # As sure as a label can be: comparable with probabilities, if crudely.
        errors = np.where(right, 0.0, -np.log(1 / len(class_names)))
    else:
        of_truth = read.proba[np.arange(len(truth)), truth]
        errors = -np.log(np.maximum(of_truth, FLOOR))
    balanced = float(_balanced(truth) @ right)
    return Candidate(scale, order, columns, errors, balanced)


def _relabelled(
    outputs: Floats, truth: Ints, class_names: tuple[str, ...]
) -> Ints | None:
    """Which output belongs to each class, by what the model says of the images."""
    n = len(class_names)
    called = decode_outputs(outputs, class_names).y_pred
    confusion = np.zeros((n, n), dtype=np.int64)
    np.add.at(confusion, (truth, called), 1)
    stands_for = best_relabelling(confusion)
    restored = np.empty_like(confusion)
    restored[:, stands_for] = confusion
    before, after = metrics.totals_of(confusion), metrics.totals_of(restored)
    gain = float(metrics.macro_f1(after) - metrics.macro_f1(before))
    if gain < GAIN or metrics.kappa(after) < KAPPA:
        return None
    return np.argsort(stands_for).astype(np.int64)


def _balanced(truth: Ints) -> Floats:
    """Weights that sum to 1 and give each class in the truth the same share."""
    weights = 1 / np.bincount(truth)[truth]
    summed: Floats = weights / weights.sum()
    return summed


def _worse(errors: Floats, best: Floats, weights: Floats) -> bool:
    """Whether errors are larger than the best ones by more than chance would make."""
    apart = errors - best
    mean = float(weights @ apart)
    error = float(np.sqrt((weights**2) @ (apart - mean) ** 2))
    return mean > APART * error


def _notes(table: pd.DataFrame, n_images: int) -> Iterator[str]:
    taken = table[table["fits"] == "taken"].iloc[0]
    equal = table[table["fits"] == "equally well"]
    for what in ("scale", "order"):
        other = "order" if what == "scale" else "scale"
        tried = table[table[other] == taken[other]]
        if len(tried) < 2:
            continue
        scores = ", ".join(
            f"{row[what]} {row['balanced_accuracy']:.0%}" for _, row in tried.iterrows()
        )
        name = "Pixel scale" if what == "scale" else "Class order"
        same = [one for one in dict.fromkeys(equal[what]) if one != taken[what]]
        if same:
            yield (
                f"{name} {taken[what]} is taken, but {', '.join(same)} "
                f"{'fits' if len(same) == 1 else 'fit'} {n_images} trial images "
                f"equally well (balanced accuracy: {scores}); say so if it is "
                "another one."
            )
        else:
            yield (
                f"{name} {taken[what]}, found by trying {n_images} images (balanced "
                f"accuracy: {scores})."
            )


class Scale(NamedTuple):
    """What pixels are multiplied by, and what is added then, by channel."""

    factor: tuple[float, float, float]
    added: tuple[float, float, float]


_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CAFFE_MEAN = (103.939, 116.779, 123.68)


def _same(factor: float, added: float) -> Scale:
    return Scale((factor,) * 3, (added,) * 3)


def _torch(mean: float, std: float) -> tuple[float, float]:
    return 1 / 255 / std, -mean / std


def _imagenet() -> Scale:
    pairs = [_torch(mean, std) for mean, std in zip(_MEAN, _STD, strict=True)]
    (a, x), (b, y), (c, z) = pairs
    return Scale((a, b, c), (x, y, z))


SCALES: dict[str, Scale] = {
    "0-255": _same(1.0, 0.0),
    "0-1": _same(1 / 255, 0.0),
    "-1-1": _same(1 / 127.5, -1.0),
    "imagenet": _imagenet(),
    "imagenet-caffe": Scale((1.0, 1.0, 1.0), tuple(-one for one in _CAFFE_MEAN)),  # type: ignore[arg-type]
}
"""`imagenet` is 0 to 1 less ImageNet's mean, by its deviation, as in torchvision and in
`keras.applications` with mode torch; `imagenet-caffe` 0 to 255 less its mean (blue,
green, red), as in its mode caffe."""


def as_input(
    pixels: NDArray[np.uint8], channels: int, scale: str
) -> NDArray[np.float32]:
    """(n, size, size) bytes as the (n, size, size, channels) that a model takes.

    Three channels are three times the same picture; a single one is put on the mean of
    the three channels' scales.
    """
    factor, added = (np.array(one) for one in SCALES[scale])
    if channels == 1:
        factor, added = factor.mean(keepdims=True), added.mean(keepdims=True)
    scaled = pixels[..., None].astype(np.float32) * factor.astype(np.float32)
    return scaled + added.astype(np.float32)


def fits(scale: str, channels: int, ends: tuple[float, float]) -> bool:
    """Whether black and white on this scale are the `ends` of what a model can take.

    Quantised inputs say their least and greatest number; within a hundredth of the
    range they are those of the scale.
    """
    low, high = ends
    pixels = np.array([[[0]], [[255]]], dtype=np.uint8)
    black, white = as_input(pixels, channels, scale).reshape(2, -1)
    near = 0.01 * (high - low)
    return bool(abs(black.min() - low) < near and abs(white.max() - high) < near)
