"""Two classifiers on the same images, and whether the second one is a cure."""

from dataclasses import dataclass, replace
from math import isnan
from typing import Literal

from hirise.diagnosis.diagnose import UNTRUSTED, Diagnosis
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.verdict import Verdict, decide, doubt_text
from hirise.diagnosis.wording import (
    Images,
    Phrase,
    capitalised,
    lowered,
    p_text,
    signed,
)
from hirise.errors import InputError
from hirise.evaluation import Paired, compare, evaluate, match_predictions
from hirise.predictions import Predictions, read_predictions
from hirise.runs import Run

Outcome = Literal["cured", "better", "no-difference", "worse"]

_SPLITS_FIRST = ("val", "test")


@dataclass(frozen=True)
class Contender:
    """A classifier to compare: its name for people, its predictions, its cost.

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
    before, after : Contender
        Restricted to the images that are compared.
    verdicts : (Verdict, Verdict)
        On these images, before and after.
    paired : Paired
    doubts : tuple of Finding
        Why the evaluation cannot be trusted.
    """

    outcome: Outcome
    before: Contender
    after: Contender
    verdicts: tuple[Verdict, Verdict]
    paired: Paired
    doubts: tuple[Finding, ...] = ()

    @property
    def headline(self) -> str:
        """The outcome as people see it."""
        if self.outcome == "better":
            after = self.verdicts[1]
            if after.failing:
                return f"Still {lowered(after.title)}, though better"
            return "Better, not cured" if self.verdicts[0].failing else "Better"
        if self.outcome == "cured" and self.doubts:
            return "Cured, if these images can be trusted"
        return {
            "cured": "Cured",
            "no-difference": "No difference that these images can show",
            "worse": "Worse",
        }[self.outcome]

    @property
    def sentence(self) -> str:
        """The outcome with its numbers; plain text, with the user's names in it."""
        return f"{self.headline}: {self._body}"

    @property
    def text(self) -> str:
        """The sentence without the headline, to stand below it."""
        return capitalised(self._body)

    @property
    def doubt(self) -> str | None:
        """Why the evaluation cannot be trusted, as a sentence; None if it can."""
        if not self.doubts:
            return None
        reasons = " and ".join(doubt_text(finding) for finding in self.doubts)
        return f"The evaluation cannot be trusted because of {reasons}."

    @property
    def _body(self) -> str:
        phrases = (_verdicts(self), _macro_f1(self.paired), _changes(self.paired))
        return " ".join(str(part) for part in (*phrases, self.doubt) if part)


def _verdicts(proof: Proof) -> Phrase:
    before, after = proof.before, proof.after
    splits = before.predictions.split, after.predictions.split
    titles = [f"“{lowered(verdict.title)}”" for verdict in proof.verdicts]
    if titles[0] == titles[1]:
        template = "the verdict is {after} for both {first} and {second}."
    elif proof.outcome == "cured":
        template = (
            "the verdict is no longer {before}, as for {first}, but {after} for "
            "{second}."
        )
    else:
        template = "the verdict was {before} for {first} and is {after} for {second}."
    return Phrase(
        "on {images} " + template,
        {
            "images": Images(
                proof.paired.n_images, splits[0] if splits[0] == splits[1] else ""
            ),
            "before": titles[0],
            "after": titles[1],
            "first": before.name,
            "second": after.name,
        },
    )


def _macro_f1(paired: Paired) -> Phrase:
    before, after = paired.summary.loc["macro_f1", ["before", "after"]].to_numpy()
    difference, low, high = paired.bounds("macro_f1")
    if difference == low == high == 0:
        template = "Macro-F1 is {before:.2f} for both, in every resample."
    else:
        template = (
            "Macro-F1 goes from {before:.2f} to {after:.2f}, by {difference} "
            "(95% CI {low} to {high} over {n_groups:,} {cluster}s"
        )
        template += ", which holds 0)." if low <= 0 <= high else ")."
    if isnan(low):
        template = (
            "Macro-F1 goes from {before:.2f} to {after:.2f}, by {difference}, without "
            "an interval. {missing}"
        )
    return Phrase(
        template,
        {
            "before": float(before),
            "after": float(after),
            "difference": signed(difference),
            "low": signed(low),
            "high": signed(high),
            "n_groups": paired.n_groups,
            "cluster": paired.cluster,
            "missing": paired.missing_intervals or "",
        },
    )


def _changes(paired: Paired) -> Phrase:
    if not paired.n_fixed and not paired.n_broken:
        return Phrase("No image is fixed, and none is newly broken.")
    be = "is" if paired.n_fixed == 1 else "are"
    return Phrase(
        "{fixed} " + be + " fixed and {n_broken:,} newly broken (McNemar's exact test, "
        "{p}).",
        {
            "fixed": Images(paired.n_fixed),
            "n_broken": paired.n_broken,
            "p": p_text(paired.mcnemar_p),
        },
    )


def contenders(
    before: Run, after: Run, *, split: str | None = None
) -> tuple[Contender, Contender]:
    """Two runs, each with its predictions of one split.

    Without `split` it is the first of val, test and others that both have; where they
    have none in common, the one that `hirise check` takes of each.

    Raises
    ------
    InputError
        No such split, or a run without predictions.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> from hirise.predictions import predictions_of
    >>> from hirise.runs import create_run
    >>> predictions = predictions_of({"y_true": ["a", "b"], "y_pred": ["a", "a"]})
    >>> with TemporaryDirectory() as folder:
    ...     runs = []
    ...     for title in ("First", "Second"):
    ...         writer = create_run(Path(folder), title=title, class_names=["a", "b"])
    ...         writer.write_predictions("val", predictions.write)
    ...         runs.append(writer.read())
    ...     [contender.name for contender in contenders(*runs)]
    ['First', 'Second']
    """
    names = [before.info.title, after.info.title]
    if names[0] == names[1]:
        names = [before.info.id, after.info.id]
    splits = _compared_splits(before, after, split)
    first, second = (
        Contender(name, read_predictions(run.predictions_path(split)), seconds_of(run))
        for name, run, split in zip(names, (before, after), splits, strict=True)
    )
    return first, second


def _compared_splits(before: Run, after: Run, split: str | None) -> tuple[str, str]:
    for run in (before, after):
        if not run.splits():
            raise InputError(
                f"has no predictions to compare: it is {run.info.status}.",
                where=f"run {run.info.id}",
                how="Choose a run that has predictions.",
            )
    both = [name for name in before.splits() if name in after.splits()]
    if split is None and both:
        split = min(both, key=lambda name: (*_rank(name), both.index(name)))
    first, second = (run.choose_split(split) for run in (before, after))
    return first, second


def _rank(split: str) -> tuple[bool, int]:
    known = split in _SPLITS_FIRST
    return not known, _SPLITS_FIRST.index(split) if known else split == "train"


def seconds_of(run: Run) -> float | None:
    """Seconds that the training of a run took: as noted at its end, else so far.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     for epoch in (1, 2):
    ...         writer.append_epoch({"epoch": epoch, "seconds": 1.5})
    ...     seconds_of(writer.read())
    3.0
    """
    if run.info.seconds is not None:
        return float(run.info.seconds)
    # Without `min_count` nothing known would sum to 0 seconds.
    seconds = run.history()["seconds"].sum(min_count=1)
    return float(seconds) if seconds == seconds else None


def prove(before: Contender, after: Contender, *, cluster: str = "auto") -> Proof:
    """Compare two classifiers on the labelled images that both have predictions of.

    Parameters
    ----------
    before, after : Contender
    cluster : {"auto", "landmark", "observation", "none"}
        Unit that the intervals resample.

    Raises
    ------
    InputError
        Nothing that can be compared: see `hirise.evaluation.match_predictions`.

    Examples
    --------
    >>> from hirise.predictions import predictions_of
    >>> labels = ["a", "b"] * 20
    >>> before = predictions_of({"y_true": labels, "y_pred": ["a"] * 40})
    >>> after = predictions_of({"y_true": labels, "y_pred": labels})
    >>> proof = prove(Contender("first", before), Contender("second", after))
    >>> proof.outcome, [verdict.key for verdict in proof.verdicts]
    ('cured', ['collapsed', 'healthy'])
    """
    names = before.name, after.name
    shared = match_predictions(before.predictions, after.predictions, names=names)
    paired = compare(shared, cluster=cluster)
    verdicts = (
        decide(evaluate(shared.before, cluster=cluster)),
        decide(evaluate(shared.after, cluster=cluster)),
    )
    return Proof(
        outcome=_outcome(paired, verdicts),
        before=replace(before, predictions=shared.before),
        after=replace(after, predictions=shared.after),
        verdicts=verdicts,
        paired=paired,
    )


def _outcome(paired: Paired, verdicts: tuple[Verdict, Verdict]) -> Outcome:
    _, low, high = paired.bounds("macro_f1")
    # Without an interval the bounds are NaN: no difference is shown.
    if low > 0:
        cured = verdicts[0].failing and verdicts[1].passing
        return "cured" if cured else "better"
    return "worse" if high < 0 else "no-difference"


def with_doubts(proof: Proof, after: Diagnosis) -> Proof:
    """Say after the numbers why they cannot be trusted, if `after` found so.

    Labels that are incorrect in another split than the compared one do not matter here.
    """
    split = proof.after.predictions.split
    doubts = {
        finding.code: finding
        for finding in after.findings
        if finding.code in UNTRUSTED
        and finding.severity != "note"
        and (finding.code != "HR101" or finding.subject in ("", split))
    }
    return replace(proof, doubts=tuple(doubts.values())) if doubts else proof
