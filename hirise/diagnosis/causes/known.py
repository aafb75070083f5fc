"""What signs are computed from: the evidence, the findings, and shared numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.usual import usual_rates
from hirise.metrics.metrics import entropy

if TYPE_CHECKING:
    from hirise.diagnosis.evidence import Evidence
    from hirise.diagnosis.verdict import Verdict

MOST_IMAGES = 20_000
"""Evenly spread, of which probabilities are looked at."""


class Known:
    """The evidence about one classifier, with what several signs need of it.

    Parameters
    ----------
    evidence : Evidence
    verdict : Verdict
    findings : sequence of Finding
    passed : sequence of str
        Codes of checks that were made and found nothing.
    """

    def __init__(
        self,
        evidence: Evidence,
        verdict: Verdict,
        findings: Sequence[Finding],
        passed: Sequence[str],
    ) -> None:
        self.evidence, self.verdict = evidence, verdict
        self.findings = tuple(findings)
        self.passed = frozenset(passed)

    def finding(self, code: str, subject: str = "") -> Finding | None:
        """The first finding of the check `code` that is more than a note.

        With a `subject`, about that alone: `train` is the training images and
        `evaluated` whatever is not.
        """
        for finding in self.findings:
            is_it = finding.code == code and _is_about(finding.subject, subject)
            if is_it and finding.severity != "note":
                return finding
        return None

    def was_made(self, code: str) -> bool:
        """Whether the check `code` could be made, whatever it found."""
        return code in self.passed or any(f.code == code for f in self.findings)

    @cached_property
    def frequencies(self) -> pd.Series[Any] | None:
        """Class frequencies in training; of the ground truth where unknown."""
        if self.evidence.training_shares is not None:
            return self.evidence.training_shares.astype(float)
        evaluation = self.evidence.evaluation
        if evaluation is None or not evaluation.has_truth:
            return None
        support = evaluation.per_class["support"].astype(float)
        return support / support.sum() if support.sum() else None

    @cached_property
    def entropy(self) -> float:
        """Entropy of those frequencies in nats; NaN if unknown."""
        if self.frequencies is None:
            return math.nan
        return entropy(self.frequencies.to_numpy(dtype=float))

    @cached_property
    def majority(self) -> float:
        """The largest of those frequencies; NaN if unknown."""
        return math.nan if self.frequencies is None else float(self.frequencies.max())

    @cached_property
    def classes(self) -> pd.DataFrame:
        """`per_class` of the evaluation where images are known; empty without."""
        evaluation = self.evidence.evaluation
        if evaluation is None or not evaluation.has_truth:
            return pd.DataFrame(columns=["support", "predicted", "recall", "precision"])
        return evaluation.per_class[evaluation.per_class["support"] > 0]

    @cached_property
    def labelled(self) -> tuple[Floats, Ints] | None:
        """Probabilities and true ids of labelled images, of at most `MOST_IMAGES`."""
        predictions, evaluation = self.evidence.predictions, self.evidence.evaluation
        if predictions is None or predictions.proba is None:
            return None
        if predictions.y_true is None or not (evaluation and evaluation.has_truth):
            return None
        rows = np.flatnonzero(predictions.labelled)
        rows = rows[:: max(1, math.ceil(len(rows) / MOST_IMAGES))]
        return np.asarray(predictions.proba)[rows], np.asarray(predictions.y_true)[rows]

    def curve(self, name: str, *, logged: bool = False) -> Floats:
        """The values of a curve that were recorded; empty if it was not.

        With `logged`, as the framework itself logged it, be it in training mode.
        """
        history = self.evidence.history
        if logged and f"logged_{name}" in history:
            name = f"logged_{name}"
        if name not in history:
            return np.zeros(0)
        values = history[name].to_numpy(dtype=float)
        return values[~np.isnan(values)] if self.evidence.gaps else values

    @cached_property
    def training_gain(self) -> float:
        """Of what training accuracy can gain above the baseline, the part it did."""
        accuracy = self.curve("accuracy")
        if not len(accuracy):
            return math.nan
        majority = self.majority
        if math.isnan(majority):
            # Without frequencies only very high and very low accuracies tell.
            return float(accuracy[-1]) if accuracy[-1] > 0.9 else math.nan
        return float((accuracy[-1] - majority) / max(1 - majority, 0.02))

    def setting(self, name: str) -> Any:
        """A setting of the training; None if unknown."""
        return self.evidence.settings.get(name)

    @property
    def steps_per_epoch(self) -> int | None:
        """Updates of the weights in an epoch; None if unknown."""
        steps = self.setting("steps")
        if isinstance(steps, int) and steps > 0:
            return steps
        counts, size = self.evidence.split_counts, self.setting("batch_size")
        if counts is None or "train" not in counts or not isinstance(size, int):
            return None
        n = int(counts["train"].sum())
        return math.ceil(n / size) if n > 0 and size > 0 else None

    @cached_property
    def rate(self) -> float:
        """The largest learning rate; NaN if unknown."""
        rates = self.evidence.history.get("learning_rate")
        if rates is not None and rates.notna().any():
            return float(rates.max())
        value = self.setting("learning_rate")
        return float(value) if isinstance(value, int | float) else math.nan

    @cached_property
    def optimiser(self) -> str:
        """Lower case; "" if unknown."""
        return usual_rates(self.evidence.settings).optimiser

    def last_of_layers(self, column: str) -> pd.Series[Any]:
        """A number of each layer with weights, in the last epoch that knows it.

        A later epoch may have had no time for it. Layers are in their order.
        """
        stats = self.evidence.layer_stats
        if stats.empty or column not in stats:
            return pd.Series(dtype=float)
        stats = stats.dropna(subset=[column])
        last: pd.Series[Any] = stats.loc[stats["epoch"] == stats["epoch"].max(), column]
        return last.astype(float)

    def input_of(self, split: str) -> dict[str, Any]:
        """What the first layer gets of a split; empty if unknown."""
        activations = self.evidence.activations
        return {} if activations is None else dict(activations.inputs.get(split, {}))


def _is_about(subject: str, wanted: str) -> bool:
    if wanted == "evaluated":
        return not subject.startswith("train")
    return not wanted or subject == wanted
