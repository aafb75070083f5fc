"""Causes, and the rules that weigh the evidence for and against each."""

from dataclasses import dataclass

from hirise.diagnosis.causes.facts import Facts
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.wording import Phrase

MAX_CONSEQUENCES = 2
"""Points, at most, of what merely follows from a cause, and from many others."""
MIN_SCORE = 2


@dataclass(frozen=True)
class Cause:
    """Why a classifier fails, as far as the findings tell.

    Attributes
    ----------
    key, title : str
    statements : tuple of Phrase or Finding
        The evidence for it, with the numbers.
    for_, against : tuple of str
        Codes of the checks that are evidence for it and against it.
    experiment : str
        The one experiment that would decide.
    remedies : tuple of str
        Keys.
    score : int
        Points of its rule; causes are ranked by it.
    """

    key: str
    title: str
    statements: tuple[Phrase | Finding, ...]
    for_: tuple[str, ...]
    against: tuple[str, ...]
    experiment: str
    remedies: tuple[str, ...] = ()
    score: int = 0

    @property
    def evidence(self) -> str:
        """The statements for people, each once."""
        return " ".join(dict.fromkeys(map(str, self.statements)))


@dataclass(frozen=True)
class Sign:
    """One thing that is evidence for or against a cause, and for how many points.

    Attributes
    ----------
    name : str
        The code of a check that found more than a note; a code and its subject, such
        as `HR504:loss`; or a fact, a property of `Facts`.
    points : int
    """

    name: str
    points: int = 1

    @property
    def code(self) -> str:
        """The code of the check; "" for a fact."""
        return self.name.partition(":")[0] if self.name.startswith("HR") else ""

    def seen(self, facts: Facts) -> Phrase | Finding | None:
        """What shows it; None if nothing does."""
        if self.code:
            return facts.finding(self.code, self.name.partition(":")[2])
        fact: Phrase | Finding | None = getattr(facts, self.name)
        return fact


@dataclass(frozen=True)
class SeenSign:
    """A sign, and what shows it; None where it is a check that found nothing."""

    sign: Sign
    statement: Phrase | Finding | None = None


@dataclass(frozen=True)
class Rule:
    """What one cause looks like.

    The strongest sign of its `signature` gives its points: without one the cause is not
    listed. What else is seen of the signature and of its consequences (`follows`) gives
    a point each, two at most. Each sign in `contradicts` that is seen takes its points
    away, and so does each check in `demands` that was made and found nothing.
    """

    key: str
    title: str
    signature: tuple[Sign, ...]
    experiment: str
    remedies: tuple[str, ...]
    follows: tuple[Sign, ...] = ()
    contradicts: tuple[Sign, ...] = ()
    demands: tuple[Sign, ...] = ()

    def weigh(self, facts: Facts) -> Cause | None:
        """The cause with its score, or None where the evidence is too little."""
        signature = _seen(self.signature, facts)
        if not signature:
            return None
        signature.sort(key=lambda seen: -seen.sign.points)
        supporting = [*signature, *_seen(self.follows, facts)]
        opposing = _seen(self.contradicts, facts)
        opposing += [SeenSign(s) for s in self.demands if s.code in facts.passed]
        score = signature[0].sign.points
        score += min(MAX_CONSEQUENCES, len(supporting) - 1)
        score -= sum(seen.sign.points for seen in opposing)
        if score < MIN_SCORE:
            return None
        return Cause(
            key=self.key,
            title=self.title,
            statements=tuple(seen.statement for seen in signature if seen.statement),
            for_=_codes(supporting, facts),
            against=_codes(opposing, facts),
            experiment=self.experiment,
            remedies=self.remedies,
            score=score,
        )


def _seen(signs: tuple[Sign, ...], facts: Facts) -> list[SeenSign]:
    seen = [SeenSign(sign, sign.seen(facts)) for sign in signs]
    return [sign for sign in seen if sign.statement is not None]


def _codes(signs: list[SeenSign], facts: Facts) -> tuple[str, ...]:
    """The codes of these signs, and of the checks that a fact rests on."""
    codes = (
        code
        for seen in signs
        for code in (
            (seen.sign.code,) if seen.sign.code else facts.supported_by(seen.sign.name)
        )
    )
    return tuple(dict.fromkeys(codes))
