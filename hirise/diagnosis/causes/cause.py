"""Causes, and the rules that weigh what speaks for and against each."""

from dataclasses import dataclass

from hirise.diagnosis.causes.facts import Facts

MOST_BY_CONSEQUENCES = 2
"""Points, at most, of what merely follows from a cause, and from many others."""
LEAST_SCORE = 2


@dataclass(frozen=True)
class Cause:
    """Why a classifier fails, as far as the findings tell.

    Attributes
    ----------
    key, title : str
    evidence : str
        What speaks for it, with the numbers.
    for_, against : tuple of str
        Codes of the checks that speak for it and against it.
    experiment : str
        The one experiment that would decide.
    remedies : tuple of str
        Keys.
    score : int
        Points of its rule; causes are ranked by it.
    """

    key: str
    title: str
    evidence: str
    for_: tuple[str, ...]
    against: tuple[str, ...]
    experiment: str
    remedies: tuple[str, ...] = ()
    score: int = 0


@dataclass(frozen=True)
class Sign:
    """One thing that speaks for or against a cause, and for how many points.

    Attributes
    ----------
    name : str
        A check's code, which is seen where it found more than a note; a code and what
        it is about, such as `HR504:loss`; or a fact, a property of `Facts`.
    points : int
    """

    name: str
    points: int = 1

    @property
    def code(self) -> str:
        """The code of the check; "" for a fact."""
        return self.name.partition(":")[0] if self.name.startswith("HR") else ""

    def seen(self, facts: Facts) -> str:
        """What shows it, in words; "" if nothing does."""
        if not self.code:
            return str(getattr(facts, self.name))
        return facts.found(self.code, self.name.partition(":")[2])


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
        """The cause with its score, or None where too little speaks for it."""
        marks = _seen(self.signature, facts)
        if not marks:
            return None
        marks.sort(key=lambda mark: -mark[0].points)
        signs = [*marks, *_seen(self.follows, facts)]
        opposed = [
            *_seen(self.contradicts, facts),
            *((sign, "") for sign in self.demands if sign.code in facts.passed),
        ]
        score = marks[0][0].points
        score += min(MOST_BY_CONSEQUENCES, len(signs) - 1)
        score -= sum(sign.points for sign, _ in opposed)
        if score < LEAST_SCORE:
            return None
        return Cause(
            key=self.key,
            title=self.title,
            evidence=" ".join(dict.fromkeys(text for _, text in marks)),
            for_=_codes(signs, facts),
            against=_codes(opposed, facts),
            experiment=self.experiment,
            remedies=self.remedies,
            score=score,
        )


def _seen(signs: tuple[Sign, ...], facts: Facts) -> list[tuple[Sign, str]]:
    found = [(sign, sign.seen(facts)) for sign in signs]
    return [(sign, text) for sign, text in found if text]


def _codes(signs: list[tuple[Sign, str]], facts: Facts) -> tuple[str, ...]:
    """The codes of these signs, of those that bear out a fact as well."""
    codes = (
        code
        for sign, _ in signs
        for code in ((sign.code,) if sign.code else facts.borne_out_by(sign.name))
    )
    return tuple(dict.fromkeys(codes))
