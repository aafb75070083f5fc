"""Logit adjustment: frequent classes pay for their frequency; every τ at a glance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError, parameter
from hirise.metrics import metrics
from hirise.metrics.metrics import Totals, confusion_counts, macro_f1, totals_of
from hirise.predictions import Predictions
from hirise.remedies.remedy import (
    Adjustment,
    Fitted,
    Ground,
    Remedy,
    log_probabilities,
    varied_probabilities,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TAUS = np.round(np.arange(0, 3.01, 0.05), 2)
"""Values of τ that are tried; 0 changes nothing, 1 makes all classes equally likely."""

_CELLS = 4_000_000
"""Scores that are held at once."""


def label_moves(logs: Floats, lift: Floats, called: Ints) -> tuple[Ints, ...]:
    """Image, step (position in `TAUS`), label before and label after of each change.

    Parameters
    ----------
    logs : (n_images, n_classes) float
        Log-probabilities.
    lift : (n_classes,) float
        What a τ of 1 adds to each log-probability.
    called : (n_images,) int
        The labels without τ.

    Returns
    -------
    four (n_moves,) int
    """
    size = max(1, _CELLS // len(lift))
    found = [
        _moves_of(logs[at : at + size], lift, called[at : at + size])
        for at in range(0, len(logs), size)
    ]
    images = [at * size + moves[0] for at, moves in enumerate(found)]
    others = [[moves[i] for moves in found] for i in (1, 2, 3)]
    return tuple(np.concatenate(parts) for parts in (images, *others))


def _moves_of(logs: Floats, lift: Floats, called: Ints) -> tuple[Ints, ...]:
    """The same of a part of the images.

    Scores are straight lines over τ, so a label that is the same at two values is the
    same between them: only images that differ at both ends are looked at again.
    """
    logs = np.ascontiguousarray(logs)

    def labels(rows: NDArray[np.intp] | slice, step: int) -> Ints:
        named: Ints = (logs[rows] + TAUS[step] * lift).argmax(axis=1)
        return named

    rows, last = np.arange(len(logs)), len(TAUS) - 1
    first = logs.argmax(axis=1)
    # Labels that are not the most probable class give way to it with the first step.
    other = np.flatnonzero(first != called)
    found = [(other, np.ones(len(other), dtype=int), called[other], first[other])]
    ahead = [(0, last, rows, first, labels(slice(None), last))]
    while ahead:
        low, high, rows, before, after = ahead.pop()
        moved = before != after
        rows, before, after = rows[moved], before[moved], after[moved]
        if high - low == 1:
            found.append((rows, np.full(len(rows), high), before, after))
        elif len(rows):
            middle = (low + high) // 2
            between = labels(rows, middle)
            ahead.append((low, middle, rows, before, between))
            ahead.append((middle, high, rows, between, after))
    return tuple(np.concatenate([part[i] for part in found]) for i in range(4))


def counted_moves(
    step: Ints, true: Ints, before: Ints, after: Ints, n_classes: int
) -> pd.DataFrame:
    """How many images (`n`) change alike, by the other parameters, each (n_moves,)."""
    shape = (len(TAUS), n_classes, n_classes, n_classes)
    codes, n = np.unique(
        np.ravel_multi_index((step, true, before, after), shape), return_counts=True
    )
    names = ("step", "true", "before", "after")
    columns = dict(zip(names, np.unravel_index(codes, shape), strict=True))
    return pd.DataFrame({**columns, "n": n})


def totals_by_tau(start: Ints, moves: pd.DataFrame) -> Totals:
    """What metrics depend on at each step: (n_steps, n_classes).

    Parameters
    ----------
    start : (n_classes, n_classes) int
        Images by true (row) and predicted class, without τ.
    moves : DataFrame
        As `counted_moves` gives them.
    """
    hits, predicted = np.zeros((2, len(TAUS), len(start)))
    step, true, before, after, n = moves.to_numpy().T
    np.add.at(predicted, (step, before), -n)
    np.add.at(predicted, (step, after), n)
    np.add.at(hits, (step, true), n * (after == true) - n * (before == true))
    return Totals(
        np.diagonal(start) + hits.cumsum(axis=0),
        np.tile(start.sum(axis=1), (len(TAUS), 1)).astype(float),
        start.sum(axis=0) + predicted.cumsum(axis=0),
    )


MOST_TAU = 10.0


@dataclass(frozen=True)
class LogitAdjustment(Remedy):
    """Takes τ · ln share of the training labels from each class's log-probability.

    `tau` is chosen on val by macro-F1 unless given.
    """

    key = "logit-adjustment"
    title = "Logit adjustment"
    source = "Menon et al. (2021), arXiv:2007.07314"
    effect = (
        "Rare classes are named more often: balanced accuracy rises, accuracy may "
        "fall. Cures a collapse whose ranking is right (kind `thresholded`)."
    )

    tau: float | None = None

    def __post_init__(self) -> None:
        if self.tau is not None and not 0 <= self.tau <= MOST_TAU:
            raise InputError(f"τ must be from 0 to {MOST_TAU:g}, got {self.tau:g}.")

    def fit(self, ground: Ground) -> Fitted:
        """Choose τ, unless it was given."""
        varied_probabilities(ground.target, ground.where)
        if self.tau is not None:
            told = f"τ = {self.tau:g}, as given."
            return self._with(self.tau, ground, told)
        truth, logs = ground.labelled_val("τ", f" Or give it ({parameter('tau')}).")
        lift = share_lift(shares_of(ground))
        scores = _macro_f1_by_tau(truth, logs, lift)
        best = int(np.argmax(scores))
        told = (
            f"τ = {TAUS[best]:g}, chosen on val: macro-F1 there is {scores[best]:.3f} "
            f"({scores[0]:.3f} without)."
        )
        if not best:
            told += " No τ above 0 helps there, so nothing changes."
        return self._with(float(TAUS[best]), ground, told)

    def _with(self, tau: float, ground: Ground, told: str) -> Fitted:
        if ground.training_shares is None:
            told += " The class shares are those of val, as the training's are unknown."
        offsets = tau * share_lift(shares_of(ground))
        return self.fitted(told, Adjustment(1.0, tuple(map(float, offsets))), tau=tau)


def _macro_f1_by_tau(truth: Ints, logs: Floats, lift: Floats) -> Floats:
    """Macro-F1 at each of `TAUS`, in one look at the images for all of them."""
    n_classes = logs.shape[1]
    called = logs.argmax(axis=1)
    image, step, before, after = label_moves(logs, lift, called)
    moves = counted_moves(step, truth[image], before, after, n_classes)
    start = confusion_counts(truth, called, n_classes)
    return macro_f1(totals_by_tau(start, moves))


def macro_f1_of(truth: Ints, scores: Floats) -> float:
    """Macro-F1 of naming the class with the highest score, (n_images, n_classes)."""
    counts = confusion_counts(truth, scores.argmax(axis=1), scores.shape[1])
    return float(macro_f1(totals_of(counts)))


def shares_of(ground: Ground) -> Floats:
    """Class shares of the training labels, else of val, in the order of the ids.

    Raises
    ------
    InputError
        Neither is known.
    """
    names = ground.target.class_names
    if ground.training_shares is not None:
        known = ground.training_shares.reindex(list(names)).fillna(0.0)
        return np.array(known, dtype=np.float64)
    if ground.val is None or ground.val.y_true is None:
        raise InputError(
            f"{ground.where} does not tell the class shares of its training labels. "
            f"Give them with {parameter('training_shares', 'NAME=SHARE,…')}."
        )
    truth = ground.val.y_true[ground.val.labelled]
    return np.bincount(truth, minlength=len(names)) / max(len(truth), 1)


def share_lift(shares: Floats) -> Floats:
    """ln(largest share / share) per class; 0 for a class that was never trained."""
    lift: Floats = np.zeros(len(shares))
    seen = shares > 0
    lift[seen] = np.log(shares.max() / shares[seen])
    return lift


STEP = 0.05
"""From one of `TAUS` to the next."""

SHOWN = (metrics.accuracy, metrics.balanced_accuracy, metrics.macro_f1)
"""Metrics in the table of all steps."""


@dataclass(frozen=True)
class TauSteps:
    """Which images change their label from one τ to the next.

    Few images change, and each at few steps: these moves, and the matrix without τ,
    are all that must be kept to tell the matrix at any τ.

    Attributes
    ----------
    start : DataFrame of int
        Images by true class (index) and label as predicted (columns), without τ.
        Where no truth is known, all images by the label that they have.
    moves : DataFrame of int
        `step` (position in `TAUS`) from which on `n` images of class `true` are no
        longer called `before` but `after`; class ids.
    table : DataFrame, one row per τ that is tried
        `tau`, `n_changed` (images that have another label than without τ) and, where
        truth is known, `accuracy`, `balanced_accuracy` and `macro_f1`.
    """

    start: pd.DataFrame
    moves: pd.DataFrame
    table: pd.DataFrame

    @property
    def has_truth(self) -> bool:
        """Whether the rows of the matrices are true classes."""
        return "accuracy" in self.table

    def confusion(self, tau: float) -> pd.DataFrame:
        """The matrix at the step nearest to `tau`, in the form of `start`."""
        counts = self.start.to_numpy(copy=True)
        done = self.moves[self.moves["step"] <= step_of(tau)]
        np.add.at(counts, (done["true"], done["before"]), -done["n"])
        np.add.at(counts, (done["true"], done["after"]), done["n"])
        return pd.DataFrame(counts, self.start.index, self.start.columns)

    def labels(self, tau: float) -> pd.DataFrame:
        """True images and those called so, without τ and at the step nearest to `tau`.

        Indexed by class name: `n_true` (where truth is known), `n_before`, `n_after`.
        """
        table = pd.DataFrame(
            {
                "n_true": self.start.sum(axis=1),
                "n_before": self.start.sum(axis=0),
                "n_after": self.confusion(tau).sum(axis=0),
            }
        ).rename_axis("class_name")
        return table if self.has_truth else table.drop(columns="n_true")


def step_of(tau: float) -> int:
    """Position in `TAUS` of the value nearest to `tau`."""
    return int(np.clip(round(tau / STEP), 0, len(TAUS) - 1))


def tau_steps(predictions: Predictions, lift: Floats) -> TauSteps:
    """Count what each τ of `TAUS` does to the labels.

    Parameters
    ----------
    predictions : Predictions
        With probabilities. Of the images without a true label none is counted, unless
        no image has one.
    lift : (n_classes,) float
        What a τ of 1 adds to each log-probability, as `share_lift` gives it.

    Returns
    -------
    TauSteps
    """
    if predictions.proba is None:
        raise ValueError("`predictions` must have probabilities.")
    has_truth = bool(predictions.labelled.any())
    rows = np.flatnonzero(predictions.labelled | (not has_truth))
    called = predictions.y_pred[rows]
    truth = predictions.y_true
    true = truth[rows] if has_truth and truth is not None else called
    whole = len(rows) == len(predictions)
    proba = predictions.proba if whole else predictions.proba[rows]
    image, step, before, after = label_moves(log_probabilities(proba), lift, called)
    turned = (after != called[image]).astype(int) - (before != called[image])
    n_changed = np.bincount(step, turned, minlength=len(TAUS)).cumsum().astype(int)
    moves = counted_moves(step, true[image], before, after, len(lift))
    names = predictions.class_names
    start = pd.DataFrame(
        confusion_counts(true, called, len(names)),
        index=pd.Index(names, name="true"),
        columns=pd.Index(names, name="predicted"),
    )
    table = pd.DataFrame({"tau": TAUS, "n_changed": n_changed})
    if has_truth:
        totals = totals_by_tau(start.to_numpy(), moves)
        table = table.assign(**{one.__name__: one(totals) for one in SHOWN})
    return TauSteps(start, moves, table)


@dataclass(frozen=True)
class TauLook:
    """What each τ does to the target.

    Attributes
    ----------
    steps : TauSteps
    chosen : float, optional
        The τ that is best on val; None where val cannot tell.
    told : str
        How it was chosen, or why it could not be, in a sentence.
    on_val : bool
        The target is val itself, on which τ was chosen.
    """

    steps: TauSteps
    chosen: float | None
    told: str
    on_val: bool


def look_at_taus(ground: Ground) -> TauLook:
    """Count what each τ does to the target.

    Raises
    ------
    InputError
        No probabilities that tell images apart, or class shares that nobody knows.
    """
    varied_probabilities(ground.target, ground.where)
    try:
        shares = shares_of(ground)
    except InputError as error:
        raise InputError(
            f"{ground.where} does not tell how often each class was trained, and has "
            f"no val split with true labels either, so no τ can be tried."
        ) from error
    steps = tau_steps(ground.target, share_lift(shares))
    try:
        fitted = LogitAdjustment().fit(ground)
    except InputError as error:
        return TauLook(steps, None, str(error), on_val=False)
    chosen = float(str(fitted.parameters["tau"]))
    return TauLook(steps, chosen, fitted.told, on_val=ground.val is ground.target)
