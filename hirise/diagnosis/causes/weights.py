"""The weight of each sign for each cause, in decibans, from a table in a file."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from hirise.diagnosis.causes.catalogue import CAUSES, NONE, OTHER, Hypothesis
from hirise.diagnosis.causes.signs import SIGNS

States = Mapping[str, bool | None]
"""Whether each sign is seen, by its key; None where it is not known."""

DECIBAN = 10 / math.log(10)
"""Decibans per nat."""
FILE = "weights.csv"
DEFINED = (18, -20)
"""Of a defining sign that was never measured on planted faults: seen, not seen."""
PROVEN, EXCLUDED, DOUBTED = 30, -40, -12


@dataclass(frozen=True)
class Weights:
    """What each sign says of each cause.

    Attributes
    ----------
    prior : dict of cause to float
        In decibans; that of each cause, of `none` and of `other`.
    signs : dict of cause to dict of sign to (seen, not seen)
        In decibans above those of another, unknown cause.
    defining : dict of cause to (seen, not seen)
        One of its defining signs is seen, or they are known and none is.
    """

    prior: Mapping[str, float]
    signs: Mapping[str, Mapping[str, tuple[int, int]]]
    defining: Mapping[str, tuple[int, int]]

    def contributions(self, cause: str, states: States) -> dict[str, int]:
        """What each sign adds for `cause`: of a group of signs the strongest alone.

        Examples
        --------
        >>> weights = Weights({}, {"none": {"poor": (-9, 2), "learned": (3, -4)}}, {})
        >>> weights.contributions("none", {"poor": True, "learned": False})
        {'poor': -9}
        """
        table = self.signs.get(cause, {})
        strongest: dict[str, tuple[str, int]] = {}
        for sign in SIGNS:
            seen = states.get(sign.key)
            if seen is None or sign.key not in table:
                continue
            weight = table[sign.key][0 if seen else 1]
            if abs(weight) > abs(strongest.get(sign.group, ("", 0))[1]):
                strongest[sign.group] = (sign.key, weight)
        found = dict(strongest.values())
        if cause == NONE:
            # What proves a cause leaves no room for none.
            found |= {key: -PROVEN for key in PROOFS if states.get(key)}
        hypothesis = HYPOTHESES.get(cause)
        return (
            found
            if hypothesis is None
            else self._by_definition(hypothesis, states, found)
        )

    def _by_definition(
        self, cause: Hypothesis, states: States, found: dict[str, int]
    ) -> dict[str, int]:
        known = {key: states.get(key) for key in cause.defined_by}
        seen, unseen = self.defining.get(cause.key, DEFINED)
        for key, state in known.items():
            if state:
                found[key] = seen
                break
        else:
            if any(state is False for state in known.values()):
                found[next(k for k, s in known.items() if s is False)] = unseen
        for key in cause.proven_by:
            if states.get(key):
                found[key] = PROVEN
        for key in cause.excluded_by:
            if states.get(key):
                found[key] = EXCLUDED
        for key in cause.doubted_without:
            if states.get(key) is False:
                found[key] = DOUBTED
        return found

    def scores(self, states: States) -> dict[str, float]:
        """Weight of evidence and prior of each cause, in decibans."""
        return {
            cause: self.prior[cause] + sum(self.contributions(cause, states).values())
            for cause in self.prior
        }

    def posterior(self, states: States) -> dict[str, float]:
        """The probability of each cause, and of `none` and `other`.

        Examples
        --------
        >>> prior = {"none": 0.0, "other": -10.0}
        >>> posterior = Weights(prior, {}, {}).posterior({})
        >>> round(posterior["other"], 3)  # ten to one
        0.091
        """
        scores = self.scores(states)
        most = max(scores.values())
        powers = {cause: 10 ** ((s - most) / 10) for cause, s in scores.items()}
        total = sum(powers.values())
        return {cause: power / total for cause, power in powers.items()}


HYPOTHESES = {cause.key: cause for cause in CAUSES}
PROOFS = tuple(key for cause in CAUSES for key in cause.proven_by)
P_NONE, P_OTHER = 0.5, 0.02
"""Prior probabilities; the causes share what is left by their frequencies."""


def prior() -> dict[str, float]:
    """The prior of each cause in decibans.

    Examples
    --------
    >>> round(prior()["none"] - prior()["other"])
    14
    """
    parts = {cause.key: cause.frequency for cause in CAUSES}
    left = (1 - P_NONE - P_OTHER) / sum(parts.values())
    shares = {NONE: P_NONE, OTHER: P_OTHER}
    shares |= {key: part * left for key, part in parts.items()}
    return {cause: DECIBAN * math.log(share) for cause, share in shares.items()}


@cache
def fitted() -> Weights:
    """The weights that were fitted on planted faults.

    Examples
    --------
    >>> seen, unseen = fitted().signs["none"]["poor"]
    >>> seen < 0
    True
    """
    signs: dict[str, dict[str, tuple[int, int]]] = {}
    defining: dict[str, tuple[int, int]] = {}
    text = files(__package__).joinpath(FILE).read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        pair = int(row["seen"]), int(row["not_seen"])
        if row["sign"] == "":
            defining[row["cause"]] = pair
        else:
            signs.setdefault(row["cause"], {})[row["sign"]] = pair
    return Weights(prior(), signs, defining)
