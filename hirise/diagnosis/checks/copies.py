"""HR208: copies of one landmark that get different answers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.copies import answers_per_landmark
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.rules import RULES, top_class
from hirise.diagnosis.wording import interval, percent
from hirise.evaluation import MEASURABLE
from hirise.intervals import wilson


@dataclass(frozen=True)
class ChangesItsMind(Check):
    """The copies of a landmark, turned, mirrored or relit, get different classes.

    The place is the same, so at most one of the answers is right. A model that names
    one class for everything agrees with itself; that is no merit, and not judged here.
    """

    code = "HR208"
    title = "Changes its mind under rotation"
    advice = (
        "Train with augmentation by the eight symmetries, or average the probabilities "
        "of all copies."
    )
    remedies = ("augmentation",)

    floor: float = 0.15
    noted: float = 0.10
    minimum: int = 20

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        table = self._landmarks(evidence)
        n, changed = len(table), int((table["n_answers"] > 1).sum())
        low, high = (float(end) for end in wilson(np.array(changed), np.array(n)))
        if low < self.floor and changed < self.noted * n:
            return
        split = evidence.judged_or_not.split
        kind = f"{split} " if split not in ("", "all") else ""
        yield self.finding(
            f"{changed:,} of {n:,} {kind}landmarks that several images show get more "
            f"than one class ({percent(changed / n)}, {interval(low, high)}; "
            f"{percent(self.floor)} or more is too many).{_worst_hit(table)}",
            severity=None if low >= self.floor else "note",
        )

    def _landmarks(self, evidence: Evidence) -> pd.DataFrame:
        evaluation = evidence.judged_or_not
        predictions = evidence.predictions
        if predictions is None or predictions.image is None:
            raise NotApplicable("no image names are known")
        if top_class(evaluation)[1] >= RULES.top_share:
            raise NotApplicable(
                "one class takes all predictions, so copies agree whatever they show"
            )
        table = answers_per_landmark(predictions)
        if table.empty:
            raise NotApplicable(
                "no names tell of several images of one landmark in this split"
            )
        if len(table) < self.minimum:
            many = "landmark is" if len(table) == 1 else "landmarks are"
            raise NotApplicable(
                f"only {len(table)} {many} shown by several images; {self.minimum} are "
                f"needed"
            )
        return table


def _worst_hit(table: pd.DataFrame) -> str:
    """Up to three classes with 10 such landmarks or more, the largest share first."""
    changed = (table["n_answers"] > 1).groupby(table["class_name"])
    classes = pd.DataFrame({"changed": changed.sum(), "n": changed.size()})
    enough = (classes["n"] >= MEASURABLE) & (classes["changed"] > 0)
    classes = classes[enough & (classes.index != "")]
    order = (-classes["changed"] / classes["n"]).argsort(kind="stable")
    told = [
        f"'{name}' ({row['changed']:,} of {row['n']:,})"
        for name, row in classes.iloc[order].head(3).iterrows()
    ]
    return f" Worst hit: {', '.join(told)}." if told else ""
