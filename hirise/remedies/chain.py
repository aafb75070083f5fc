"""Several remedies without training, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hirise.predictions import Predictions
from hirise.remedies.compatibility import select_remedies
from hirise.remedies.remedy import FitData, Fitted, PredictionRemedy


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
    steps: list[Fitted] = []
    current = data
    for remedy in remedies:
        fitted = remedy.fit(current)
        val = current.val
        # Nothing is fitted after the last remedy, so val need not follow it.
        if val is not None and val.proba is not None and remedy is not remedies[-1]:
            val = fitted(val)
        current = replace(current, target=fitted(current.target), val=val)
        steps.append(fitted)
    return Cured(data.target, current.target, tuple(steps))
