"""Did it help? Two classifiers on the same images, and the answer in one sentence."""

from dataclasses import dataclass, replace
from math import isnan
from typing import Literal

from hirise.diagnosis.diagnose import UNTRUSTED, Diagnosis
from hirise.diagnosis.verdict import HEADLINES, Verdict, decide
from hirise.diagnosis.wording import images
from hirise.errors import InputError
from hirise.evaluation import Paired, compare, evaluate, share
from hirise.predictions import Predictions, choose_split, read_predictions
from hirise.runs import Run


def proof_sentence(
    outcome: str,
    names: tuple[str, str],
    splits: tuple[str, str],
    verdicts: tuple[Verdict, Verdict],
    paired: Paired,
) -> str:
    """Say what changed from the first to the second, without the headline."""
    where = images(paired.n_images, splits[0] if splits[0] == splits[1] else "")
    parts = [
        f"on {where} {_verdicts(names, verdicts, cured=outcome == 'cured')}",
        _macro_f1(paired),
        _changes(paired),
    ]
    return " ".join(parts)


def _verdicts(
    names: tuple[str, str], verdicts: tuple[Verdict, Verdict], *, cured: bool
) -> str:
    before, after = (
        f"“{HEADLINES[one][0].lower()}{HEADLINES[one][1:]}”" for one in verdicts
    )
    if verdicts[0] == verdicts[1]:
        return f"the verdict is {after} for both {names[0]} and {names[1]}."
    if cured:
        return (
            f"the verdict is no longer {before}, as for {names[0]}, but {after} for "
            f"{names[1]}."
        )
    return f"the verdict was {before} for {names[0]} and is {after} for {names[1]}."


def _macro_f1(paired: Paired) -> str:
    before, after = paired.summary.loc["macro_f1", ["before", "after"]]
    difference, low, high = paired.bounds("macro_f1")
    if difference == low == high == 0:
        return f"Macro-F1 is {before:.2f} for both, in every resample."
    text = f"Macro-F1 goes from {before:.2f} to {after:.2f}, by {signed(difference)}"
    if isnan(low):
        return f"{text}, without an interval. {_reason(paired)}"
    groups = f"{paired.n_groups:,} {paired.cluster}s"
    holds = ", which holds 0" if low <= 0 <= high else ""
    return f"{text} (95% CI {signed(low)} to {signed(high)} over {groups}{holds})."


def _reason(paired: Paired) -> str:
    told = [note for note in paired.notes if note.startswith("There are no intervals")]
    return told[0] if told else ""


def _changes(paired: Paired) -> str:
    if not paired.n_fixed and not paired.n_broken:
        return "No image is fixed and none newly broken."
    return (
        f"{images(paired.n_fixed)} {'is' if paired.n_fixed == 1 else 'are'} fixed and "
        f"{paired.n_broken:,} newly broken (McNemar's exact test, "
        f"{p_text(paired.mcnemar_p)})."
    )


def signed(value: float, digits: int = 2) -> str:
    """`+0.32` or `−0.05`, with a minus sign that is not a hyphen; `0.00` for none."""
    text = f"{abs(value):.{digits}f}"
    if not float(text):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def p_text(p: float) -> str:
    """`p = 0.031`, or `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


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
