"""HR402 to HR405: how the training went."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.checks.baselines import baseline_of, chance_agreement
from hirise.diagnosis.checks.epochs import smoothed
from hirise.diagnosis.collapse_kind import KIND_RULES, is_saturated, last_of
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding
from hirise.diagnosis.wording import Items, Phrase, Rate

BELOW_CHANCE = "below chance"
"""Subject of HR404 where classes differ between the splits, or their names."""
LATE = "late"
"""Subject of HR405 where the training had learned before it diverged."""


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
    kappa: float = 0.40
    """Cohen's kappa on training images that no network has which learned nothing."""

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.require_curves("accuracy")
        majority = float(evidence.require_training_frequencies().max())
        accuracy = float(curves["accuracy"].iloc[-1])
        # Class weights cost accuracy, and not agreement beyond chance.
        agrees = evidence.epoch_kappa("train") >= self.kappa
        if accuracy < majority + self.gain * (1 - majority) and not agrees:
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
    advice = "Check that input and labels match, and whether the network still learns."
    remedies = ("lower-learning-rate", "class-weights", "transfer")
    pages = ("curves",)
    sentence = (
        "{curve} loss stays at {loss:.3f} nats over the last {n_last} epochs, and the "
        "entropy of the class frequencies is {entropy:.3f}. Within {tolerance:.2f} "
        "counts as stuck."
    )
    of_binary = (
        "{curve} loss stays at {loss:.3f} over the last {n_last} epochs, which is "
        "the mean binary entropy of the {n_classes} class frequencies "
        "({entropy:.3f}). Binary accuracy ({accuracy} there) is not an accuracy with "
        "{n_classes} classes: a network that learned nothing reaches {baseline}."
    )
    of_frozen = (
        "Validation accuracy is {accuracy:.4f} in each of the last {n_frozen} "
        "epochs, while the {curve} loss moves by {moved:.3f}: no prediction seems to "
        "change. The network is frozen, or it predicts one class. Predictions show "
        "which."
    )
    of_accuracy = (
        "Validation accuracy is {accuracy:.4f} in each of the last {n_frozen} epochs: "
        "no prediction seems to change. The network is frozen, or it predicts one "
        "class. Predictions show which."
    )

    tolerance: float = 0.02
    accuracy_tolerance: float = 0.005
    n_last: int = 2
    n_frozen: int = 3
    n_certain: int = 5
    """Epochs of one accuracy that tell of a frozen network whatever the loss does."""
    nearly_all: float = 0.95
    """An accuracy above repeats because hardly anything is left to change."""

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.training_shares is None:
            yield from self._frozen(evidence)
            return
        baseline = baseline_of(evidence)
        if baseline.loss not in evidence.history and self._known(evidence):
            yield from self._frozen(evidence)
            return
        curves = evidence.require_curves(baseline.loss, min_epochs=self.n_last)
        last = curves[baseline.loss].tail(self.n_last)
        if ((last - baseline.entropy).abs() > self.tolerance).any():
            if self._known(evidence):
                yield from self._frozen(evidence)
            return
        collapsed = self.is_collapse(evidence)
        if baseline.is_binary and not collapsed:
            return
        yield self.finding(
            severity="error" if collapsed and evidence.evaluation is None else None,
            sentence=self.of_binary if baseline.is_binary else None,
            curve="Validation" if baseline.loss == "val_loss" else "Training",
            loss=float(last.iloc[-1]),
            n_last=self.n_last,
            entropy=baseline.entropy,
            tolerance=self.tolerance,
            n_classes=len(evidence.training_shares),
            accuracy=Rate(last_of(evidence, baseline.rate)),
            baseline=Rate(baseline.value),
        )

    def is_collapse(self, evidence: Evidence) -> bool:
        """Whether the curves alone show that only the frequencies were learned."""
        if evidence.training_shares is None:
            return False
        baseline = baseline_of(evidence)
        if not {baseline.loss, baseline.rate} <= set(evidence.history.columns):
            return False
        last = evidence.recorded(baseline.loss, baseline.rate).tail(self.n_last)
        loss = last[baseline.loss] - baseline.entropy
        accuracy = last[baseline.rate] - baseline.value
        at_entropy = (loss.abs() <= self.tolerance).all()
        at_baseline = (accuracy.abs() <= self.accuracy_tolerance).all()
        return bool(len(last) == self.n_last and at_entropy and at_baseline)

    def _known(self, evidence: Evidence) -> bool:
        """Whether enough epochs have a validation accuracy."""
        if "val_accuracy" not in evidence.history:
            return False
        return len(evidence.recorded("val_accuracy")) >= self.n_frozen

    def _frozen(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.require_curves("val_accuracy", min_epochs=self.n_frozen)
        accuracy = float(curves["val_accuracy"].iloc[-1])
        if not 0 < accuracy < self.nearly_all:  # at 0, HR404 tells more
            return
        # Counted back from the last epoch until the first that is otherwise.
        same = (curves["val_accuracy"] == accuracy)[::-1].cumprod()
        last = curves.tail(int(same.sum()))
        losses = [c for c in ("loss", "val_loss") if c in last]
        if not np.isfinite(last[losses].to_numpy(dtype=float)).all():
            return  # HR405 tells more
        # The training loss may go on falling while no prediction changes.
        of_three = last.tail(self.n_frozen)
        moved = np.ptp(of_three[losses[-1]].to_numpy(dtype=float)) if losses else np.nan
        still = losses[-1:] == ["loss"] or moved <= self.tolerance
        least = self.n_frozen if losses and still else self.n_certain
        if len(last) < least:
            return
        template, of_loss = self.of_frozen, last[losses[:1]].to_numpy(dtype=float)
        if not losses:
            template = self.of_accuracy
        yield self.finding(
            severity="note",
            sentence=template,
            accuracy=accuracy,
            n_frozen=len(last),
            moved=float(np.ptp(of_loss)) if losses else 0.0,
            curve="validation" if losses[:1] == ["val_loss"] else "training",
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
    of_losses = (
        "Training loss ends at {loss:.3f} nats, far below the {entropy:.3f} of the "
        "class frequencies, and validation accuracy at {validation}, where chance "
        "agreement is {expected}. Cohen's kappa on validation is {kappa:.2f} if each "
        "class is predicted as often as it occurs. A network that memorised its "
        "training images can do this too."
    )
    of_unseen = (
        "Validation accuracy is at most {validation} in {n_epochs} epochs, while "
        "training accuracy ends at {training}. That is far below chance{expected}, "
        "which scrambled labels would give. Validation holds classes that training "
        "lacks, as sorted data with `validation_split` does, or the class names are in "
        "another order."
    )

    high: float = 0.40
    chance: float = 0.10
    far_below: float = 0.25
    """Fraction of chance agreement below which labels are not merely scrambled."""
    low_loss: float = 0.25
    """Fraction of the entropy of the class frequencies that only a network reaches
    which fits its training images; used where training accuracy is unknown."""
    min_epochs: int = 3
    least: float = 0.01
    """Accuracy that validation must lack to the majority-class baseline."""

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if "accuracy" not in evidence.history and "loss" in evidence.history:
            yield from self._by_loss(evidence)
            return
        curves = evidence.require_curves("accuracy", "val_accuracy")
        if self._is_below_chance(evidence, curves):
            yield self._unseen(evidence, curves)
            return
        training, validation = (
            evidence.epoch_kappa("train"),
            evidence.epoch_kappa("val"),
        )
        if not (np.isfinite(training) and np.isfinite(validation)):
            frequencies = evidence.require_training_frequencies()
            yield from self._by_accuracy(curves, frequencies)
        elif training >= self.high and validation <= self.chance:
            yield self.finding(
                training=training, validation=validation, chance=self.chance
            )

    def _by_loss(self, evidence: Evidence) -> Iterator[Finding]:
        last = evidence.require_curves("loss", "val_accuracy").iloc[-1]
        evidence.require_training_frequencies()
        entropy, chance = evidence.frequency_entropy, chance_agreement(evidence)
        kappa = (last["val_accuracy"] - chance) / (1 - chance)
        if last["loss"] <= self.low_loss * entropy and kappa <= self.chance:
            yield self.finding(
                sentence=self.of_losses,
                loss=float(last["loss"]),
                entropy=entropy,
                validation=Rate(float(last["val_accuracy"])),
                expected=Rate(chance),
                kappa=float(kappa),
            )

    def _is_below_chance(self, evidence: Evidence, curves: pd.DataFrame) -> bool:
        """In all epochs, while training accuracy is beyond any baseline."""
        majority = np.nan_to_num(evidence.majority_frequency, nan=0.5)
        enough = majority + self.high * (1 - majority)
        # Without frequencies only an accuracy of 0 is known to be below chance.
        limit = np.nan_to_num(self.far_below * chance_agreement(evidence))
        return bool(
            len(curves) >= self.min_epochs
            and curves["accuracy"].iloc[-1] >= enough
            and curves["val_accuracy"].max() <= limit
        )

    def _unseen(self, evidence: Evidence, curves: pd.DataFrame) -> Finding:
        chance = chance_agreement(evidence)
        return self.finding(
            subject=BELOW_CHANCE,
            sentence=self.of_unseen,
            training=Rate(float(curves["accuracy"].iloc[-1])),
            validation=Rate(float(curves["val_accuracy"].max())),
            n_epochs=len(curves),
            expected="" if np.isnan(chance) else f" ({Rate(chance)})",
        )

    def _by_accuracy(
        self, curves: pd.DataFrame, frequencies: "pd.Series[float]"
    ) -> Iterator[Finding]:
        last, level = curves.iloc[-1], smoothed(curves["val_accuracy"]).iloc[-1]
        majority, chance = float(frequencies.max()), float((frequencies**2).sum())
        enough = majority + self.high * (1 - majority)
        below = max(level, last["val_accuracy"]) < majority - self.least
        if last["accuracy"] >= enough and below:
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
        "{entropy:.3f}, and more than {times:.0f} times as much counts as "
        "divergence."
    )
    of_late = (
        "In epoch {best_epoch} {curve} was {best} and the training loss {low:.3g}. "
        "In epoch {epoch} they are {accuracy} and {loss:.3g}: the network lost what "
        "it had learned. A fall of {drop:.2f} or more with at least {jump:.0f} times "
        "the loss counts as divergence."
    )

    loss_over_entropy: float = KIND_RULES.loss_over_entropy
    drop: float = 0.20
    jump: float = 3.0
    learned: float = KIND_RULES.learned

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        late = self._late(evidence)
        if late is not None:
            yield late
            return
        if not is_saturated(evidence, self.loss_over_entropy):
            loss = "loss" if "loss" in evidence.history else "val_loss"
            evidence.require_curves(loss)
            return
        last = evidence.history.iloc[-1]
        losses = tuple(
            Phrase("{name} {loss:.3g}", {"name": name, "loss": last_of(evidence, name)})
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

    def _late(self, evidence: Evidence) -> Finding | None:
        """The training loss jumped, and the accuracy fell from where it had been."""
        history = evidence.history
        rate = next((c for c in ("accuracy", "val_accuracy") if c in history), None)
        if rate is None or "loss" not in history:
            return None
        curves = evidence.recorded(rate, "loss")
        kept = evidence.kept_epoch
        if kept is not None:  # what came after the weights that were kept is no harm
            curves = curves[curves["epoch"] <= kept]
        if len(curves) < 2 or curves[rate].isna().all():
            return None
        at = int(curves[rate].argmax())
        best, last = curves.iloc[at], curves.iloc[-1]
        majority = evidence.majority_frequency
        enough = majority + self.learned * (1 - majority)
        # Where no frequency is known, an epoch after the first one has learned.
        if at == 0 or best[rate] < enough:
            return None
        fell = best[rate] - last[rate] >= self.drop
        if not (fell and last["loss"] >= self.jump * best["loss"] > 0):
            return None
        return self.finding(
            subject=LATE,
            sentence=self.of_late,
            best_epoch=int(best["epoch"]),
            curve="training accuracy" if rate == "accuracy" else "validation accuracy",
            best=Rate(float(best[rate])),
            low=float(best["loss"]),
            epoch=int(last["epoch"]),
            accuracy=Rate(float(last[rate])),
            loss=float(last["loss"]),
            drop=self.drop,
            jump=self.jump,
        )
