"""HR506: settings of a training that are outside the usual, and what is odd of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable, Severity
from hirise.diagnosis.usual import HIGH_DROPOUT, usual_rates
from hirise.diagnosis.wording import Items, Phrase

POOR = ("collapsed", "partly-collapsed", "uninformed", "weak")
LABELS_ADVICE = (
    "Give class ids or one-hot rows, one class per image, to evaluate the classifier."
)
KNOWN = ("optimizer", "linear_layers", "equal_weights", "dropout", "unread_labels")


def unless_it_does_well(evidence: Evidence) -> Severity:
    """A warning where the classifier does badly, else a note.

    What is unusual and does no harm is no fault.
    """
    evaluation = evidence.evaluation
    is_poor = evaluation is not None and evidence.verdict.key in POOR
    return "warning" if is_poor else "note"


@dataclass(frozen=True)
class UnusualSettings(Check):
    """What a network and its training say before the first step."""

    code = "HR506"
    title = "Unusual setting"
    advice = "Change this setting alone, and train again."
    pages = ("network",)
    sentence = "{problem}"

    high_dropout: float = HIGH_DROPOUT

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        settings = evidence.settings
        if not any(settings.get(name) is not None for name in KNOWN):
            raise NotApplicable("the settings of the training are not known")
        labels = _labels(settings)
        if labels is not None:
            # A regression or several labels of an image are no fault.
            is_ids = str(settings.get("loss", "")).lower().startswith("sparse")
            severity: Severity = "error" if is_ids else "note"
            found = self.finding(subject="labels", severity=severity, problem=labels)
            yield replace(found, advice=LABELS_ADVICE)
        wiring = unless_it_does_well(evidence)
        problems: tuple[tuple[str, Severity | None, Phrase | None], ...] = (
            ("weights", wiring, _equal_weights(settings.get("equal_weights"))),
            ("activation", wiring, _linear_layers(settings.get("linear_layers"))),
            ("rate", _of_rate(evidence), _rate(settings)),
            ("dropout", _if_not_well(evidence), self._dropout(settings.get("dropout"))),
        )
        for subject, weight, problem in problems:
            if problem is not None and weight is not None:
                yield self.finding(subject=subject, severity=weight, problem=problem)

    def _dropout(self, dropout: Any) -> Phrase | None:
        if not isinstance(dropout, int | float) or dropout <= self.high_dropout:
            return None
        return Phrase(
            "A dropout layer drops {dropout:.0%} of its units; up to {usual:.0%} is "
            "usual.",
            {"dropout": float(dropout), "usual": self.high_dropout},
        )


def _of_rate(evidence: Evidence) -> Severity | None:
    rate = evidence.settings.get("learning_rate")
    is_negative = isinstance(rate, int | float) and rate < 0
    return "error" if is_negative else _if_not_well(evidence)


def _if_not_well(evidence: Evidence) -> Severity | None:
    """A warning for a failing verdict, a note for a weak one, else nothing.

    A bold setting that worked needs no word.
    """
    if evidence.evaluation is None:
        return None
    if evidence.verdict.failing:
        return "warning"
    return "note" if evidence.verdict.key in POOR else None


def _rate(settings: Any) -> Phrase | None:
    rate, usual = settings.get("learning_rate"), usual_rates(settings)
    if not isinstance(rate, int | float) or not usual.optimiser:
        return None
    fields = {"rate": float(rate), "optimiser": usual.optimiser}
    if rate < 0:
        return Phrase(
            "The learning rate of {optimiser} is {rate:g}: each step makes the loss "
            "larger.",
            fields,
        )
    if usual.low < rate < usual.high:
        return None
    return Phrase(
        "The learning rate of {optimiser} is {rate:g}; from {low:g} to {high:g} is "
        "usual.",
        fields | {"low": usual.low, "high": usual.high},
    )


def _equal_weights(layers: Any) -> Phrase | None:
    if not layers:
        return None
    return Phrase(
        "All weights start with one value in {layers}: the units of such a layer learn "
        "the same. Start with random weights.",
        {"layers": _named(layers)},
    )


def _linear_layers(layers: Any) -> Phrase | None:
    if not layers:
        return None
    return Phrase(
        "No activation follows {layers} before the next layer with weights: together "
        "they are no more than one linear layer, but for pooling between. Add an "
        "activation such as relu.",
        {"layers": _named(layers)},
    )


def _named(layers: Any) -> Items:
    rows = [Phrase("'{name}'", {"name": str(name)}) for name in layers]
    return Items(tuple(rows), most=8)


def _labels(settings: Any) -> Phrase | None:
    unread = settings.get("unread_labels")
    if not isinstance(unread, dict) or not unread:
        return None
    split = "train" if "train" in unread else str(next(iter(unread)))
    return Phrase(
        "The {split} labels cannot be read as classes, so they are not evaluated. "
        "{problem} The loss is {loss}.",
        {
            "split": split,
            "problem": str(unread[split]),
            "loss": str(settings.get("loss") or "not known"),
        },
    )
