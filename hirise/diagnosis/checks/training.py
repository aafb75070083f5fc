"""HR4xx: how the training went."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.collapse import KIND_RULES, is_saturated
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.wording import percent


@dataclass(frozen=True)
class Overfitted(Check):
    """Training goes on getting better while validation gets worse."""

    code = "HR401"
    title = "Overfitting"
    advice = "Keep the epoch with the best validation macro-F1; augment the images."
    remedies = ("early-stopping", "augmentation", "transfer")

    rise: float = 0.10
    min_epochs: int = 3

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.curves("loss", "val_loss", min_epochs=self.min_epochs)
        best = curves.iloc[int(curves["val_loss"].argmin())]
        last = curves.iloc[-1]
        if (
            last["val_loss"] > best["val_loss"] * (1 + self.rise)
            and last["loss"] < best["loss"]
        ):
            yield self.finding(
                f"Validation loss rose from {best['val_loss']:.3f} in epoch "
                f"{best['epoch']:.0f} to {last['val_loss']:.3f} in epoch "
                f"{last['epoch']:.0f} while training loss fell from {best['loss']:.3f} "
                f"to {last['loss']:.3f}; a rise of {percent(self.rise)} is too much."
            )


@dataclass(frozen=True)
class Underfitted(Check):
    """Even the training images are hardly recognised beyond the majority share."""

    code = "HR402"
    title = "Underfitting"
    advice = "Train longer, or with another learning rate or a larger network."
    remedies = ("more-epochs", "lower-learning-rate", "transfer")

    gain: float = 0.20

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.curves("accuracy")
        majority = float(evidence.shares.max())
        accuracy = float(curves["accuracy"].iloc[-1])
        if accuracy < majority + self.gain * (1 - majority):
            yield self.finding(
                f"Training accuracy ends at {percent(accuracy)} with a majority share "
                f"of {percent(majority)}; at least {percent(self.gain)} of the rest is "
                f"expected."
            )


@dataclass(frozen=True)
class LossAtEntropy(Check):
    """The training loss settles where a model that knows only the class shares would.

    Without the shares, a validation accuracy that repeats to the last digit is noted.
    """

    code = "HR403"
    title = "Loss stuck at the entropy of the class shares"
    advice = "Lower the learning rate, and check that input and labels match."
    remedies = ("lower-learning-rate", "class-weights", "transfer")

    tolerance: float = 0.02
    accuracy_tolerance: float = 0.005
    n_last: int = 2
    n_frozen: int = 3

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.training_shares is None:
            yield from self._frozen(evidence)
            return
        prefix = self._prefix(evidence.history)
        curves = evidence.curves(f"{prefix}loss", min_epochs=self.n_last)
        last = curves[f"{prefix}loss"].tail(self.n_last)
        expected = evidence.share_entropy
        if ((last - expected).abs() <= self.tolerance).all():
            collapsed = evidence.evaluation is None and self.says_collapsed(evidence)
            yield self.finding(
                f"{'Validation' if prefix else 'Training'} loss stays at "
                f"{last.iloc[-1]:.3f} nats over the last {self.n_last} epochs; the "
                f"entropy of the class shares is {expected:.3f} (within "
                f"{self.tolerance:.2f} counts as stuck).",
                severity="error" if collapsed else None,
            )

    def says_collapsed(self, evidence: Evidence) -> bool:
        """Whether curves and shares alone show that only the shares were learned."""
        history = evidence.history
        prefix = self._prefix(history)
        known = {f"{prefix}loss", f"{prefix}accuracy"} <= set(history.columns)
        if evidence.training_shares is None or len(history) < self.n_last or not known:
            return False
        last = history.tail(self.n_last)
        loss = last[f"{prefix}loss"] - evidence.share_entropy
        accuracy = last[f"{prefix}accuracy"] - evidence.majority_share
        at_entropy = (loss.abs() <= self.tolerance).all()
        return bool(at_entropy and (accuracy.abs() <= self.accuracy_tolerance).all())

    def _prefix(self, history: pd.DataFrame) -> str:
        """Training curves, or validation curves where those are not both recorded."""
        recorded = set(history.dropna(axis=1, how="all").columns)
        pairs = {p: {f"{p}loss", f"{p}accuracy"} for p in ("", "val_")}
        return next((p for p, pair in pairs.items() if pair <= recorded), "")

    def _frozen(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.curves("val_accuracy", min_epochs=self.n_frozen)
        last = curves.tail(self.n_frozen)
        losses = [c for c in ("loss", "val_loss") if c in last]
        still = all(
            np.ptp(last[c].to_numpy(dtype=float)) <= self.tolerance for c in losses
        )
        if np.ptp(last["val_accuracy"]) == 0 and losses and still:
            yield self.finding(
                f"Validation accuracy is {last['val_accuracy'].iloc[-1]:.4f} in each "
                f"of the last {self.n_frozen} epochs while the loss moves by no more "
                f"than {self.tolerance:.2f}: no image changed its label, the network "
                f"is frozen. The class shares would tell more.",
                severity="note",
            )


@dataclass(frozen=True)
class ValidationAtChance(Check):
    """Training goes well, validation no better than chance: suspect labels."""

    code = "HR404"
    title = "Validation at chance while training is high"
    advice = "Check that validation labels belong to their images."
    remedies = ("repaired-labels",)

    high: float = 0.40
    chance: float = 0.10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.curves("accuracy", "val_accuracy")
        train, val = evidence.epoch_kappa("train"), evidence.epoch_kappa("val")
        if np.isfinite(train) and np.isfinite(val):
            if train >= self.high and val <= self.chance:
                yield self.finding(
                    f"In the last epoch Cohen's kappa is {train:.2f} on training "
                    f"images and {val:.2f} on validation images ({self.chance:.2f} or "
                    f"less is chance)."
                )
            return
        yield from self._by_accuracy(curves.iloc[-1], evidence.shares)

    def _by_accuracy(
        self, last: "pd.Series[float]", shares: "pd.Series[float]"
    ) -> Iterator[Finding]:
        majority, chance = float(shares.max()), float((shares**2).sum())
        enough = majority + self.high * (1 - majority)
        if last["accuracy"] >= enough and last["val_accuracy"] < majority:
            kappa = (last["val_accuracy"] - chance) / (1 - chance)
            yield self.finding(
                f"Training accuracy ends at {percent(last['accuracy'])}, validation "
                f"accuracy at {percent(last['val_accuracy'])}, below the majority "
                f"share {percent(majority)}. Cohen's kappa cannot be known from "
                f"accuracies: on validation it is {kappa:.2f} if each class is named "
                f"as often as it occurs, and less or more if the majority is named "
                f"more or less often. A network that learned its training images by "
                f"heart can do this too."
            )


@dataclass(frozen=True)
class Diverged(Check):
    """The loss is no number any more, or far above that of guessing."""

    code = "HR405"
    title = "Loss diverged or NaN"
    advice = "Lower the learning rate, and check the scale of the input."
    severity = "error"
    remedies = ("lower-learning-rate",)

    loss_over_entropy: float = KIND_RULES.loss_over_entropy

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if not is_saturated(evidence, self.loss_over_entropy):
            evidence.curves("loss" if "loss" in evidence.history else "val_loss")
            return
        last = evidence.history.iloc[-1]
        said = ", ".join(
            f"{c} {last[c]:.3g}" for c in ("loss", "val_loss") if c in last
        )
        entropy = evidence.share_entropy
        against = (
            f"; guessing by the class shares gives {entropy:.3f}, and "
            f"{self.loss_over_entropy:.0f} times as much is too much"
            if np.isfinite(entropy)
            else ""
        )
        yield self.finding(f"Epoch {last['epoch']:.0f} ends with {said}{against}.")


@dataclass(frozen=True)
class BestLongAgo(Check):
    """The best epoch lies far back and a later one was kept."""

    code = "HR406"
    title = "Best epoch long before the last"
    advice = "Keep the best epoch, or stop earlier."
    remedies = ("earlier-checkpoint", "early-stopping")

    drop: float = 0.05
    min_epochs: int = 3

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        column = (
            "val_macro_f1" if "val_macro_f1" in evidence.history else "val_accuracy"
        )
        curves = evidence.curves(column, min_epochs=self.min_epochs)
        best = curves.iloc[int(curves[column].argmax())]
        kept_epoch = evidence.kept_epoch or int(curves["epoch"].iloc[-1])
        kept = curves[curves["epoch"] == kept_epoch]
        if kept.empty:
            raise NotApplicable(f"epoch {kept_epoch}, which was kept, is not recorded")
        if (
            best["epoch"] < kept_epoch
            and best[column] - kept[column].iloc[0] >= self.drop
        ):
            yield self.finding(
                f"{_NAMES[column]} was {best[column]:.3f} in epoch {best['epoch']:.0f} "
                f"and is {kept[column].iloc[0]:.3f} in epoch {kept_epoch}, which was "
                f"kept; a drop of {self.drop:.2f} is too much."
            )


@dataclass(frozen=True)
class ChosenByAccuracy(Check):
    """On imbalanced data accuracy prefers the model that names the majority."""

    code = "HR407"
    title = "Model chosen by accuracy on imbalanced data"
    advice = "Choose the epoch by validation macro-F1."
    remedies = ("select-by-macro-f1",)

    imbalance: float = 0.50

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.select_by is None:
            raise NotApplicable("it is not known how the kept epoch was chosen")
        curves = evidence.curves("val_accuracy", "val_macro_f1")
        majority = float(evidence.shares.max())
        if evidence.select_by != "accuracy" or majority < self.imbalance:
            return
        chosen = curves.iloc[int(curves["val_accuracy"].argmax())]
        others = []
        for column in ("val_macro_f1", "val_balanced_accuracy"):
            if column in curves and curves[column].notna().any():
                best = curves.iloc[int(curves[column].argmax())]
                others.append(
                    f"{_NAMES[column].lower()} would have chosen epoch "
                    f"{best['epoch']:.0f} ({best[column]:.3f} against "
                    f"{chosen[column]:.3f})"
                )
        yield self.finding(
            f"Epoch {chosen['epoch']:.0f} was chosen by validation accuracy "
            f"{percent(chosen['val_accuracy'])} where one class holds "
            f"{percent(majority)} of the training labels; {' and '.join(others)}."
        )


_NAMES = {
    "val_macro_f1": "Validation macro-F1",
    "val_balanced_accuracy": "Validation balanced accuracy",
    "val_accuracy": "Validation accuracy",
}
