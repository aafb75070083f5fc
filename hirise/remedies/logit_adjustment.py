"""Logit adjustment: frequent classes pay for their frequency."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.metrics import confusion_counts, macro_f1, totals_of
from hirise.remedies.adjustment import Adjustment
from hirise.remedies.remedy import Fitted, Ground, Remedy, varied_probabilities
from hirise.remedies.taus import TAUS, counted_moves, label_moves, totals_by_tau

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

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
        truth, logs = ground.labelled_val("τ", " Or give it (--tau).")
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
            f"Give them with --class-shares NAME=SHARE,…"
        )
    truth = ground.val.y_true[ground.val.labelled]
    return np.bincount(truth, minlength=len(names)) / max(len(truth), 1)


def share_lift(shares: Floats) -> Floats:
    """ln(largest share / share) per class; 0 for a class that was never trained."""
    lift: Floats = np.zeros(len(shares))
    seen = shares > 0
    lift[seen] = np.log(shares.max() / shares[seen])
    return lift
