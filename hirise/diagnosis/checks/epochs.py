"""HR401, HR406 and HR407: which epoch was the best, and which one was kept."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.wording import Items, Phrase, Rate, lowered
from hirise.metrics.titles import METRICS

TITLES = {
    f"val_{key}": f"Validation {lowered(METRICS[key].title)}"
    for key in ("macro_f1", "balanced_accuracy", "accuracy")
}
"""Curves by which an epoch is chosen."""


def smoothed(values: "pd.Series[float]") -> "pd.Series[float]":
    """Median of each epoch and those right before it: two, or three from six on.

    One epoch that is out of line moves it little.

    Examples
    --------
    >>> smoothed(pd.Series([0.5, 0.4, 0.9])).round(2).tolist()
    [0.5, 0.45, 0.65]
    """
    window = 3 if len(values) >= 6 else 2
    return values.rolling(window, min_periods=1).median()


def evaluated_epoch(evidence: Evidence, epoch: int) -> int:
    """The epoch whose weights made the predictions; `epoch` unless others show it.

    Where the accuracy of the validation predictions is that of another epoch and not
    that of `epoch`, weights of that one were restored.
    """
    evaluation, history = evidence.evaluation, evidence.history
    if evaluation is None or not evaluation.has_truth or evaluation.split != "val":
        return epoch
    if "val_accuracy" not in history:
        return epoch
    away = (history["val_accuracy"] - evaluation.metric("accuracy")).abs()
    same = history.loc[away < 0.5 / evaluation.n_evaluated, "epoch"].astype(int)
    if same.empty or epoch in set(same):
        return epoch
    return int(same.iloc[-1])


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
        "{training_last:.3f}. That counts as overfitting from a rise of "
        "{rise} and {least} nats on, which neighbouring epochs must share."
    )
    of_restored = (
        "After epoch {kept_epoch}, whose weights were kept, validation loss rose from "
        "{best:.3f} in epoch {best_epoch} to {last:.3f} in epoch {last_epoch}, and "
        "training loss fell. The kept weights have nothing of it."
    )

    of_held = (
        "Validation loss rose from {best:.3f} in epoch {best_epoch} to {last:.3f} in "
        "epoch {last_epoch}, while training loss fell, and {metric} held: it is "
        "{held:.3f}, and was {highest:.3f} at best. Its errors became more confident, "
        "not more frequent."
    )

    rise: float = 0.10
    least: float = 0.05
    """Nats below which a rise, of whatever fraction, says nothing."""
    fall: float = 0.03
    """Of the smoothed metric, up to which a healthy classifier has not got worse."""
    min_epochs: int = 3

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        curves = evidence.require_curves("loss", "val_loss", min_epochs=self.min_epochs)
        last_epoch = int(curves["epoch"].iloc[-1])
        kept = evaluated_epoch(evidence, evidence.kept_epoch or last_epoch)
        until = curves[curves["epoch"] <= kept]
        if len(until) >= self.min_epochs and self._rises(until):
            yield self._of_held(evidence, until) or self._finding(until, kept)
        elif kept < last_epoch and self._rises(curves):
            yield self._finding(curves, kept)

    def _rises(self, curves: pd.DataFrame) -> bool:
        """Validation loss above its best, by itself and smoothed, as training's falls.

        The best is that of the smoothed curve, too: a single low epoch is no level.
        """
        for values in (curves["val_loss"], smoothed(curves["val_loss"])):
            best = int(values.argmin())
            limit = values.iloc[best] + max(self.rise * values.iloc[best], self.least)
            falls = curves["loss"].iloc[-1] < curves["loss"].iloc[best]
            if not (values.iloc[-1] > limit and falls):
                return False
        return True

    def _of_held(self, evidence: Evidence, curves: pd.DataFrame) -> Finding | None:
        """A note where the classifier is healthy, and as good as it ever was."""
        column = next((name for name in TITLES if name in curves), None)
        evaluation = evidence.evaluation
        is_healthy = evaluation is not None and evidence.verdict.key == "healthy"
        if column is None or not is_healthy:
            return None
        level = smoothed(curves[column])
        held, highest = float(level.iloc[-1]), float(level.max())
        if not highest - held <= self.fall:
            return None
        best = curves.iloc[int(curves["val_loss"].argmin())]
        return self.finding(
            severity="note",
            sentence=self.of_held,
            best=float(best["val_loss"]),
            best_epoch=int(best["epoch"]),
            last=float(curves["val_loss"].iloc[-1]),
            last_epoch=int(curves["epoch"].iloc[-1]),
            metric=lowered(TITLES[column]),
            held=held,
            highest=highest,
        )

    def _finding(self, curves: pd.DataFrame, kept: int) -> Finding:
        best, last = curves.iloc[int(curves["val_loss"].argmin())], curves.iloc[-1]
        restored = kept < last["epoch"]
        return self.finding(
            severity="note" if restored else None,
            sentence=self.of_restored if restored else None,
            kept_epoch=kept,
            best=float(best["val_loss"]),
            best_epoch=int(best["epoch"]),
            last=float(last["val_loss"]),
            last_epoch=int(last["epoch"]),
            training_best=float(best["loss"]),
            training_last=float(last["loss"]),
            rise=Rate(self.rise),
            least=self.least,
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
        "{kept_epoch}, which was kept. A drop of {drop:.2f} or more, also averaged "
        "over neighbouring epochs, is reported."
    )
    of_unknown = (
        "{curve} was {best:.3f} in epoch {best_epoch} and is {kept:.3f} in epoch "
        "{kept_epoch}, the last. It is not known which epoch was kept."
    )

    drop: float = 0.05
    min_epochs: int = 3

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        known = "val_macro_f1" in evidence.history
        column = "val_macro_f1" if known else "val_accuracy"
        curves = evidence.require_curves(column, min_epochs=self.min_epochs)
        last_epoch = int(curves["epoch"].iloc[-1])
        kept_epoch = evaluated_epoch(evidence, evidence.kept_epoch or last_epoch)
        if kept_epoch not in set(curves["epoch"]):
            raise NotApplicable(f"epoch {kept_epoch}, which was kept, is not recorded")
        until = curves[curves["epoch"] <= kept_epoch]
        if not self._drops(until[column]):
            return
        best, kept = until.iloc[int(until[column].argmax())], until.iloc[-1]
        unknown = evidence.kept_epoch is None and evidence.evaluation is None
        yield self.finding(
            severity="note" if unknown else None,
            sentence=self.of_unknown if unknown else None,
            curve=TITLES[column],
            best=float(best[column]),
            best_epoch=int(best["epoch"]),
            kept=float(kept[column]),
            kept_epoch=kept_epoch,
            drop=self.drop,
        )

    def _drops(self, values: "pd.Series[float]") -> bool:
        """A drop of the curve itself, and of its mean over neighbouring epochs."""
        curves = (values, smoothed(values))
        return all(c.max() - c.iloc[-1] >= self.drop for c in curves)


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
        "{majority} of the training labels. Another choice: {others}. A difference of "
        "{least:.2f} or more is reported."
    )

    imbalance: float = 0.50
    least: float = 0.02
    """Of the other score, also averaged over neighbouring epochs, that it must cost."""

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
            if column in curves
            and self._costs(curves[column], int(curves["val_accuracy"].argmax()))
        )
        if not others:
            return
        yield self.finding(
            epoch=int(chosen["epoch"]),
            accuracy=Rate(float(chosen["val_accuracy"])),
            majority=Rate(majority),
            others=Items(others, " and "),
            least=self.least,
        )

    def _costs(self, values: "pd.Series[float]", chosen: int) -> bool:
        """Whether another epoch would have been clearly better than that row."""
        if not values.notna().any():
            return False
        curves = (values, smoothed(values))
        return all(c.max() - c.iloc[chosen] >= self.least for c in curves)


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
