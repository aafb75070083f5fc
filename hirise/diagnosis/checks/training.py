"""HR4xx: how the training went."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.collapse_kind import KIND_RULES, is_saturated
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.wording import Items, Phrase, Rate, lowered
from hirise.metrics.titles import METRICS

TITLES = {
    f"val_{key}": f"Validation {lowered(METRICS[key].title)}"
    for key in ("macro_f1", "balanced_accuracy", "accuracy")
}
"""Curves by which an epoch is chosen."""


@dataclass(frozen=True)
class Overfitted(Check):
    """Training goes on getting better while validation gets worse."""

    code = "HR401"
    title = "Overfitting"
    advice = "Keep the epoch with the best validation macro-F1; augment the images."
    remedies = ("early-stopping", "augmentation", "transfer")
    pages = ("curves",)
    sentence = (
        "Validation loss rose from {best:.3f} in epoch {best_epoch} to {last:.3f} in "
        "epoch {last_epoch}, and training loss fell from {training_best:.3f} to "
        "{training_last:.3f}. A rise of {rise} is too much."
    )

    rise: float = 0.10
    min_epochs: int = 3

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.require_curves("loss", "val_loss", min_epochs=self.min_epochs)
        best = curves.iloc[int(curves["val_loss"].argmin())]
        last = curves.iloc[-1]
        risen = last["val_loss"] > best["val_loss"] * (1 + self.rise)
        if risen and last["loss"] < best["loss"]:
            yield self.finding(
                best=float(best["val_loss"]),
                best_epoch=int(best["epoch"]),
                last=float(last["val_loss"]),
                last_epoch=int(last["epoch"]),
                training_best=float(best["loss"]),
                training_last=float(last["loss"]),
                rise=Rate(self.rise),
            )


@dataclass(frozen=True)
class Underfitted(Check):
    """Accuracy on the training images is hardly above the majority-class baseline."""

    code = "HR402"
    title = "Underfitting"
    advice = "Train longer, or with another learning rate or a larger network."
    remedies = ("more-epochs", "lower-learning-rate", "transfer")
    pages = ("curves",)
    sentence = (
        "Training accuracy ends at {accuracy}, with a majority-class baseline of "
        "{majority}. At least {gain} of the rest is expected."
    )

    gain: float = 0.20

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.require_curves("accuracy")
        majority = float(evidence.require_training_frequencies().max())
        accuracy = float(curves["accuracy"].iloc[-1])
        if accuracy < majority + self.gain * (1 - majority):
            yield self.finding(
                accuracy=Rate(accuracy), majority=Rate(majority), gain=Rate(self.gain)
            )


@dataclass(frozen=True)
class LossAtEntropy(Check):
    """The loss settles where a model that knows only the class frequencies would.

    Without the frequencies, a validation accuracy that repeats to the last digit is
    noted.
    """

    code = "HR403"
    title = "Loss stuck at the entropy of the class frequencies"
    advice = "Lower the learning rate, and check that input and labels match."
    remedies = ("lower-learning-rate", "class-weights", "transfer")
    pages = ("curves",)
    sentence = (
        "{curve} loss stays at {loss:.3f} nats over the last {n_last} epochs, and the "
        "entropy of the class frequencies is {entropy:.3f}. Within {tolerance:.2f} "
        "counts as stuck."
    )
    of_frozen = (
        "Validation accuracy is {accuracy:.4f} in each of the last {n_frozen} epochs "
        "while the loss moves by no more than {tolerance:.2f}: no prediction changed, "
        "the network is frozen. The class frequencies would tell more."
    )

    tolerance: float = 0.02
    accuracy_tolerance: float = 0.005
    n_last: int = 2
    n_frozen: int = 3

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.training_shares is None:
            yield from self._frozen(evidence)
            return
        prefix = self._prefix(evidence.history)
        curves = evidence.require_curves(f"{prefix}loss", min_epochs=self.n_last)
        last = curves[f"{prefix}loss"].tail(self.n_last)
        entropy = evidence.frequency_entropy
        if ((last - entropy).abs() <= self.tolerance).all():
            collapsed = evidence.evaluation is None and self.is_collapse(evidence)
            yield self.finding(
                severity="error" if collapsed else None,
                curve="Validation" if prefix else "Training",
                loss=float(last.iloc[-1]),
                n_last=self.n_last,
                entropy=entropy,
                tolerance=self.tolerance,
            )

    def is_collapse(self, evidence: Evidence) -> bool:
        """Whether the curves alone show that only the frequencies were learned."""
        history = evidence.history
        prefix = self._prefix(history)
        known = {f"{prefix}loss", f"{prefix}accuracy"} <= set(history.columns)
        if evidence.training_shares is None or len(history) < self.n_last or not known:
            return False
        last = history.tail(self.n_last)
        loss = last[f"{prefix}loss"] - evidence.frequency_entropy
        accuracy = last[f"{prefix}accuracy"] - evidence.majority_frequency
        at_entropy = (loss.abs() <= self.tolerance).all()
        return bool(at_entropy and (accuracy.abs() <= self.accuracy_tolerance).all())

    def _prefix(self, history: pd.DataFrame) -> str:
        """Training curves, or validation curves where those are not both recorded."""
        recorded = set(history.dropna(axis=1, how="all").columns)
        pairs = {p: {f"{p}loss", f"{p}accuracy"} for p in ("", "val_")}
        return next((p for p, pair in pairs.items() if pair <= recorded), "")

    def _frozen(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.require_curves("val_accuracy", min_epochs=self.n_frozen)
        last = curves.tail(self.n_frozen)
        losses = [c for c in ("loss", "val_loss") if c in last]
        constant = all(
            np.ptp(last[c].to_numpy(dtype=float)) <= self.tolerance for c in losses
        )
        if np.ptp(last["val_accuracy"]) == 0 and losses and constant:
            yield self.finding(
                severity="note",
                sentence=self.of_frozen,
                accuracy=float(last["val_accuracy"].iloc[-1]),
                n_frozen=self.n_frozen,
                tolerance=self.tolerance,
            )


@dataclass(frozen=True)
class ValidationAtChance(Check):
    """Training goes well, validation no better than chance: suspect labels."""

    code = "HR404"
    title = "Validation at chance while training is high"
    advice = "Check that validation labels belong to their images."
    remedies = ("repaired-labels",)
    pages = ("curves",)
    sentence = (
        "In the last epoch Cohen's kappa is {training:.2f} on training images and "
        "{validation:.2f} on validation images ({chance:.2f} or less is chance)."
    )
    of_accuracies = (
        "Training accuracy ends at {training}, validation accuracy at {validation}, "
        "below the majority-class baseline {majority}. Accuracies do not determine "
        "Cohen's kappa: on validation it is {kappa:.2f} if each class is predicted as "
        "often as it occurs, and less or more if the majority is predicted more or "
        "less often. A network that memorised its training images can do this too."
    )

    high: float = 0.40
    chance: float = 0.10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.require_curves("accuracy", "val_accuracy")
        training, validation = (
            evidence.epoch_kappa("train"),
            evidence.epoch_kappa("val"),
        )
        if not (np.isfinite(training) and np.isfinite(validation)):
            frequencies = evidence.require_training_frequencies()
            yield from self._by_accuracy(curves.iloc[-1], frequencies)
        elif training >= self.high and validation <= self.chance:
            yield self.finding(
                training=training, validation=validation, chance=self.chance
            )

    def _by_accuracy(
        self, last: "pd.Series[float]", frequencies: "pd.Series[float]"
    ) -> Iterator[Finding]:
        majority, chance = float(frequencies.max()), float((frequencies**2).sum())
        enough = majority + self.high * (1 - majority)
        if last["accuracy"] >= enough and last["val_accuracy"] < majority:
            yield self.finding(
                sentence=self.of_accuracies,
                training=Rate(float(last["accuracy"])),
                validation=Rate(float(last["val_accuracy"])),
                majority=Rate(majority),
                kappa=float((last["val_accuracy"] - chance) / (1 - chance)),
            )


@dataclass(frozen=True)
class Diverged(Check):
    """The loss is no longer a number, or far above the entropy of the classes."""

    code = "HR405"
    title = "Loss diverged or NaN"
    advice = "Lower the learning rate, and check the scale of the input."
    severity = "error"
    remedies = ("lower-learning-rate",)
    pages = ("curves",)
    sentence = "Epoch {epoch} ends with {losses}."
    with_entropy = (
        "Epoch {epoch} ends with {losses}. The class frequencies alone give "
        "{entropy:.3f}, and {times:.0f} times as much is too much."
    )

    loss_over_entropy: float = KIND_RULES.loss_over_entropy

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if not is_saturated(evidence, self.loss_over_entropy):
            loss = "loss" if "loss" in evidence.history else "val_loss"
            evidence.require_curves(loss)
            return
        last = evidence.history.iloc[-1]
        losses = tuple(
            Phrase("{name} {loss:.3g}", {"name": name, "loss": float(last[name])})
            for name in ("loss", "val_loss")
            if name in last
        )
        entropy = evidence.frequency_entropy
        yield self.finding(
            sentence=self.with_entropy if np.isfinite(entropy) else None,
            epoch=int(last["epoch"]),
            losses=Items(losses),
            entropy=entropy,
            times=self.loss_over_entropy,
        )


@dataclass(frozen=True)
class BestLongAgo(Check):
    """The best epoch is far in the past, and a later one was kept."""

    code = "HR406"
    title = "Best epoch long before the last"
    advice = "Keep the best epoch, or stop earlier."
    remedies = ("earlier-checkpoint", "early-stopping")
    pages = ("curves",)
    sentence = (
        "{curve} was {best:.3f} in epoch {best_epoch} and is {kept:.3f} in epoch "
        "{kept_epoch}, which was kept. A drop of {drop:.2f} is too much."
    )

    drop: float = 0.05
    min_epochs: int = 3

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        known = "val_macro_f1" in evidence.history
        column = "val_macro_f1" if known else "val_accuracy"
        curves = evidence.require_curves(column, min_epochs=self.min_epochs)
        best = curves.iloc[int(curves[column].argmax())]
        kept_epoch = evidence.kept_epoch or int(curves["epoch"].iloc[-1])
        kept = curves.loc[curves["epoch"] == kept_epoch, column]
        if kept.empty:
            raise NotApplicable(f"epoch {kept_epoch}, which was kept, is not recorded")
        dropped = best[column] - kept.iloc[0] >= self.drop
        if best["epoch"] < kept_epoch and dropped:
            yield self.finding(
                curve=TITLES[column],
                best=float(best[column]),
                best_epoch=int(best["epoch"]),
                kept=float(kept.iloc[0]),
                kept_epoch=kept_epoch,
                drop=self.drop,
            )


@dataclass(frozen=True)
class ChosenByAccuracy(Check):
    """On imbalanced data accuracy prefers a model that predicts the majority class."""

    code = "HR407"
    title = "Model chosen by accuracy on imbalanced data"
    advice = "Choose the epoch by validation macro-F1."
    remedies = ("select-by-macro-f1",)
    pages = ("curves",)
    sentence = (
        "Epoch {epoch} was chosen by validation accuracy {accuracy}, and one class has "
        "{majority} of the training labels. Another choice: {others}."
    )

    imbalance: float = 0.50

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.select_by is None:
            raise NotApplicable("it is not known how the kept epoch was chosen")
        curves = evidence.require_curves("val_accuracy", "val_macro_f1")
        majority = float(evidence.require_training_frequencies().max())
        if evidence.select_by != "accuracy" or majority < self.imbalance:
            return
        chosen = curves.iloc[int(curves["val_accuracy"].argmax())]
        others = tuple(
            _other_choice(curves, column, chosen)
            for column in ("val_macro_f1", "val_balanced_accuracy")
            if column in curves and curves[column].notna().any()
        )
        yield self.finding(
            epoch=int(chosen["epoch"]),
            accuracy=Rate(float(chosen["val_accuracy"])),
            majority=Rate(majority),
            others=Items(others, " and "),
        )


def _other_choice(
    curves: pd.DataFrame, column: str, chosen: "pd.Series[float]"
) -> Phrase:
    best = curves.iloc[int(curves[column].argmax())]
    return Phrase(
        "{curve} would have chosen epoch {epoch} ({best:.3f} against {chosen:.3f})",
        {
            "curve": lowered(TITLES[column]),
            "epoch": int(best["epoch"]),
            "best": float(best[column]),
            "chosen": float(chosen[column]),
        },
    )
