"""A cause that the evidence supports, with its probability."""

from __future__ import annotations

from dataclasses import dataclass

from hirise.diagnosis.finding import Finding
from hirise.diagnosis.wording import Phrase

LIKELIHOODS = ((0.9, "very likely"), (0.6, "likely"), (0.0, "possible"))


@dataclass(frozen=True)
class Cause:
    """Why a classifier fails, as far as the evidence tells.

    Attributes
    ----------
    key, title : str
    statements : tuple of Phrase or Finding
        The evidence for it, with the numbers; the strongest first.
    for_, against : tuple of str
        Codes of the checks that are evidence for it and against it.
    experiment : str
        The one experiment that would decide.
    remedies : tuple of str
        Keys.
    score : int
        The weight of evidence for it, in decibans above another, unknown cause.
    probability : float in [0, 1]
        That it is the first cause, given the evidence.
    contradictions : tuple of Phrase, Finding or str
        The evidence against it.

    Examples
    --------
    >>> Cause("network-dead", "…", (), (), (), "…", probability=0.93).likelihood
    'very likely'
    """

    key: str
    title: str
    statements: tuple[Phrase | Finding, ...]
    for_: tuple[str, ...]
    against: tuple[str, ...]
    experiment: str
    remedies: tuple[str, ...] = ()
    score: int = 0
    probability: float = 0.0
    contradictions: tuple[Phrase | Finding | str, ...] = ()

    @property
    def evidence(self) -> str:
        """The statements for people, each once."""
        return " ".join(dict.fromkeys(map(str, self.statements)))

    @property
    def objections(self) -> str:
        """The contradictions for people, each once."""
        return " ".join(dict.fromkeys(map(str, self.contradictions)))

    @property
    def share(self) -> str:
        """The probability for people, never rounded to 0 or 1."""
        return f"{min(max(self.probability, 0.01), 0.99):.0%}"

    @property
    def likelihood(self) -> str:
        """The probability in words: very likely (from .9), likely (.6) or possible."""
        return next(word for least, word in LIKELIHOODS if self.probability >= least)
