"""What a model's file cannot say, found by trying: pixel scale and class order.

A few images are predicted on every scale; what makes their true labels likeliest is
taken, what fits as well is named beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise import metrics
from hirise.diagnosis.checks.predicted import PermutedClasses
from hirise.diagnosis.relabelling import best_relabelling
from hirise.inference.scores import Floats, read_outputs

Ints = NDArray[np.int64]

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
    read = read_outputs(in_order(outputs, columns), class_names)
    right = read.y_pred == truth
    if read.proba is None:
        # As sure as a label can be: comparable with probabilities, if crudely.
        errors = np.where(right, 0.0, -np.log(1 / len(class_names)))
    else:
        of_truth = read.proba[np.arange(len(truth)), truth]
        errors = -np.log(np.maximum(of_truth, FLOOR))
    balanced = float(_balanced(truth) @ right)
    return Candidate(scale, order, columns, errors, balanced)


def in_order(outputs: Floats, columns: Ints) -> Floats:
    """`outputs` with the column of each class in its place; a single one, turned."""
    if outputs.shape[1] == 1 and np.array_equal(columns, [1, 0]):
        shares = bool(((outputs >= 0) & (outputs <= 1)).all())
        return 1 - outputs if shares else -outputs
    return outputs if outputs.shape[1] == 1 else outputs[:, columns]


def _relabelled(
    outputs: Floats, truth: Ints, class_names: tuple[str, ...]
) -> Ints | None:
    """Which output belongs to each class, by what the model says of the images."""
    n = len(class_names)
    called = read_outputs(outputs, class_names).y_pred
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
    for what, option in (("scale", "--scale"), ("order", "--class-order")):
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
                f"equally well (balanced accuracy: {scores}); if it is another one, "
                f"say so with {option}."
            )
        else:
            yield (
                f"{name} {taken[what]}, found by trying {n_images} images (balanced "
                f"accuracy: {scores}); {option} overrides it."
            )
