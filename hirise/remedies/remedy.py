"""The form of a remedy, and of what one without training is fitted on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.diagnosis.collapse_kind import KIND_RULES
from hirise.errors import InputError
from hirise.predictions import Predictions
from hirise.remedies.adjustment import (
    Adjustment,
    adjust,
    log_probabilities,
    take_confident,
)

Requirement = Literal["nothing", "head", "training", "labelling"]
"""What must be done again: `head` is the last layer, `labelling` the data too."""

Parameters = Mapping[str, float | str | dict[str, float]]
"""What was chosen, for `run.json`: numbers, or numbers by class name."""


@dataclass(frozen=True)
class RemedyInfo:
    """A remedy as people see it.

    Attributes
    ----------
    key, title : str
        `title` is a noun phrase.
    requires : {"nothing", "head", "training", "labelling"}
    source : str
        Paper, with its arXiv id if it has one.
    effect, cost : str
        What to expect, and how long it takes.
    """

    key: str
    title: str
    requires: Requirement
    source: str
    effect: str
    cost: str


@dataclass(frozen=True)
class FitData:
    """What a remedy without training is fitted on.

    Attributes
    ----------
    target : Predictions
        What is to be cured. Its true labels are read by `rejoin-predictions`, and
        where parameters are chosen by cross-validation.
    val : Predictions, optional
        Labelled images other than those of `target`, on which parameters are chosen.
    class_frequencies : Series, optional
        Frequency of each class in the training labels, by class name.
    where : str
        Whose predictions these are, for messages.
    label_doubt : str, optional
        Why the labels of `val` cannot be trusted, or of `target` if it is crossed.
    crossed : bool
        There is no `val`: parameters are chosen by cross-validation on `target`.
    """

    target: Predictions
    val: Predictions | None = None
    class_frequencies: pd.Series[float] | None = None
    where: str = "The run"
    label_doubt: str | None = None
    crossed: bool = False

    @property
    def chosen_on(self) -> str:
        """The images that parameters are chosen on, for sentences."""
        return "all images" if self.crossed else "val"

    def whole(self) -> FitData:
        """The same, with all images to choose on where there is no `val`."""
        is_lacking = self.crossed and self.val is None
        return replace(self, val=self.target) if is_lacking else self

    def labelled_val(self, choice: str, alternative: str = "") -> tuple[Ints, Floats]:
        """True labels and log-probabilities of the labelled images of val.

        Raises
        ------
        InputError
            Where `choice`, such as "τ", cannot be made on val. `alternative` is another
            way, such as " Or give it.".
        """
        if self.val is None:
            raise InputError(
                f"{self.where} has no predictions of a val split beside "
                f"{self.target.split or 'the one evaluated'}, so {choice} cannot be "
                "chosen.",
                how=f"Import predictions of both val and test.{alternative}",
            )
        if self.label_doubt is not None:
            raise InputError(
                f"{self.where}: {choice} cannot be chosen on {self.chosen_on}, as "
                f"{self.label_doubt}.",
                how="Repair the labels first: `hirise check` writes the correct ones."
                f"{alternative}",
            )
        proba = check_probabilities_vary(self.val, self.where)
        rows = self.val.labelled
        truth = self.val.y_true
        if truth is None or len(np.unique(truth[rows])) < 2:
            raise InputError(
                f"{self.where}: {choice} cannot be chosen on {self.chosen_on}, which "
                "have true labels of fewer than two classes.",
                how=f"Give them their true labels.{alternative}",
            )
        return truth[rows], log_probabilities(proba[rows])


def check_probabilities_vary(predictions: Predictions, where: str) -> Floats:
    """The probabilities, if there are any and they differ between images.

    Raises
    ------
    InputError
        If not.

    Examples
    --------
    >>> proba = np.array([[0.6, 0.4], [0.1, 0.9]])
    >>> predictions = Predictions(np.array([0, 1]), ("a", "b"), proba=proba)
    >>> check_probabilities_vary(predictions, "my-run").shape
    (2, 2)
    """
    if predictions.proba is None:
        raise InputError(
            f"{where} has only labels for {predictions.split or 'its images'}. This "
            "remedy needs a probability for each class.",
            how="Import predictions that have them.",
        )
    if len(predictions) > 1 and not any(
        log_probabilities(column).std() >= KIND_RULES.logit_std
        for column in predictions.proba.T
    ):
        raise InputError(
            f"{where} gives all {len(predictions):,} {predictions.split} images the "
            "same probabilities, so no adjustment of them separates images.",
            how="Retrain, with a lower learning rate or from a network that was "
            "trained before.",
        )
    return predictions.proba


@dataclass(frozen=True)
class Fitted:
    """A remedy with its parameters; calling it cures predictions.

    Attributes
    ----------
    key, title : str
        Of the remedy.
    parameters : mapping
        What was chosen, for `run.json`: numbers, or numbers by class name.
    sentence : str
        The same for people.
    adjustment : Adjustment
    least_confidence : float
        Images below it are left unanswered.
    """

    key: str
    title: str
    parameters: Parameters
    sentence: str
    adjustment: Adjustment
    least_confidence: float = 0.0

    def __call__(self, predictions: Predictions) -> Predictions:
        """The images that are answered, adjusted.

        Raises
        ------
        InputError
            No image is answered.
        """
        return take_confident(
            adjust(predictions, self.adjustment), self.least_confidence
        )


class PredictionRemedy(ABC):
    """A remedy that changes predictions and trains nothing.

    Attributes
    ----------
    key, title, requires, source, effect, cost
        See `RemedyInfo`.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    requires: ClassVar[Requirement] = "nothing"
    source: ClassVar[str]
    effect: ClassVar[str]
    cost: ClassVar[str] = "seconds"

    @abstractmethod
    def fit(self, data: FitData) -> Fitted:
        """Choose the parameters; `InputError` where it cannot work."""

    def needs_val(self, data: FitData) -> bool:
        """Whether parameters are chosen by the true labels of other images."""
        return True

    def fit_whole(self, data: FitData) -> Fitted:
        """`fit`, on all images where there are no others to choose on."""
        return self.fit(data.whole() if self.needs_val(data) else data)

    def fitted(
        self,
        sentence: str,
        adjustment: Adjustment,
        *,
        least_confidence: float = 0.0,
        **parameters: float | str | dict[str, float],
    ) -> Fitted:
        """The remedy with what was chosen."""
        return Fitted(
            self.key, self.title, parameters, sentence, adjustment, least_confidence
        )
