"""HR5xx: the network itself, and its saliency."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hirise.diagnosis.checks.settings import unless_it_does_well
from hirise.diagnosis.collapse_kind import KIND_RULES, is_constant
from hirise.diagnosis.evidence import Activations, Evidence, LayerInput
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.rules import RULES
from hirise.diagnosis.usual import (
    BOUNDED,
    RECTIFIERS,
    is_binary,
    is_categorical,
    is_for_numbers,
)
from hirise.diagnosis.wording import (
    Images,
    Items,
    Names,
    Phrase,
    Rate,
    images,
    percent,
    score_of,
)
from hirise.evaluation.clusters import clusters_of
from hirise.metrics.intervals import MIN_GROUPS, percentile_interval, resampled_totals
from hirise.metrics.metrics import Ints

MIN_IMAGES = RULES.min_images


WORKING = ("healthy", "weak")


def _require_activations(evidence: Evidence) -> Activations:
    activations = evidence.activations
    if activations is None:
        raise NotApplicable("the activations are not known (no activations.json)")
    if activations.n_images < MIN_IMAGES:
        raise NotApplicable(
            f"the activations are of {images(activations.n_images)}, {MIN_IMAGES} are "
            f"needed"
        )
    return activations


@dataclass(frozen=True)
class DeadUnits(Check):
    """Units that give the same number whatever the image shows."""

    code = "HR501"
    title = "Dead units"
    advice = (
        "Too high a learning rate kills units; batch normalisation and leaky "
        "activations keep them."
    )
    remedies = ("lower-learning-rate", "transfer")
    pages = ("network",)
    sentence = (
        "Layer '{subject}': {dead:,} of {units:,} units ({rate}) give the same number "
        "for all {images} that were tried. {floor} is too many."
    )

    of_several = (
        "In {n_dead} of {n_layers} layers, {floor} or more of the units give the same "
        "number for all {images} that were tried: {layers}."
    )

    floor: float = 0.50

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        activations = _require_activations(evidence)
        if activations.layers.empty:
            raise NotApplicable("no layer but the last has an activation")
        evaluation = evidence.evaluation
        # What a network lost that classifies all the same is no warning.
        does_well = evaluation is not None and evidence.verdict.key in WORKING
        dead = activations.layers[activations.layers["dead_share"] >= self.floor]
        rows: list[dict[str, Any]] = [
            {
                "subject": str(row["name"]),
                "dead": int(row["dead"]),
                "units": int(row["units"]),
                "rate": Rate(float(row["dead_share"])),
            }
            for _, row in dead.iterrows()
        ]
        if not rows:
            return
        template = "'{subject}' {dead:,} of {units:,} ({rate})"
        yield self.finding(
            severity="note" if does_well else None,
            sentence=self.of_several if len(rows) > 1 else None,
            rows=rows,
            images=Images(activations.n_images, activations.split),
            floor=Rate(self.floor),
            n_dead=len(rows),
            n_layers=len(activations.layers),
            layers=Items(tuple(Phrase(template, row) for row in rows), most=8),
            dead=rows[0]["dead"],
            units=rows[0]["units"],
            rate=rows[0]["rate"],
        )


@dataclass(frozen=True)
class IgnoresInput(Check):
    """The outputs are the same whatever the image shows."""

    code = "HR502"
    title = "Output does not depend on the input"
    advice = "Check that the input reaches the network, and that its units are alive."
    severity = "error"
    remedies = ("lower-learning-rate", "transfer")
    pages = ("network",)
    sentence = (
        "Over {images} no logit has a standard deviation above {spread:.2g}, and below "
        "{threshold:.0e} it is constant."
    )

    logit_std: float = KIND_RULES.logit_std

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        activations = _require_activations(evidence)
        if not np.isfinite(activations.logit_std).all():
            raise NotApplicable("the outputs are NaN or infinite, see HR405")
        spread = float(activations.logit_std.max())
        if spread < self.logit_std:
            yield self.finding(
                images=Images(activations.n_images, activations.split),
                spread=spread,
                threshold=self.logit_std,
            )


@dataclass(frozen=True)
class BadInputScale(Check):
    """The first layer with weights gets numbers that it cannot learn from."""

    code = "HR503"
    title = "Input badly scaled"
    advice = "Scale pixels once: from 0–255 to 0–1 (or as the backbone was trained)."
    remedies = ("rescale-input",)
    pages = ("network",)
    sentence = (
        "Layer '{subject}', the first with weights, gets values from {low:.3g} to "
        "{high:.3g}: {problem}."
    )

    largest: float = 10.0
    smallest: float = 0.05

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        layer = _require_activations(evidence).input
        if layer is None:
            raise NotApplicable("no layer has weights, or its input is not one tensor")
        problem = self._problem(layer)
        if problem is not None:
            yield self.finding(
                subject=layer.layer,
                severity="note" if layer.varies and layer.normalised else None,
                low=layer.low,
                high=layer.high,
                problem=problem,
            )

    def _problem(self, layer: LayerInput) -> Phrase | None:
        size = max(abs(layer.low), abs(layer.high))
        if not np.isfinite(size):
            return Phrase("they are not finite")
        if not layer.varies:
            return Phrase("the same for every image, so the input is cut off before it")
        if size < self.smallest:
            return Phrase(
                "none is above {limit:g}, as if the pixels had been scaled twice",
                {"limit": self.smallest},
            )
        if layer.high - layer.low < self.smallest:
            return Phrase(
                "they differ by {spread:.2g} at most, so all images look nearly alike",
                {"spread": layer.high - layer.low},
            )
        # Backbones of the caffe kind take pixels less their mean, above and below 0.
        if layer.low >= 0 and size > self.largest:
            return Phrase(
                "above {limit:g}, as if the pixels had never been scaled",
                {"limit": self.largest},
            )
        return None


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
    pages = ("network",)
    sentence = "{problem}"

    flattest: float = 0.9
    steepest: float = 1.001

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        activations = evidence.activations
        known = evidence.evaluation is not None and evidence.evaluation.has_proba
        if activations is None and not known:
            raise NotApplicable("neither the last layer nor probabilities are known")
        loss = width = None
        if activations is not None:
            loss, width = _against_loss(activations), _too_narrow(activations)
            recovered = None if loss is None else _recovered(evidence, activations)
            if recovered is not None:
                loss = None
                yield self.finding(subject="loss", severity="note", problem=recovered)
        problems = {
            "loss": loss or self._softmax_twice(evidence),
            "width": width or _never_possible(evidence),
        }
        for subject, problem in problems.items():
            if problem is not None:
                yield self.finding(subject=subject, problem=problem)
        if activations is not None and evidence.evaluation is not None:
            for subject, problem in _odd_pairs(activations):
                # Some of these learn all the same.
                severity = (
                    "note" if subject == "pair" else unless_it_does_well(evidence)
                )
                yield self.finding(subject=subject, severity=severity, problem=problem)

    def _softmax_twice(self, evidence: Evidence) -> Phrase | None:
        """A softmax of probabilities: no probability is over e times another."""
        predictions = evidence.predictions
        if predictions is None or predictions.proba is None:
            return None
        if len(predictions) < MIN_IMAGES:
            return None
        most, least = predictions.proba.max(axis=1), predictions.proba.min(axis=1)
        spreads = np.log(np.maximum(most, 1e-12)) - np.log(np.maximum(least, 1e-12))
        spread = float(spreads.max())
        # Of a constant output the ratio can lie there by chance.
        predicted = predictions.likeliest[spreads >= self.flattest]
        if spread > self.steepest or len(np.unique(predicted)) < 2:
            return None
        return Phrase(
            "In {images} no probability is more than {ratio:.2f} times another of "
            "the same image. A softmax of probabilities gives a ratio of at most e = "
            "2.72: softmax was applied twice.",
            {
                "images": Images(len(predictions), predictions.split),
                "ratio": float(np.exp(spread)),
            },
        )


def _against_loss(activations: Activations) -> Phrase | None:
    """The outputs are not what the loss expects."""
    last, from_logits = activations.activation, activations.from_logits
    if last in ("softmax", "sigmoid") and from_logits is True:
        template = (
            "The last layer ends in {activation} and {loss} has from_logits=True: "
            "{activation} is applied twice."
        )
    elif last == "linear" and from_logits is False:
        template = (
            "The last layer gives logits and {loss} has from_logits=False: the loss "
            "reads the logits as probabilities."
        )
    elif last == "softmax" and activations.n_outputs == 1:
        template = (
            "The last layer is a softmax of one output, which is always 1. For two "
            "classes use a sigmoid, or two outputs."
        )
    else:
        return None
    return Phrase(template, {"activation": last, "loss": activations.loss})


def _odd_pairs(activations: Activations) -> Iterator[tuple[str, Phrase]]:
    """Pairs of last activation and loss that are not made for each other."""
    last, loss = activations.activation, activations.loss
    fields = {"activation": last, "loss": loss}
    if is_for_numbers(loss):
        template = "The loss is {loss}, one for numbers. Classes need cross-entropy."
        yield "numbers", Phrase(template, fields)
    elif last in (*RECTIFIERS, *BOUNDED):
        template = (
            "The last layer ends in {activation}, and {loss} expects probabilities or "
            "logits: {activation} cuts off part of the logits, and gives no "
            "probabilities."
        )
        yield "activation", Phrase(template, fields)
    if activations.n_outputs == 1:
        return
    if last == "sigmoid" and is_categorical(loss) and not activations.from_logits:
        template = (
            "The last layer ends in sigmoid, and {loss} expects probabilities that sum "
            "to 1, as those of softmax."
        )
        yield "pair", Phrase(template, fields)
    if last == "softmax" and is_binary(loss) and not activations.from_logits:
        template = (
            "The last layer ends in softmax, and {loss} takes each output as a class "
            "of its own. Categorical cross-entropy belongs to softmax."
        )
        yield "pair", Phrase(template, fields)


BELOW = 0.9
"""Fraction of the least loss of a doubled activation below which it was not doubled."""


def _recovered(evidence: Evidence, activations: Activations) -> Phrase | None:
    """The logged loss is lower than a doubled activation can reach."""
    last, history = activations.activation, evidence.history
    if last not in ("softmax", "sigmoid") or activations.from_logits is not True:
        return None
    logged = history.get("logged_loss")
    if logged is None or logged.isna().all():
        return None
    n, loss = activations.n_outputs, float(logged.min())
    # Of outputs from 0 to 1 the best are 1 for the true class and 0 for the others.
    least = np.log1p((n - 1) / np.e) if last == "softmax" else np.log1p(np.exp(-1))
    if not loss < BELOW * least:
        return None
    return Phrase(
        "The last layer ends in {activation} and {loss} has from_logits=True, but the "
        "logged loss fell to {logged:.3g}. With {activation} applied twice it stays "
        "above {least:.3g}: the framework takes the logits from before it.",
        {
            "activation": last,
            "loss": activations.loss,
            "logged": loss,
            "least": float(least),
        },
    )


def _too_narrow(activations: Activations) -> Phrase | None:
    n_outputs, n_labels = activations.n_outputs, activations.n_labels
    if n_outputs >= (n_labels if n_labels > 2 else 1):
        return None
    return Phrase(
        "The last layer has {n_outputs} outputs for {n_labels} labels: {n_never} can "
        "never be predicted.",
        {
            "n_outputs": n_outputs,
            "n_labels": n_labels,
            "n_never": n_labels - n_outputs,
        },
    )


def _never_possible(evidence: Evidence) -> Phrase | None:
    """True classes whose probability is exactly 0 for every image."""
    evaluation = evidence.evaluation
    if evaluation is None or not evaluation.has_proba:
        return None
    zero = evaluation.probabilities["mean"] == 0
    zero &= evaluation.per_class["support"] > 0
    if evaluation.n_images < MIN_IMAGES or not zero.any():
        return None
    return Phrase(
        "The probability of {names} is exactly 0 for all {images}: the last layer has "
        "no output for it.",
        {
            "names": Names(tuple(map(str, zero[zero].index))),
            "images": Images(evaluation.n_images, evaluation.split),
        },
    )


_CLUSTER = {"image": "none", "group": "auto"}
"""`Evaluation.cluster` as `clusters_of` takes it, where that differs."""


@dataclass(frozen=True)
class SaliencyOnBorder(Check):
    """Black borders without data get more of the saliency than of the area.

    Saliency that does not depend on borders gives them the fraction that they cover.
    """

    code = "HR505"
    title = "Saliency on the black border"
    advice = (
        "Crop the black borders off, or fill them with the image's mean grey, in "
        "training and in use alike; then retrain."
    )
    pages = ("images",)
    sentence = (
        "In {images} with a black border without data {saliency} of the saliency "
        "lies on the border, which covers {area} of the area. That is {ratio} times "
        "as much (over {cluster}s), and {times:g} times or more is reported."
    )

    times: float = 1.5
    smallest: float = 0.02
    largest: float = 0.90
    least: int = 10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        bordered, groups, cluster = self._bordered(evidence)
        columns = bordered[["border_share", "border_area"]].to_numpy(dtype=float)
        totals = resampled_totals(np.arange(len(columns)), columns, groups=groups)
        low, high = percentile_interval(totals[:, 0] / totals[:, 1])
        saliency, area = columns.mean(axis=0)
        ratio = saliency / area
        if low > 1 and ratio >= self.times:
            split = "" if evidence.predictions is None else evidence.predictions.split
            yield self.finding(
                images=Images(len(bordered), split),
                saliency=Rate(float(saliency)),
                area=Rate(float(area)),
                ratio=score_of((ratio, float(low), float(high))),
                cluster=cluster,
                times=self.times,
            )

    def _bordered(self, evidence: Evidence) -> tuple[pd.DataFrame, Ints | None, str]:
        """The images with a border, the group of each, and what the groups are."""
        table, predictions = evidence.saliency, evidence.predictions
        if is_constant(evidence):
            raise NotApplicable(
                "the output hardly depends on the image, so its saliency means nothing"
            )
        if (
            table is None
            or predictions is None
            or predictions.image is None
            or table.empty
        ):
            raise NotApplicable("the saliency is not known; compute the saliency maps")
        rows = pd.Index(predictions.image).get_indexer(pd.Index(table["image"]))
        bordered = table["border_area"].between(self.smallest, self.largest)
        kept = bordered & table["border_share"].notna() & (rows >= 0)
        if not kept.any():
            raise NotApplicable(
                f"none of {images(len(table))} with saliency has a black border that "
                f"covers {percent(self.smallest)} to {percent(self.largest)} of the "
                "image"
            )
        cluster = evidence.require_evaluation().cluster
        clusters = clusters_of(predictions, rows[kept], _CLUSTER.get(cluster, cluster))
        if kept.sum() < self.least or clusters.n_groups < MIN_GROUPS:
            raise NotApplicable(
                f"only {images(int(kept.sum()))} of {clusters.n_groups} "
                f"{clusters.kind}s with saliency have a black border, {self.least} of "
                f"as many are needed: compute the saliency maps of more images"
            )
        return table[kept], clusters.codes, clusters.kind
