"""How a model takes its images, and its class order, found by trying."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.data.resizing import PLAIN, Resizing
from hirise.diagnosis.checks.order import PermutedClasses
from hirise.metrics import metrics
from hirise.metrics.assignment import best_relabelling
from hirise.models.outputs import decode_outputs, in_class_order
from hirise.models.pixel_scales import Encoding

AUTO = "auto"
DATASET, ALPHABETICAL, RELABELLED = "dataset", "alphabetical", "relabelled"
MOST_PER_CLASS = 50
FLOOR = 1e-7
STANDARD_ERRORS = 2.0
"""By which the log-loss of a candidate must exceed the best one to be ruled out."""
GAIN, KAPPA = PermutedClasses.gain, PermutedClasses.kappa
"""What a relabelling must gain in macro-F1 and reach in kappa: as HR207 requires."""


class InputForm(NamedTuple):
    """What a model gets for an image file."""

    encoding: Encoding = Encoding()
    resizing: Resizing = PLAIN


@dataclass(frozen=True, eq=False)
class InputSpec:
    """How a model takes its images, and its class order; found or given.

    Attributes
    ----------
    form : InputForm
    columns : (n_classes,) int
        Which output belongs to each class.
    order : str
        Name of that class order.
    trials : DataFrame, one row per candidate
        `scale`, `channels`, `resize`, `order`, `balanced_accuracy`, `loss`
        (class-balanced, in nats) and `fits` (taken, equally well, or no); empty where
        nothing was tried.
    told : dict of str to str
        What is said of each thing that was tried, by its column in `trials`.
    notes : tuple of str
    """

    form: InputForm
    columns: Ints
    order: str = ""
    trials: pd.DataFrame = field(default_factory=pd.DataFrame)
    told: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class _Candidate(NamedTuple):
    """A form and a class order, with the loss of each trial image."""

    form: InputForm
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
    trials: Mapping[InputForm, Floats],
    truth: Ints,
    class_names: tuple[str, ...],
    *,
    orders: Mapping[str, Ints],
    relabel: bool = False,
    usual: bool = True,
    step: float = 0.0,
) -> InputSpec:
    """The form and order that make the true labels of a few images most likely.

    Parameters
    ----------
    trials : mapping of InputForm to (n_images, n_outputs) float
        Outputs of the model for the trial images in each form, the usual one first.
    truth : (n_images,) int
    class_names : tuple of str
    orders : mapping of name to (n_classes,) int
        Possible class orders, the usual one first: which output belongs to each class.
    relabel : bool
        Try the one-to-one relabelling that agrees best with the true labels, too.
    usual : bool
        Of those that fit equally well take the usual one, else the likeliest.
    step : float
        Of quantised outputs, see `decode_outputs`.

    Examples
    --------
    >>> truth = np.array([0, 1] * 20)
    >>> correct, even = np.eye(2)[truth], np.full((40, 2), 0.5)
    >>> spec = find_input_spec(
    ...     {
    ...         InputForm(Encoding("0-255")): even,
    ...         InputForm(Encoding("0-1")): correct,
    ...     },
    ...     truth,
    ...     ("crater", "dune"),
    ...     orders=class_orders(("crater", "dune")),
    ... )
    >>> spec.form.encoding.scale, spec.order
    ('0-1', 'dataset')
    """
    candidates = [
        candidate
        for form, outputs in trials.items()
        for candidate in _candidates(
            form, outputs, truth, class_names, orders, relabel, step
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
    # The usual one is the first.
    taken = min(equal) if usual else best
    table = pd.DataFrame(
        {
            "scale": [one.form.encoding.scale for one in candidates],
            "channels": [one.form.encoding.channels for one in candidates],
            "resize": [str(one.form.resizing) for one in candidates],
            "order": [one.order for one in candidates],
            "balanced_accuracy": [one.balanced_accuracy for one in candidates],
            "loss": losses,
            "fits": "no",
        }
    )
    table.loc[sorted(equal), "fits"] = "equally well"
    table.loc[taken, "fits"] = "taken"
    chosen = candidates[taken]
    told = dict(_told(table, len(truth)))
    return InputSpec(
        chosen.form, chosen.columns, chosen.order, table, told, tuple(told.values())
    )


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
    form: InputForm,
    outputs: Floats,
    truth: Ints,
    class_names: tuple[str, ...],
    orders: Mapping[str, Ints],
    relabel: bool,
    step: float,
) -> Iterator[_Candidate]:
    tried = dict(orders)
    columns = _relabelling(outputs, truth, class_names) if relabel else None
    if columns is not None and not any(
        np.array_equal(columns, other) for other in orders.values()
    ):
        tried[RELABELLED] = columns
    for order, columns in tried.items():
        decoded = decode_outputs(
            in_class_order(outputs, columns), class_names, step=step
        )
        correct = decoded.y_pred == truth
        if decoded.proba is None:
            # As certain as a label can be: comparable with probabilities, if crudely.
            losses = np.where(correct, 0.0, -np.log(1 / len(class_names)))
        else:
            of_truth = decoded.proba[np.arange(len(truth)), truth]
            losses = -np.log(np.maximum(of_truth, FLOOR))
        balanced = float(_balanced_weights(truth) @ correct)
        yield _Candidate(form, order, columns, losses, balanced)


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


TITLES = {
    "scale": "Pixel scale",
    "channels": "Channel order",
    "resize": "Resizing",
    "order": "Class order",
}


def _told(table: pd.DataFrame, n_images: int) -> Iterator[tuple[str, str]]:
    taken = table[table["fits"] == "taken"].iloc[0]
    equal = table[table["fits"] == "equally well"]
    for column, title in TITLES.items():
        others = [name for name in TITLES if name != column]
        tried = table[(table[others] == taken[others]).all(axis=1)]
        if len(tried) < 2:
            continue
        scores = ", ".join(
            f"{row[column]} {row['balanced_accuracy']:.0%}"
            for _, row in tried.iterrows()
        )
        same = [name for name in dict.fromkeys(equal[column]) if name != taken[column]]
        if same:
            yield (
                column,
                f"{title} {taken[column]} is taken, but {', '.join(same)} "
                f"{'fits' if len(same) == 1 else 'fit'} {n_images} trial images "
                f"equally well (balanced accuracy: {scores}). If this is incorrect, "
                "choose it yourself.",
            )
        else:
            yield (
                column,
                f"{title} {taken[column]}, found by trying {n_images} images (balanced "
                f"accuracy: {scores}).",
            )
