"""What a network reaches that learned nothing but the class frequencies."""

from dataclasses import dataclass

import numpy as np

from hirise.diagnosis.evidence import Evidence


@dataclass(frozen=True)
class Baseline:
    """Where curves end that settle at the class frequencies.

    Attributes
    ----------
    loss, rate : str
        The curves that are compared.
    entropy, value : float
        Their values when only the class frequencies were learned.
    is_binary : bool
        Loss and accuracy are means over one yes-or-no question per class.
    """

    loss: str
    rate: str
    entropy: float
    value: float
    is_binary: bool


def baseline_of(evidence: Evidence) -> Baseline:
    """The baseline of training curves, or of validation where those are incomplete.

    `binary_accuracy` with K > 2 classes compares each of K outputs with .5. With equal
    frequencies (K - 1)/K of them are correct for a network that learned nothing, and
    its loss is the binary entropy of 1/K.

    Examples
    --------
    >>> import pandas as pd
    >>> history = pd.DataFrame({"epoch": [1], "loss": [0.5], "binary_accuracy": [0.8]})
    >>> five = pd.Series(0.2, index=list("abcde"))
    >>> baseline = baseline_of(
    ...     Evidence("log.csv", history=history, training_shares=five)
    ... )
    >>> round(baseline.entropy, 4), round(baseline.value, 4)
    (0.5004, 0.8)
    """
    frequencies = evidence.require_training_frequencies().to_numpy(dtype=float)
    recorded = set(evidence.history.dropna(axis=1, how="all").columns)
    for prefix in ("", "val_"):
        loss, rate = f"{prefix}loss", f"{prefix}accuracy"
        if {loss, rate} <= recorded:
            entropy = evidence.frequency_entropy
            return Baseline(loss, rate, entropy, float(frequencies.max()), False)
        rate = f"{prefix}binary_accuracy"
        if {loss, rate} <= recorded:
            entropy = float(np.mean([_binary_entropy(p) for p in frequencies]))
            value = float(np.mean(np.maximum(frequencies, 1 - frequencies)))
            return Baseline(loss, rate, entropy, value, True)
    entropy, majority = evidence.frequency_entropy, float(frequencies.max())
    return Baseline("loss", "accuracy", entropy, majority, False)


def _binary_entropy(p: float) -> float:
    return float(-sum(q * np.log(q) for q in (p, 1 - p) if q > 0))


def chance_agreement(evidence: Evidence) -> float:
    """Accuracy of labels drawn with the class frequencies; NaN if those are unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> half = pd.Series(0.5, index=["a", "b"])
    >>> chance_agreement(Evidence("log.csv", training_shares=half))
    0.5
    """
    if evidence.training_shares is None:
        return float("nan")
    return float((evidence.training_shares.astype(float) ** 2).sum())
