"""Which experiment to run next: the most expected information per second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hirise.diagnosis.causes.decisions import Probabilities
from hirise.diagnosis.causes.experiment import Experiment

LEAST, LEAST_OF_QUICK = 0.02, 0.0002
"""Bits that an experiment must be expected to give, and one of a second or less."""
QUICK = 1.0
LIKELY = 0.6
"""Probability from which a cause deserves the experiment that can confirm it."""
SHORTEST = 0.5
"""Seconds below which no experiment counts as quicker."""


@dataclass(frozen=True)
class Candidate:
    """An experiment that could be run.

    Attributes
    ----------
    experiment : Experiment
    seconds : float
        That it is expected to take.
    bits : float
        Of information about the cause that are expected of it.
    """

    experiment: Experiment
    seconds: float
    bits: float = 0.0

    @property
    def rate(self) -> float:
        """Expected bits per second."""
        return self.bits / max(self.seconds, SHORTEST)


def expected_bits(probabilities: Probabilities, experiment: Experiment) -> float:
    """The mutual information of cause and outcome, in bits.

    Examples
    --------
    >>> from hirise.diagnosis.causes.experiments import experiment_named
    >>> leaks = experiment_named("without-leaks")
    >>> round(expected_bits({"split-leaks": 0.5, "other": 0.5}, leaks), 2)
    0.66
    >>> expected_bits({"network-dead": 0.5, "other": 0.5}, leaks)
    0.0
    """
    causes = list(probabilities)
    prior = np.array([probabilities[cause] for cause in causes])
    prior = prior / prior.sum()
    rows = [experiment.expects.get(cause, experiment.otherwise) for cause in causes]
    table = np.array(rows)
    given = float((prior * _entropy(table)).sum())
    bits = float(_entropy((prior[:, None] * table).sum(axis=0)[None])[0]) - given
    return max(round(bits, 12), 0.0)


def _entropy(rows: np.ndarray) -> np.ndarray:
    """In bits, of each row of probabilities."""
    logs = np.log2(np.where(rows > 0, rows, 1.0))
    return np.asarray(-(rows * logs).sum(axis=1))


def rank(
    probabilities: Probabilities, candidates: Iterable[Candidate]
) -> list[Candidate]:
    """Those worth running, by expected information per second."""
    weighed = [
        Candidate(
            candidate.experiment,
            candidate.seconds,
            expected_bits(probabilities, candidate.experiment),
        )
        for candidate in candidates
    ]
    worth = [candidate for candidate in weighed if _is_worth(candidate)]
    return sorted(worth, key=lambda candidate: -candidate.rate)


def _is_worth(candidate: Candidate) -> bool:
    is_quick = candidate.seconds <= QUICK
    return candidate.bits >= (LEAST_OF_QUICK if is_quick else LEAST)


def next_one(
    probabilities: Probabilities, candidates: Sequence[Candidate], seconds: float
) -> Candidate | None:
    """The best within `seconds`, which leaves the time for what can confirm."""
    best = choose(probabilities, candidates, seconds)
    proof = deciding(probabilities, candidates, seconds)
    if proof and (best is None or best.seconds + proof.seconds > seconds):
        return proof
    return best


def choose(
    probabilities: Probabilities, candidates: Sequence[Candidate], seconds: float
) -> Candidate | None:
    """The best that `seconds` suffice for; None if there is none."""
    fitting = (c for c in rank(probabilities, candidates) if c.seconds <= seconds)
    return next(fitting, None)


def deciding(
    probabilities: Probabilities, candidates: Sequence[Candidate], seconds: float
) -> Candidate | None:
    """The quickest that can confirm the likeliest cause, where it is likely enough.

    It may be expected to tell little, and yet be the proof that is missing.
    """
    likeliest = max(probabilities, key=lambda cause: probabilities[cause])
    if probabilities[likeliest] < LIKELY:
        return None
    fitting = [
        candidate
        for candidate in candidates
        if likeliest in candidate.experiment.decides and candidate.seconds <= seconds
    ]
    return min(fitting, key=lambda candidate: candidate.seconds, default=None)
