"""Several remedies in a row, and those that cannot be combined."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np

from hirise.errors import InputError
from hirise.predictions import Predictions
from hirise.remedies.folds import FOLDS, folds_of
from hirise.remedies.registry import (
    PREDICTION_KEYS,
    REMEDY_KEYS,
    TRAINING_KEYS,
    WEIGHTS_KEYS,
    remedy_named,
)
from hirise.remedies.rejoin import RejoinPredictions
from hirise.remedies.remedy import FitData, Fitted, PredictionRemedy
from hirise.remedies.reorder import ReorderClasses
from hirise.remedies.training_remedies import TrainingRemedy
from hirise.remedies.weights import WeightsRemedy

_SAME_OFFSETS = (
    "both choose what is added to each class, and the second undoes the first"
)
_SAME_FREQUENCIES = "both replace the class frequencies of training, by different ones"
_VAL_FREQUENCIES = "thresholds chosen on val hold for the class frequencies of val only"
LEAST_CROSSED = 30
"""Labelled images from which parameters are chosen by cross-validation."""

_LAST = "it leaves images out and calibrates by itself, so it goes alone or last"
_FIRST = "the other remedies choose values for each class, so it goes first"

_IN_ORDER = {
    ("logit-adjustment", "thresholds"): _SAME_OFFSETS,
    ("thresholds", "logit-adjustment"): _SAME_OFFSETS,
    ("logit-adjustment", "prior-shift"): _SAME_FREQUENCIES,
    ("prior-shift", "logit-adjustment"): _SAME_FREQUENCIES,
    ("thresholds", "prior-shift"): _VAL_FREQUENCIES,
    ("prior-shift", "thresholds"): _VAL_FREQUENCIES,
    ("prior-shift", "temperature-scaling"): (
        "val, on which the temperature is fitted, does not have the new class "
        "frequencies. Give temperature-scaling first"
    ),
    ("prior-shift", "abstention"): (
        "val, on which confidence is calibrated, does not have the new class "
        "frequencies"
    ),
    ("temperature-scaling", "abstention"): (
        "abstention fits the temperature itself. Leave temperature-scaling out"
    ),
}
"""Pairs of remedies without training, in this order -> why not."""

_RAISING = frozenset(
    (
        "class-weights",
        "class-weights-sqrt",
        "effective-number",
        "balanced-batches",
        "logit-adjusted-loss",
    )
)
_BACKBONES = frozenset(("transfer", "fine-tuning"))
_OF_NETWORK = frozenset(
    (
        "batch-norm",
        "lower-learning-rate",
        "higher-learning-rate",
        "warm-up",
        "output-bias",
        "less-dropout",
        "less-regularisation",
    )
)
_IN_TRAINING = {
    frozenset(("focal-loss", "logit-adjusted-loss")): "a training has one loss",
    frozenset(("output-bias", "balanced-batches")): (
        "in balanced batches all classes are equally frequent"
    ),
    frozenset(("output-bias", "logit-adjusted-loss")): (
        "the loss adds the logarithm of the frequencies itself"
    ),
    frozenset(("label-smoothing", "logit-adjusted-loss")): (
        "the loss would raise the smoothed frequencies of rare classes once more"
    ),
    frozenset(("early-stopping", "select-by-macro-f1")): (
        "early stopping keeps the best epoch by macro-F1 already"
    ),
    frozenset(("lower-learning-rate", "higher-learning-rate")): (
        "one undoes the other"
    ),
    frozenset(("augmentation", "without-augmentation")): "one undoes the other",
    frozenset(("repaired-labels", "relabel-class")): (
        "repaired labels replace all those that the second would change"
    ),
    _BACKBONES: "fine-tuning begins with the same steps as transfer",
}
"""Pairs of remedies that train -> why not."""


class Selection(NamedTuple):
    """Remedies that go together, by what they change."""

    weights: WeightsRemedy | None
    training: tuple[TrainingRemedy, ...]
    predictions: tuple[type[PredictionRemedy], ...]


def select_remedies(keys: Sequence[str]) -> Selection:
    """The remedies with these keys, checked to go together.

    Parameters
    ----------
    keys : sequence of str
        Remedies that train come first, wherever they stand; those without training
        follow in this order.

    Raises
    ------
    InputError
        For an unknown key, and for remedies that conflict, repeat, or come in an order
        that makes no sense.

    Examples
    --------
    >>> selection = select_remedies(["thresholds", "focal-loss"])
    >>> [remedy.key for remedy in (*selection.training, *selection.predictions)]
    ['focal-loss', 'thresholds']
    """
    if not keys:
        raise InputError(
            "No remedy is given.", how=f"Known are: {', '.join(REMEDY_KEYS)}."
        )
    remedies = [remedy_named(key) for key in keys]
    alone = [key for key in keys if key in WEIGHTS_KEYS]
    if alone and len(keys) > 1:
        raise InputError(
            f"{alone[0]} makes its own run and cannot be combined with other remedies.",
            how="Cure the new run with the other remedies.",
        )
    training = [key for key in keys if key in TRAINING_KEYS]
    predictions = [key for key in keys if key in PREDICTION_KEYS]
    for pair in (*combinations(training, 2), *combinations(predictions, 2)):
        _check_pair(*pair)
    raising = [key for key in training if key in _RAISING]
    if raising and "prior-shift" in predictions:
        raise _conflict(
            raising[0],
            "prior-shift",
            "the network no longer follows the class frequencies of training, by which "
            "prior-shift divides",
        )
    if training and RejoinPredictions.key in predictions:
        raise _conflict(
            training[0], RejoinPredictions.key, "a training predicts anew, in one order"
        )
    return Selection(
        next((one for one in remedies if isinstance(one, WeightsRemedy)), None),
        tuple(one for one in remedies if isinstance(one, TrainingRemedy)),
        tuple(one for one in remedies if isinstance(one, type)),
    )


def sensible_order(keys: Collection[str]) -> tuple[str, ...]:
    """The order in which remedies go together: those that train come first.

    Raises
    ------
    InputError
        They do not go together in any order; the reason is that of the usual order.

    Examples
    --------
    >>> sensible_order({"thresholds", "reorder-classes", "warm-up"})
    ('warm-up', 'reorder-classes', 'thresholds')
    """
    usual = tuple(key for key in REMEDY_KEYS if key in keys)
    training = tuple(key for key in usual if key in TRAINING_KEYS)
    others = tuple(key for key in usual if key not in TRAINING_KEYS)
    for order in permutations(others):
        try:
            select_remedies((*training, *order))
        except InputError:
            continue
        return (*training, *order)
    select_remedies((*training, *others))
    return (*training, *others)


def _check_pair(first: str, second: str) -> None:
    """Refuse two remedies of one kind that do not go together in this order."""
    pair = frozenset((first, second))
    if first == second:
        reason: str | None = "once is enough"
    elif pair <= _RAISING:
        reason = "both raise the rare classes, the second on top of the first"
    elif pair & _BACKBONES and pair & _OF_NETWORK:
        reason = "another network with settings of its own takes the place of this one"
    elif first == "abstention":
        reason = _LAST
    elif second == RejoinPredictions.key:
        reason = "the rows are joined first"
    elif second == ReorderClasses.key and first != RejoinPredictions.key:
        reason = _FIRST
    else:
        reason = _IN_ORDER.get((first, second)) or _IN_TRAINING.get(pair)
    if reason is not None:
        raise _conflict(first, second, reason)


def _conflict(first: str, second: str, reason: str) -> InputError:
    return InputError(f"{first} cannot be combined with {second}: {reason}.")


@dataclass(frozen=True)
class Cured:
    """Predictions before and after remedies.

    Attributes
    ----------
    before, after : Predictions
        `after` may hold fewer images, where some are left unanswered.
    steps : tuple of Fitted
        In the order applied.
    """

    before: Predictions
    after: Predictions
    steps: tuple[Fitted, ...]

    @property
    def coverage(self) -> float:
        """Fraction of the images that are answered."""
        return len(self.after) / len(self.before)


def cure(data: FitData, remedies: Sequence[PredictionRemedy]) -> Cured:
    """Fit and apply remedies one after the other, each to the result of the last.

    Raises
    ------
    InputError
        Remedies that conflict, or one that cannot work here.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from hirise.predictions import Predictions
    >>> from hirise.remedies.logit_adjustment import LogitAdjustment
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4]])
    >>> predictions = Predictions(np.array([0, 0]), ("a", "b"), np.array([0, 1]), proba)
    >>> frequencies = pd.Series({"a": 0.75, "b": 0.25})
    >>> data = FitData(predictions, None, frequencies)
    >>> cured = cure(data, [LogitAdjustment(tau=1.0)])
    >>> cured.after.y_pred.tolist()
    [0, 1]
    """
    select_remedies([remedy.key for remedy in remedies])
    if data.crossed and any(remedy.needs_val(data) for remedy in remedies):
        return _cured_by_folds(data, remedies)
    steps = _fitted(data, remedies)
    return Cured(data.target, _applied(steps, data.target), steps)


def _fitted(data: FitData, remedies: Sequence[PredictionRemedy]) -> tuple[Fitted, ...]:
    """Each remedy, fitted on what those before it made of the predictions."""
    steps: list[Fitted] = []
    for remedy in remedies:
        is_lacking = data.crossed and not remedy.needs_val(data)
        fitted = remedy.fit(replace(data, val=None) if is_lacking else data)
        steps.append(fitted)
        if remedy is remedies[-1]:
            break  # nothing is fitted after it
        val = data.val
        if val is not None and val.proba is not None:
            val = fitted(val)
        data = replace(data, target=fitted(data.target), val=val)
    return tuple(steps)


def _applied(steps: Sequence[Fitted], predictions: Predictions) -> Predictions:
    for step in steps:
        predictions = step(predictions)
    return predictions


def _cured_by_folds(data: FitData, remedies: Sequence[PredictionRemedy]) -> Cured:
    """Cure each fifth of the images with what the other four fifths choose.

    The steps are those that all images choose, for images that are still to come.
    """
    n_labelled = int(data.target.labelled.sum())
    if n_labelled < LEAST_CROSSED:
        raise InputError(
            f"{data.where} has no val split, and only {n_labelled} images with a true "
            f"label. {LEAST_CROSSED} are needed to choose by cross-validation.",
            how="Import predictions of both val and test.",
        )
    before, joined = data.target, tuple[Fitted, ...]()
    if remedies[0].key == RejoinPredictions.key:
        # The order of the rows is lost within a fold.
        joined = _fitted(data, remedies[:1])
        data, remedies = replace(data, target=joined[0](before)), remedies[1:]
    target, fold = data.target, folds_of(data.target)
    # Images that are left unanswered are known by the number in place of their name.
    numbers = np.arange(len(target)).astype(str).astype(object)
    numbered = replace(target, image=numbers)
    parts = []
    for number in range(FOLDS):
        others = np.flatnonzero(fold != number)
        own = numbered.take(np.flatnonzero(fold == number))
        if len(own):
            chosen = replace(data, target=own, val=numbered.take(others))
            parts.append(_applied(_fitted(chosen, remedies), own))
    after = _joined(parts, target)
    return Cured(before, after, (*joined, *map(_told, _fitted(data.whole(), remedies))))


def _joined(parts: Sequence[Predictions], target: Predictions) -> Predictions:
    """The images of all parts, in their order in `target` and with their names."""
    numbers = np.concatenate([np.asarray(p.image, dtype=object) for p in parts])
    order = np.argsort(numbers.astype(np.int64), kind="stable")
    rows = numbers.astype(np.int64)[order]
    probas = [part.proba for part in parts if part.proba is not None]
    return replace(
        target.take(rows),
        y_pred=np.concatenate([part.y_pred for part in parts])[order],
        proba=np.concatenate(probas)[order] if len(probas) == len(parts) else None,
    )


def _told(step: Fitted) -> Fitted:
    sentence = (
        f"{step.sentence} For the comparison each fifth of the images was cured with "
        "what the other four fifths choose, as there is no val split."
    )
    return replace(
        step, sentence=sentence, parameters={**step.parameters, "folds": FOLDS}
    )
