"""HR5xx: the network itself, and where it looks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.collapse import KIND_RULES, is_constant
from hirise.diagnosis.evidence import Activations, Evidence, Input
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.verdict import RULES
from hirise.diagnosis.wording import images, interval, listed, percent
from hirise.evaluation.evaluation import clusters_of
from hirise.metrics.intervals import MIN_GROUPS, percentile_interval, resampled_totals

_NEEDED = RULES.min_images


def _probed(evidence: Evidence) -> Activations:
    found = evidence.activations
    if found is None:
        raise NotApplicable("it is not known what the layers do (no activations.json)")
    if found.n_images < _NEEDED:
        raise NotApplicable(
            f"the layers were watched with {images(found.n_images)}; {_NEEDED} are "
            f"needed"
        )
    return found


@dataclass(frozen=True)
class DeadUnits(Check):
    """Units that give the same number whatever the image shows."""

    code = "HR501"
    title = "Dead units"
    advice = "Lower the learning rate; normalise batches, or use a leaky activation."
    remedies = ("lower-learning-rate", "transfer")

    floor: float = 0.50

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        found = _probed(evidence)
        if found.layers.empty:
            raise NotApplicable("no layer but the last has an activation")
        for _, row in found.layers.iterrows():
            if row["dead_share"] >= self.floor:
                yield self.finding(
                    f"Layer '{row['name']}': {row['dead']:,} of {row['units']:,} units "
                    f"({percent(row['dead_share'])}) give the same number for all "
                    f"{images(found.n_images, found.split)}; {percent(self.floor)} is "
                    f"too many.",
                    subject=str(row["name"]),
                )


@dataclass(frozen=True)
class IgnoresInput(Check):
    """The outputs are the same whatever the image shows."""

    code = "HR502"
    title = "Output does not depend on the input"
    advice = "Check that the input reaches the network, then lower the learning rate."
    severity = "error"
    remedies = ("lower-learning-rate", "transfer")

    logit_std: float = KIND_RULES.logit_std

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        found = _probed(evidence)
        if not np.isfinite(found.logit_std).all():
            raise NotApplicable("the outputs are NaN or infinite, see HR405")
        most = float(found.logit_std.max())
        if most < self.logit_std:
            yield self.finding(
                f"Over {images(found.n_images, found.split)} no logit has a standard "
                f"deviation above {most:.1e}; below {self.logit_std:.0e} it is "
                f"constant."
            )


@dataclass(frozen=True)
class BadInputScale(Check):
    """The first layer with weights gets numbers that it cannot learn from."""

    code = "HR503"
    title = "Input badly scaled"
    advice = "Scale pixels once: from 0–255 to 0–1 (or as the backbone was trained)."
    remedies = ("rescale-input",)

    largest: float = 10.0
    smallest: float = 0.05

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        found = _probed(evidence).input
        if found is None:
            raise NotApplicable("no layer has weights, or its input is not one tensor")
        said = self._said(found)
        if said:
            yield self.finding(
                f"Layer '{found.layer}', the first with weights, gets values from "
                f"{found.low:.3g} to {found.high:.3g}: {said}.",
                subject=found.layer,
                severity="note" if found.varies and found.normalised else None,
            )

    def _said(self, found: Input) -> str:
        size = max(abs(found.low), abs(found.high))
        if not np.isfinite(size):
            return "they are not finite"
        if not found.varies:
            return "the same for every image, so the input is cut off before it"
        if size < self.smallest:
            return (
                f"none is above {self.smallest:g}, as of pixels that were scaled twice"
            )
        # Backbones of the caffe kind take pixels less their mean, on both sides of 0.
        if found.low >= 0 and size > self.largest:
            return f"above {self.largest:g}, as of pixels that were never scaled"
        return ""


@dataclass(frozen=True)
class UnfitLastLayer(Check):
    """The last layer, its loss and the labels do not belong together."""

    code = "HR504"
    title = "Last layer does not fit its loss or the labels"
    advice = (
        "Give the loss what it expects: logits with `from_logits=True`, or softmax "
        "without; and one output per class."
    )
    remedies = ("fit-last-layer",)

    flattest: float = 0.9
    steepest: float = 1.001

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        found = evidence.activations
        known = evidence.evaluation is not None and evidence.evaluation.has_proba
        if found is None and not known:
            raise NotApplicable("neither the last layer nor probabilities are known")
        told = [] if found is None else [*_against_loss(found), *_too_narrow(found)]
        if not any(subject == "loss" for subject, _ in told):
            told += self._twice(evidence)
        if not any(subject == "width" for subject, _ in told):
            told += _never_possible(evidence)
        for subject, text in told:
            yield self.finding(text, subject=subject)

    def _twice(self, evidence: Evidence) -> list[tuple[str, str]]:
        """A softmax of probabilities: no probability is over e times another."""
        found = evidence.predictions
        if found is None or found.proba is None or len(found) < _NEEDED:
            return []
        most, least = found.proba.max(axis=1), found.proba.min(axis=1)
        spreads = np.log(np.maximum(most, 1e-12)) - np.log(np.maximum(least, 1e-12))
        spread = float(spreads.max())
        # Of a constant output the ratio can lie there by chance.
        sure_of = found.likeliest[spreads >= self.flattest]
        if spread > self.steepest or len(np.unique(sure_of)) < 2:
            return []
        return [
            (
                "loss",
                f"In {images(len(found), found.split)} no probability is more than "
                f"{np.exp(spread):.2f} times another of the same image; e = 2.72 is "
                f"the most that a softmax of probabilities gives: softmax was applied "
                f"twice.",
            )
        ]


def _against_loss(found: Activations) -> list[tuple[str, str]]:
    """The loss takes the outputs for something that they are not."""
    if found.activation in ("softmax", "sigmoid") and found.from_logits is True:
        text = (
            f"The last layer ends in {found.activation} and {found.loss} has "
            f"from_logits=True: {found.activation} is applied twice."
        )
    elif found.activation == "linear" and found.from_logits is False:
        text = (
            f"The last layer gives logits and {found.loss} has from_logits=False: it "
            f"reads them as probabilities."
        )
    elif found.activation == "softmax" and found.n_outputs == 1:
        text = "The last layer is a softmax of one output, which is always 1."
    else:
        return []
    return [("loss", text)]


def _too_narrow(found: Activations) -> list[tuple[str, str]]:
    enough = found.n_labels if found.n_labels > 2 else 1
    if found.n_outputs >= enough:
        return []
    return [
        (
            "width",
            f"The last layer has {found.n_outputs} outputs for {found.n_labels} "
            f"labels: {found.n_labels - found.n_outputs} can never be predicted.",
        )
    ]


def _never_possible(evidence: Evidence) -> list[tuple[str, str]]:
    """Classes of the truth whose probability is exactly 0 for every image."""
    evaluation = evidence.evaluation
    if evaluation is None or not evaluation.has_proba or evaluation.n_images < _NEEDED:
        return []
    table = evaluation.probabilities
    zero = (table["mean"] == 0) & (evaluation.per_class["support"] > 0)
    if not zero.any():
        return []
    names = listed([str(name) for name in zero[zero].index])
    return [
        (
            "width",
            f"The probability of {names} is exactly 0 for all "
            f"{images(evaluation.n_images, evaluation.split)}: the last layer has no "
            f"output for it.",
        )
    ]


_CLUSTER = {"image": "none", "group": "auto"}
"""`Evaluation.cluster` as `clusters_of` takes it, where that differs."""


@dataclass(frozen=True)
class LooksAtFrame(Check):
    """Black borders without data get more of the saliency than of the area.

    Saliency that knows nothing of borders gives them the share that they take.
    """

    code = "HR505"
    title = "Looks at the frame"
    advice = (
        "Crop the black borders off, or fill them with the image's mean grey, in "
        "training and in use alike; then train again."
    )

    times: float = 1.5
    smallest: float = 0.02
    largest: float = 0.90
    least: int = 10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        framed, groups, kind = self._framed(evidence)
        columns = framed[["border_share", "border_area"]].to_numpy(dtype=float)
        totals = resampled_totals(np.arange(len(columns)), columns, groups=groups)
        low, high = map(float, percentile_interval(totals[:, 0] / totals[:, 1]))
        share, area = columns.mean(axis=0)
        if low > 1 and share / area >= self.times:
            split = "" if evidence.predictions is None else evidence.predictions.split
            yield self.finding(
                f"In {images(len(framed), split)} with a black border without data "
                f"{percent(float(share))} of the saliency lies on it, which takes "
                f"{percent(float(area))} of the area: {share / area:.2f} times as much "
                f"({interval(low, high, in_percent=False)} over {kind}s); from "
                f"{self.times:g} on it is too much."
            )

    def _framed(
        self, evidence: Evidence
    ) -> tuple[pd.DataFrame, np.ndarray | None, str]:
        """The images with a border, the group of each, and what the groups are."""
        table, said = evidence.saliency, evidence.predictions
        if is_constant(evidence):
            raise NotApplicable(
                "the output hardly depends on the image, so where it looks means "
                "nothing"
            )
        if table is None or said is None or said.image is None or table.empty:
            raise NotApplicable(
                "it is not known where the network looks; run `hirise saliency RUN`"
            )
        rows = pd.Index(said.image).get_indexer(pd.Index(table["image"]))
        bordered = table["border_area"].between(self.smallest, self.largest)
        kept = bordered & table["border_share"].notna() & (rows >= 0)
        if not kept.any():
            raise NotApplicable(
                f"none of {images(len(table))} with saliency has a black border that "
                f"takes {percent(self.smallest)} to {percent(self.largest)} of it"
            )
        cluster = evidence.judged_or_not.cluster
        found = clusters_of(said, rows[kept], _CLUSTER.get(cluster, cluster))
        if kept.sum() < self.least or found.n_groups < MIN_GROUPS:
            raise NotApplicable(
                f"only {images(int(kept.sum()))} of {found.n_groups} {found.kind}s "
                f"with saliency have a black border; {self.least} of as many are "
                f"needed: compute the saliency maps of more images"
            )
        return table[kept], found.codes, found.kind
