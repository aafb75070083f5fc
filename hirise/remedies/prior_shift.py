"""Prior-shift correction: other class frequencies than in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.arrays import Floats
from hirise.diagnosis.wording import percent
from hirise.errors import InputError, nearest
from hirise.remedies.adjustment import Adjustment
from hirise.remedies.logit_adjustment import training_frequencies
from hirise.remedies.remedy import (
    FitData,
    Fitted,
    PredictionRemedy,
    check_probabilities_vary,
)

MOST_STEPS = 1000
_CLOSE = 1e-8
_LEAST_FREQUENCY = 1e-6


@dataclass(frozen=True)
class PriorShift(PredictionRemedy):
    """Converts probabilities for the class frequencies of training to other ones.

    `target_shares`, frequencies by class name, are estimated from the predictions
    unless given (expectation maximisation; no true label is used). The estimate starts
    from the mean predicted probabilities on val, as in Alexandari et al. (2020),
    arXiv:1901.06852: from the frequencies of training, a classifier with low confidence
    everywhere would seem to find rare classes everywhere.
    """

    key = "prior-shift"
    title = "Prior-shift correction"
    source = "Saerens, Latinne and Decaestecker (2002), Neural Computation 14(1)"
    effect = (
        "Log-loss and accuracy improve if the class frequencies differ from those of "
        "training. An estimate needs calibrated probabilities and is poor for a weak "
        "classifier."
    )

    target_shares: pd.Series[float] | None = None

    def needs_val(self, data: FitData) -> bool:
        return False

    def fit(self, data: FitData) -> Fitted:
        """Estimate the class frequencies of the target, unless they were given."""
        proba = check_probabilities_vary(data.target, data.where)
        names = data.target.class_names
        if self.target_shares is None:
            old, of = _starting_frequencies(data)
            new, n_steps = estimate_frequencies(proba, old)
            end = "in" if n_steps < MOST_STEPS else "stopped after"
            how = f"estimated from {len(proba):,} predictions, {end} {n_steps:,} steps"
        else:
            old, of = training_frequencies(data), "training"
            new, how = _in_class_order(self.target_shares, names), "as given"
            if data.class_frequencies is None:
                of = "val (those of training are unknown)"
        # A frequency of exactly 0 has no logarithm; it rules the class out.
        ratio = np.maximum(new, _LEAST_FREQUENCY) / np.where(old > 0, old, 1)
        offsets = np.where(old > 0, np.log(ratio), 0.0)
        sentence = (
            f"Class frequencies {how}, against those of {of}: "
            f"{_largest_changes(names, old, new)}."
        )
        return self.fitted(
            sentence,
            Adjustment.by_offsets(offsets),
            target_shares=dict(zip(names, map(float, new), strict=True)),
        )


def _starting_frequencies(data: FitData) -> tuple[Floats, str]:
    """Frequencies that the estimate starts from, and whose they are.

    The mean predicted probabilities on val: where the target is like val, nothing is
    then corrected, however far its probabilities are off. Needs no true labels.
    """
    if data.val is None or data.val.proba is None:
        of = "val" if data.class_frequencies is None else "training"
        return training_frequencies(data), of
    return data.val.proba.mean(axis=0), "val, as predicted"


def _largest_changes(names: tuple[str, ...], old: Floats, new: Floats) -> str:
    """The three frequencies that change most."""
    most = np.argsort(-np.abs(new - old), kind="stable")[:3]
    return ", ".join(
        f"{names[i]!r} {percent(new[i])} instead of {percent(old[i])}" for i in most
    )


def estimate_frequencies(proba: Floats, old: Floats) -> tuple[Floats, int]:
    """Class frequencies that make the predictions most likely, and the steps it took.

    Parameters
    ----------
    proba : (n_images, n_classes) float
        Posteriors for the frequencies `old`.
    old : (n_classes,) float
        Class frequencies in training; classes of frequency 0 keep 0.

    References
    ----------
    Saerens, Latinne and Decaestecker (2002), Adjusting the outputs of a classifier to
    new a priori probabilities: a simple procedure.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]])
    >>> estimate_frequencies(proba, np.array([0.5, 0.5]))[0].round(2)
    array([0.82, 0.18])
    """
    seen = old > 0
    likelihood = np.where(seen, proba / np.where(seen, old, 1), 0)
    # An image with probability 0 for every trained class says nothing.
    says = likelihood.sum(axis=1) > 0
    if not says.all():
        likelihood = likelihood[says]
    new = np.where(seen, old, 0) / old.sum()
    for step in range(1, MOST_STEPS + 1):
        # Small frequencies times small likelihoods can underflow to 0 for all classes.
        evidence = np.maximum(likelihood @ new, 1e-300)
        # The mean posterior, without the posterior of each image.
        before, new = new, new * ((1 / evidence) @ likelihood) / len(likelihood)
        if np.abs(new - before).max() < _CLOSE:
            return new, step
    return new, MOST_STEPS


def _in_class_order(frequencies: pd.Series[float], names: tuple[str, ...]) -> Floats:
    unknown = [str(name) for name in frequencies.index if name not in names]
    if unknown:
        raise InputError(
            f"The target frequencies name {unknown[0]!r}, which is not a class of the "
            "run.",
            how=f"Classes are: {', '.join(names)}.{nearest(unknown[0], names)}",
        )
    return np.array(frequencies.reindex(list(names)).fillna(0.0), dtype=np.float64)
