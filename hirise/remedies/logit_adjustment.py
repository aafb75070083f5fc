"""Logit adjustment: frequent classes pay for their frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hirise.arrays import Floats
from hirise.errors import InputError, parameter
from hirise.remedies.adjustment import Adjustment
from hirise.remedies.remedy import (
    FitData,
    Fitted,
    PredictionRemedy,
    check_probabilities_vary,
)
from hirise.remedies.tau import TAUS, TauSteps, macro_f1_by_tau, tau_steps

MOST_TAU = 10.0


@dataclass(frozen=True)
class LogitAdjustment(PredictionRemedy):
    """Takes τ · ln frequency in training from each class's log-probability.

    `tau` is chosen on val by macro-F1 unless given.
    """

    key = "logit-adjustment"
    title = "Logit adjustment"
    source = "Menon et al. (2021), arXiv:2007.07314"
    effect = (
        "Rare classes are predicted more often: balanced accuracy rises, but "
        "accuracy may fall. It cures a collapse whose ranking is correct (kind "
        "`thresholded`)."
    )

    tau: float | None = None

    def __post_init__(self) -> None:
        if self.tau is not None and not 0 <= self.tau <= MOST_TAU:
            raise InputError(f"τ must be from 0 to {MOST_TAU:g}, got {self.tau:g}.")

    def needs_val(self, data: FitData) -> bool:
        return self.tau is None or data.class_frequencies is None

    def fit(self, data: FitData) -> Fitted:
        """Choose τ, unless it was given."""
        check_probabilities_vary(data.target, data.where)
        if self.tau is not None:
            return self._fitted(self.tau, data, f"τ = {self.tau:g}, as given.")
        truth, logs = data.labelled_val("τ", f" Or give it ({parameter('tau')}).")
        offsets = frequency_offsets(training_frequencies(data))
        scores = macro_f1_by_tau(truth, logs, offsets)
        best = int(np.argmax(scores))
        sentence = (
            f"τ = {TAUS[best]:g}, chosen on {data.chosen_on}: macro-F1 there is "
            f"{scores[best]:.3f} "
            f"({scores[0]:.3f} without)."
        )
        if not best:
            sentence += " No τ above 0 helps there, so nothing changes."
        return self._fitted(float(TAUS[best]), data, sentence)

    def _fitted(self, tau: float, data: FitData, sentence: str) -> Fitted:
        if data.class_frequencies is None:
            sentence += (
                f" The class frequencies are those of {data.chosen_on}, as those of "
                "training are unknown."
            )
        offsets = tau * frequency_offsets(training_frequencies(data))
        return self.fitted(sentence, Adjustment.by_offsets(offsets), tau=tau)


def training_frequencies(data: FitData) -> Floats:
    """Class frequencies in training, else in val, in the order of the ids.

    Raises
    ------
    InputError
        Neither is known.

    Examples
    --------
    >>> from hirise.predictions import Predictions
    >>> val = Predictions(np.zeros(4, int), ("a", "b"), np.array([0, 0, 0, 1]))
    >>> training_frequencies(FitData(val, val, None, "my-run")).tolist()
    [0.75, 0.25]
    """
    names = data.target.class_names
    if data.class_frequencies is not None:
        known = data.class_frequencies.reindex(list(names)).fillna(0.0)
        return np.array(known, dtype=np.float64)
    if data.val is None or data.val.y_true is None:
        raise InputError(
            f"{data.where} does not tell the class frequencies of its training labels.",
            how=f"Give them with {parameter('training_shares')}.",
        )
    truth = data.val.y_true[data.val.labelled]
    return np.bincount(truth, minlength=len(names)) / max(len(truth), 1)


def frequency_offsets(frequencies: Floats) -> Floats:
    """ln(largest frequency / frequency) per class; 0 for a class never trained on.

    Examples
    --------
    >>> frequency_offsets(np.array([0.8, 0.2, 0.0])).round(2)
    array([0.  , 1.39, 0.  ])
    """
    offsets: Floats = np.zeros(len(frequencies))
    trained = frequencies > 0
    offsets[trained] = np.log(frequencies.max() / frequencies[trained])
    return offsets


@dataclass(frozen=True)
class TauChoice:
    """What each τ does to the target.

    Attributes
    ----------
    steps : TauSteps
    chosen : float, optional
        The τ that is best on val; None where val cannot tell.
    sentence : str
        How it was chosen, or why it could not be.
    on_val : bool
        The target is val itself, on which τ was chosen.
    """

    steps: TauSteps
    chosen: float | None
    sentence: str
    on_val: bool


def explore_taus(data: FitData) -> TauChoice:
    """Count what each τ does to the target.

    Raises
    ------
    InputError
        No probabilities that differ between images, or unknown class frequencies.

    Examples
    --------
    >>> from hirise.predictions import Predictions
    >>> proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    >>> val = Predictions(np.zeros(4, int), ("a", "b"), np.array([0, 0, 0, 1]), proba)
    >>> explored = explore_taus(FitData(val, val, None, "my-run"))
    >>> explored.chosen, explored.steps.confusion(explored.chosen).to_numpy().tolist()
    (0.4, [[3, 0], [0, 1]])
    """
    check_probabilities_vary(data.target, data.where)
    try:
        frequencies = training_frequencies(data)
    except InputError as error:
        raise InputError(
            f"{data.where} does not tell the class frequencies of its training labels, "
            "and has no val split with true labels either, so no τ can be tried.",
            how="Import predictions of val too.",
        ) from error
    steps = tau_steps(data.target, frequency_offsets(frequencies))
    try:
        fitted = LogitAdjustment().fit(data)
    except InputError as error:
        return TauChoice(steps, None, str(error), on_val=False)
    chosen = float(str(fitted.parameters["tau"]))
    return TauChoice(steps, chosen, fitted.sentence, on_val=data.val is data.target)
