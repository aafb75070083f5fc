"""Did it help? Two classifiers on the same images, and the answer in one sentence."""

from dataclasses import dataclass, replace
from typing import Literal

from hirise.diagnosis.diagnose import UNTRUSTED, Diagnosis
from hirise.diagnosis.proof_sentence import proof_sentence
from hirise.diagnosis.rules import Verdict, decide
from hirise.errors import InputError
from hirise.evaluation import Paired, compare, evaluate, share
from hirise.predictions import Predictions, choose_split, read_predictions
from hirise.runs import Run

Outcome = Literal["cured", "better", "no-difference", "worse"]

FAILING: tuple[Verdict, ...] = ("collapsed", "partly-collapsed", "uninformed")
"""Verdicts that a cure takes away: those that carry an error."""

PASSING: tuple[Verdict, ...] = ("weak", "healthy")

_SPLITS_FIRST = ("val", "test")


@dataclass(frozen=True)
class Contender:
    """A classifier to compare: how people call it, what it said, what it cost.

    `seconds` is the time of its training; None if it was not trained here.
    """

    name: str
    predictions: Predictions
    seconds: float | None = None


@dataclass(frozen=True)
class Proof:
    """What a second classifier changes, and whether that is a cure.

    Attributes
    ----------
    outcome : str
        `cured`: the failing verdict is gone and the paired interval of macro-F1 lies
        above 0. `better`: that interval lies above 0, without a cure. `worse`: it lies
        below 0. `no-difference`: these images show neither.
    headline : str
        The outcome as people see it.
    sentence : str
        The same with its numbers; plain text, with the user's names in it.
    before, after : Contender
        Restricted to the images that are compared.
    verdicts : (str, str)
        On these images, before and after.
    paired : Paired
    doubt : str
        Why the evaluation cannot be trusted; "" if nothing speaks against it.
    """

    outcome: Outcome
    headline: str
    sentence: str
    before: Contender
    after: Contender
    verdicts: tuple[Verdict, Verdict]
    paired: Paired
    doubt: str = ""


def contenders(
    before: Run, after: Run, *, split: str | None = None
) -> tuple[Contender, Contender]:
    """Two runs, each with what it said of one split.

    Without `split` it is the first of val, test and others that both have; where they
    have none in common, the one that `hirise check` takes of each.

    Raises
    ------
    InputError
        No such split, or a run without predictions.
    """
    names = [before.info.title, after.info.title]
    if names[0] == names[1]:
        names = [before.info.id, after.info.id]
    splits = _compared_splits(before, after, split)
    sides = [
        Contender(name, read_predictions(run.predictions_path(one)), seconds_of(run))
        for name, run, one in zip(names, (before, after), splits, strict=True)
    ]
    return sides[0], sides[1]


def _compared_splits(before: Run, after: Run, split: str | None) -> tuple[str, str]:
    for run in (before, after):
        if not run.splits():
            raise InputError(
                f"Run {run.info.id} has no predictions to compare; it is "
                f"{run.info.status}. Choose a run that made some."
            )
    both = [name for name in before.splits() if name in after.splits()]
    wanted = split
    if split is None and both:
        wanted = min(both, key=lambda name: (*_rank(name), both.index(name)))
    chosen = [
        choose_split(list(run.splits()), wanted, where=f"run {run.info.id}")
        for run in (before, after)
    ]
    return chosen[0], chosen[1]


def _rank(split: str) -> tuple[bool, int]:
    known = split in _SPLITS_FIRST
    return not known, _SPLITS_FIRST.index(split) if known else split == "train"


def seconds_of(run: Run) -> float | None:
    """What the training of a run took: as noted at its end, else so far."""
    if run.info.seconds is not None:
        return float(run.info.seconds)
    seconds = run.history()["seconds"].sum(min_count=1)
    return float(seconds) if seconds == seconds else None


def prove(before: Contender, after: Contender, *, cluster: str = "auto") -> Proof:
    """Compare two classifiers on the labelled images that both judged.

    Parameters
    ----------
    before, after : Contender
    cluster : {"auto", "landmark", "observation", "none"}
        What the intervals resample.

    Raises
    ------
    InputError
        Nothing that can be compared: see `hirise.evaluation.share`.
    """
    names = before.name, after.name
    shared = share(before.predictions, after.predictions, names=names)
    paired = compare(shared, cluster=cluster)
    verdicts = (
        decide(evaluate(shared.before, cluster=cluster)).verdict,
        decide(evaluate(shared.after, cluster=cluster)).verdict,
    )
    outcome = _outcome(paired, verdicts)
    headline = _headline(outcome, verdicts)
    splits = shared.before.split, shared.after.split
    text = proof_sentence(outcome, names, splits, verdicts, paired)
    return Proof(
        outcome=outcome,
        headline=headline,
        sentence=f"{headline}: {text}",
        before=replace(before, predictions=shared.before),
        after=replace(after, predictions=shared.after),
        verdicts=verdicts,
        paired=paired,
    )


def _outcome(paired: Paired, verdicts: tuple[Verdict, Verdict]) -> Outcome:
    _, low, high = paired.bounds("macro_f1")
    if low > 0:
        gone = verdicts[0] in FAILING and verdicts[1] in PASSING
        return "cured" if gone else "better"
    return "worse" if high < 0 else "no-difference"


def _headline(outcome: Outcome, verdicts: tuple[Verdict, Verdict]) -> str:
    if outcome == "better":
        ill = verdicts[0] in FAILING or verdicts[1] in FAILING
        return "Better, not cured" if ill else "Better"
    return {
        "cured": "Cured",
        "no-difference": "No difference that these images can show",
        "worse": "Worse",
    }[outcome]


def with_doubts(proof: Proof, after: Diagnosis) -> Proof:
    """Say after the numbers why they cannot be trusted, if `after` found so.

    Labels that are wrong in another split than the compared one do not matter here.
    """
    split = proof.after.predictions.split
    reasons = {
        finding.code: f"{finding.code} ({finding.title[0].lower()}{finding.title[1:]})"
        for finding in after.findings
        if finding.code in UNTRUSTED
        and finding.severity != "note"
        and (finding.code != "HR101" or finding.subject in ("", split))
    }
    if not reasons:
        return proof
    doubt = (
        f"The evaluation cannot be trusted because of {' and '.join(reasons.values())}."
    )
    headline = proof.headline
    if proof.outcome == "cured":
        headline = f"{headline}, if these images can be trusted"
    told = proof.sentence.removeprefix(f"{proof.headline}: ")
    return replace(
        proof, doubt=doubt, headline=headline, sentence=f"{headline}: {told} {doubt}"
    )
