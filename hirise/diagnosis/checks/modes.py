"""HR408 and HR409: whether validation sees the network and the images of training."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hirise.diagnosis.checks.epochs import smoothed
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.wording import Rate


@dataclass(frozen=True)
class ModesDiffer(Check):
    """What the framework logged in training is far better than inference mode gives.

    Dropout, augmentation and a mean over the epoch only make the logged accuracy lower.
    """

    code = "HR408"
    title = "Training mode and inference mode differ"
    advice = (
        "Estimate the statistics of batch normalisation again on training images, or "
        "use larger batches or a lower momentum."
    )
    pages = ("curves",)
    sentence = (
        "In epoch {epoch} the framework logged a training accuracy of {logged}, and in "
        "inference mode it is {measured}. {apart:.2f} more, also averaged over "
        "neighbouring epochs, is too much: the network that is used is not the one "
        "that was trained."
    )

    apart: float = 0.20

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.require_curves("accuracy", "logged_accuracy")
        gap = curves["logged_accuracy"] - curves["accuracy"]
        if min(gap.iloc[-1], smoothed(gap).iloc[-1]) >= self.apart:
            last = curves.iloc[-1]
            yield self.finding(
                epoch=int(last["epoch"]),
                logged=Rate(float(last["logged_accuracy"])),
                measured=Rate(float(last["accuracy"])),
                apart=self.apart,
            )


@dataclass(frozen=True)
class PredictionsShift(Check):
    """The classes are predicted far more or less often on validation than on training.

    Labels that belong to other images do not change how often a class is predicted.
    Images that are prepared in another way do.
    """

    code = "HR409"
    title = "Classes predicted otherwise on validation"
    advice = (
        "Check that validation images are scaled, resized and ordered in colour as "
        "training images are."
    )
    remedies = ("rescale-input",)
    pages = ("curves",)
    sentence = (
        "In the last {epochs} the network predicts other classes on validation images "
        "than on training images: most of all '{subject}', {here} of validation and "
        "{there} of training predictions. Frequencies differ by {shifted} in all, and "
        "the true ones by {true}; {apart} more than these is too much."
    )

    apart: float = 0.30
    learned: float = 0.40
    minimum: int = 30
    n_last: int = 2

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        tables = self._frequencies(evidence)
        if not evidence.epoch_kappa("train") >= self.learned:
            raise NotApplicable("it is not known that the training images were learned")
        true = evidence.split_counts
        assert true is not None
        between = _distance(true["train"], true["val"])
        epochs = sorted(set(tables["train"].index) & set(tables["val"].index))
        last = epochs[-self.n_last :]
        shifts = [
            _distance(tables["train"].loc[epoch], tables["val"].loc[epoch])
            for epoch in last
        ]
        if not shifts or min(shifts) - between < self.apart:
            return
        here = tables["val"].loc[last[-1]] / tables["val"].loc[last[-1]].sum()
        there = tables["train"].loc[last[-1]] / tables["train"].loc[last[-1]].sum()
        name = (here - there).abs().idxmax()
        yield self.finding(
            subject=str(name),
            epochs="epoch" if len(last) == 1 else f"{len(last)} epochs",
            shifted=Rate(shifts[-1]),
            true=Rate(between),
            apart=Rate(self.apart),
            here=Rate(float(here[name])),
            there=Rate(float(there[name])),
        )

    def _frequencies(self, evidence: Evidence) -> dict[str, pd.DataFrame]:
        """Predicted classes by epoch of both splits."""
        counts, true = evidence.predicted_counts, evidence.split_counts
        if counts.empty:
            raise NotApplicable("the classes predicted in each epoch are not known")
        if true is None or not {"train", "val"} <= set(true):
            raise NotApplicable(
                "the class counts of training and validation are unknown"
            )
        tables = {}
        for split in ("train", "val"):
            of_split = counts[counts["split"] == split]
            table = of_split.pivot_table(
                index="epoch", columns="class_name", values="n"
            )
            table = table.reindex(columns=true.index, fill_value=0)
            few = table.empty or table.iloc[-1].sum() < self.minimum
            if few or true[split].sum() < self.minimum:
                raise NotApplicable(f"fewer than {self.minimum} {split} predictions")
            tables[split] = table.fillna(0)
        return tables


def _distance(first: "pd.Series[Any]", second: "pd.Series[Any]") -> float:
    """Total variation: the fraction that would have to be of another class."""
    return float((first / first.sum() - second / second.sum()).abs().sum() / 2)
