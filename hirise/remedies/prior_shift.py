"""Prior-shift correction: other class shares than in training, stated or estimated."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.wording import percent
from hirise.errors import InputError, nearest
from hirise.remedies.logit_adjustment import shares_of
from hirise.remedies.remedy import (
    Adjustment,
    Fitted,
    Ground,
    Remedy,
    varied_probabilities,
)

Floats = NDArray[np.float64]

MOST_STEPS = 1000
_CLOSE = 1e-8
_LEAST_SHARE = 1e-6


@dataclass(frozen=True)
class PriorShift(Remedy):
    """Turns probabilities for the training's class shares into those for others.

    `target_shares`, by class name, are estimated from the predictions themselves unless
    given (expectation maximisation; no truth is used). The estimate starts from what
    the classifier says of val on average, as in Alexandari et al. (2020),
    arXiv:1901.06852: with the training's own shares a classifier that is unsure of
    everything would seem to see rare classes everywhere.
    """

    key = "prior-shift"
    title = "Prior-shift correction"
    source = "Saerens, Latinne and Decaestecker (2002), Neural Computation 14(1)"
    effect = (
        "Log-loss and accuracy improve where the class shares differ from training; an "
        "estimate needs calibrated probabilities and is poor for a weak classifier."
    )

    target_shares: "pd.Series[float] | None" = None

    def fit(self, ground: Ground) -> Fitted:
        """Estimate the target's class shares, unless they were given."""
        proba = varied_probabilities(ground.target, ground.where)
        names = ground.target.class_names
        if self.target_shares is None:
            old, of = _expected(ground)
            new, n_steps = estimated_shares(proba, old)
            end = "in" if n_steps < MOST_STEPS else "stopped after"
            how = f"estimated from {len(proba):,} predictions, {end} {n_steps:,} steps"
        else:
            old, of = shares_of(ground), "training"
            new, how = _given(self.target_shares, names), "as given"
            if ground.training_shares is None:
                of = "val (those of training are unknown)"
        # A share of exactly 0 has no logarithm; it rules the class out.
        ratio = np.maximum(new, _LEAST_SHARE) / np.where(old > 0, old, 1)
        offsets = np.where(old > 0, np.log(ratio), 0.0)
        told = (
            f"Class shares {how}, against those of {of}: {_changes(names, old, new)}."
        )
        return self.fitted(
            told,
            Adjustment(1.0, tuple(map(float, offsets))),
            target_shares=dict(zip(names, map(float, new), strict=True)),
        )


def _expected(ground: Ground) -> tuple[Floats, str]:
    """Shares that the estimate starts from, and whose they are.

    What the classifier says of val on average: where the target is like val, nothing
    is then corrected, however far its probabilities are off. Needs no truth.
    """
    if ground.val is None or ground.val.proba is None:
        of = "val" if ground.training_shares is None else "training"
        return shares_of(ground), of
    return ground.val.proba.mean(axis=0), "val, as predicted"


def _changes(names: tuple[str, ...], old: Floats, new: Floats) -> str:
    """The three shares that change most."""
    most = np.argsort(-np.abs(new - old), kind="stable")[:3]
    return ", ".join(
        f"{names[i]!r} {percent(new[i])} instead of {percent(old[i])}" for i in most
    )


def estimated_shares(proba: Floats, old: Floats) -> tuple[Floats, int]:
    """Class shares at which the predictions are most likely, and the steps it took.

    Parameters
    ----------
    proba : (n_images, n_classes) float
        Posteriors for the shares `old`.
    old : (n_classes,) float
        Class shares in training; classes of share 0 keep 0.

    References
    ----------
    Saerens, Latinne and Decaestecker (2002), Adjusting the outputs of a classifier to
    new a priori probabilities: a simple procedure.
    """
    seen = old > 0
    likelihood = np.where(seen, proba / np.where(seen, old, 1), 0)
    # An image whose every trained class has probability 0 tells nothing.
    likelihood = likelihood[likelihood.sum(axis=1) > 0]
    new = np.where(seen, old, 0) / old.sum()
    for step in range(1, MOST_STEPS + 1):
        posterior = likelihood * new
        posterior /= np.maximum(posterior.sum(axis=1, keepdims=True), 1e-300)
        before, new = new, posterior.mean(axis=0)
        if np.abs(new - before).max() < _CLOSE:
            return new, step
    return new, MOST_STEPS


def _given(shares: "pd.Series[float]", names: tuple[str, ...]) -> Floats:
    unknown = [str(name) for name in shares.index if name not in names]
    if unknown:
        raise InputError(
            f"The target shares name {unknown[0]!r}, which is no class of the run."
            f"{nearest(unknown[0], names)}"
        )
    return np.array(shares.reindex(list(names)).fillna(0.0), dtype=np.float64)
