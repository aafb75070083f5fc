"""Evidence: all that is known of a classifier, as tables that checks read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.labels import LabelEvidence
from hirise.diagnosis.labels.noise import LabelNoise, label_noise
from hirise.diagnosis.labels.suspected import suspected_errors
from hirise.diagnosis.leakage import LeakageEvidence
from hirise.diagnosis.verdict import Verdict, decide
from hirise.errors import InputError, shown
from hirise.evaluation import Evaluation
from hirise.metrics.metrics import cross_entropy_of, entropy
from hirise.predictions import Predictions
from hirise.runs.experiments import ExperimentResult


@dataclass(frozen=True)
class LayerInput:
    """The numbers that the first layer with weights gets.

    `varies`: whether they differ between images; `normalised`: whether that layer or
    the next brings them to a common scale.
    """

    layer: str
    low: float
    high: float
    mean: float
    varies: bool
    normalised: bool


@dataclass(frozen=True)
class Activations:
    """A probe of at most 256 images of one split.

    Attributes
    ----------
    layers : DataFrame
        One row per layer with an activation but the last: `name`, `type`,
        `activation`, `units`, `dead` (units that are the same for all images).
    input : LayerInput, optional
    activation : str
        Of the last layer: `softmax`, `sigmoid`, `linear`, …; "" if unknown.
    n_outputs, n_labels : int
    logit_std : (n_outputs,) float
        Standard deviation of each output over the images, before any softmax; NaN
        where it is not finite.
    loss : str
        Name of the loss, "" if unknown.
    from_logits : bool, optional
        Whether the loss expects logits.
    batch_normalisation : int, optional
        Layers that keep moving averages, where that was counted.
    inputs : mapping
        By split, what the first layer with weights gets: `min`, `max`, `mean`, `std`,
        and of images `detail`, `constant_images` and `channel_means`.
    """

    n_images: int
    layers: pd.DataFrame
    activation: str
    n_outputs: int
    n_labels: int
    logit_std: np.ndarray[Any, np.dtype[np.float64]]
    input: LayerInput | None = None
    loss: str = ""
    from_logits: bool | None = None
    split: str = field(default="")
    batch_normalisation: int | None = None
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def parse_activations(document: Mapping[str, Any], *, where: str) -> Activations:
    """Read `activations.json`; keys that this version does not know are ignored.

    Raises
    ------
    InputError
        A document of another shape.

    Examples
    --------
    >>> layer = {"name": "dense", "type": "Dense", "activation": "relu"}
    >>> layer |= {"units": 4, "dead": 1}
    >>> output = {"activation": "softmax", "units": 2, "n_labels": 2}
    >>> output |= {"logit_std": [0.5, 0.4]}
    >>> document = {"n_images": 256, "layers": [layer], "output": output}
    >>> activations = parse_activations(document, where="my-run")
    >>> activations.activation, activations.layers["dead_share"].tolist()
    ('softmax', [0.25])
    """
    try:
        output, loss = document["output"], document.get("loss") or {}
        return Activations(
            n_images=int(document["n_images"]),
            split=str(document.get("split", "")),
            layers=_layers(document["layers"]),
            input=_input(document.get("input")),
            activation=shown(str(output["activation"])),
            n_outputs=int(output["units"]),
            n_labels=int(output["n_labels"]),
            logit_std=np.array(output["logit_std"], dtype=float),
            loss=shown(str(loss.get("name", ""))),
            from_logits=loss.get("from_logits"),
            batch_normalisation=_count(document.get("batch_normalisation")),
            inputs={
                str(split): _stats(stats)
                for split, stats in (document.get("inputs") or {}).items()
                if stats is not None
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            "its activations.json does not have the format that hirise writes "
            f"({type(error).__name__}: {error}).",
            where=where,
            how="Predict again, or delete that file.",
        ) from error


def _layers(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(
        [
            {
                "name": shown(str(row["name"])),
                "type": shown(str(row["type"])),
                "activation": shown(str(row["activation"])),
                "units": int(row["units"]),
                "dead": int(row["dead"]),
            }
            for row in rows
        ],
        columns=["name", "type", "activation", "units", "dead"],
    )
    return table.assign(dead_share=table["dead"] / table["units"])


def _input(entry: dict[str, Any] | None) -> LayerInput | None:
    if entry is None:
        return None
    return LayerInput(
        layer=shown(str(entry["layer"])),
        low=_number(entry["min"]),
        high=_number(entry["max"]),
        mean=_number(entry["mean"]),
        varies=bool(entry["varies"]),
        normalised=bool(entry["normalised"]),
    )


def _stats(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Statistics of an input, less those that were no numbers when measured."""
    names = ("min", "max", "mean", "std", "detail", "constant_images")
    found: dict[str, Any] = {
        name: float(entry[name]) for name in names if entry.get(name) is not None
    }
    means = entry.get("channel_means")
    if means is not None:
        first, second, third = map(float, means)
        found["channel_means"] = (first, second, third)
    return found


def _count(entry: dict[str, Any] | None) -> int | None:
    return None if entry is None else int(entry["layers"])


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


@dataclass(frozen=True)
class Evidence:
    """What the checks read; whatever is unknown is empty or None.

    Attributes
    ----------
    source : str
        Where it comes from, for people.
    evaluation : Evaluation, optional
        Of the split under diagnosis; None when only a history is known.
    history : DataFrame
        One row per epoch: `epoch` from 1, `loss`, `accuracy`, `balanced_accuracy`,
        `macro_f1` and the same with `val_`. Where a recorder has measured them in
        inference mode, `logged_loss` and so on are as the framework itself logged them.
    predicted_counts : DataFrame
        `epoch`, `split`, `class_name`, `n`.
    training_shares : Series, optional
        Frequency of each class in the training labels, by class name.
    split_counts : DataFrame, optional
        Images per class (index) and split (columns).
    file_problems : Series, optional
        Files by problem (`missing`, `corrupt`, …); empty if there are none.
    select_by : str, optional
        How the kept epoch was chosen: `last`, `accuracy` or `macro_f1`.
    kept_epoch : int, optional
        The epoch whose weights made the predictions; the last if not known.
    predictions : Predictions, optional
        What `evaluation` measured, image by image.
    activations : Activations, optional
        What the network's layers gave for a few images.
    labels : LabelEvidence, optional
        Whether the recorded labels belong to their images.
    leakage : LeakageEvidence, optional
        What the evaluated images have in common with those of training.
    saliency : DataFrame, optional
        Of some images: `image`, `border_area` (the fraction that is a black border
        without data) and `border_share` (the fraction of the saliency that lies there).
    settings : mapping
        The recipe of the run: `optimizer`, `learning_rate`, `loss`, `dropout`, …
    layer_stats : DataFrame
        By `epoch` and `layer`: gradients, updates, norms of weights, dead units.
    notes : tuple of str
        What was assumed when a history was read.
    experiments : tuple of ExperimentResult
        What was made on the run to decide between causes, in its order.
    gaps : bool
        A NaN in `history` says that nothing was logged, as other tools leave gaps.
        Otherwise it says that a loss was no longer a number.
    """

    source: str
    evaluation: Evaluation | None = None
    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    predicted_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    training_shares: pd.Series | None = None
    split_counts: pd.DataFrame | None = None
    file_problems: pd.Series | None = None
    select_by: str | None = None
    kept_epoch: int | None = None
    predictions: Predictions | None = None
    activations: Activations | None = None
    labels: LabelEvidence | None = None
    leakage: LeakageEvidence | None = None
    saliency: pd.DataFrame | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    layer_stats: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()
    experiments: tuple[ExperimentResult, ...] = ()
    gaps: bool = False

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict on the evaluation, as the decision table gives it."""
        return decide(self.require_evaluation())

    @cached_property
    def suspects(self) -> pd.DataFrame:
        """Suspected label errors, as `suspected_errors` lists them."""
        if self.predictions is None or self.predictions.proba is None:
            raise NotApplicable("there are no probabilities, only labels")
        return suspected_errors(self.predictions)

    @cached_property
    def label_noise(self) -> LabelNoise:
        """How many labels seem incorrect, as `label_noise` fits it."""
        if self.predictions is None or self.predictions.proba is None:
            raise NotApplicable("there are no probabilities, only labels")
        return label_noise(self.predictions)

    def require_evaluation(self) -> Evaluation:
        """The evaluation, also where it does not suffice for a verdict."""
        if self.evaluation is None:
            raise NotApplicable("there are no predictions, only training curves")
        return self.evaluation

    def require_measurable(self) -> Evaluation:
        """The evaluation, if its labelled images suffice for a verdict."""
        evaluation = self.require_evaluation()
        if not evaluation.has_truth:
            raise NotApplicable("there are no true labels")
        reason = self.verdict.reason
        if reason is not None and reason.insufficient:
            raise NotApplicable(str(reason))
        return evaluation

    def require_probabilities(self) -> Evaluation:
        """The evaluation, if probabilities are known."""
        evaluation = self.require_evaluation()
        if not evaluation.has_proba:
            raise NotApplicable("there are no probabilities, only labels")
        return evaluation

    def require_curves(self, *columns: str, min_epochs: int = 1) -> pd.DataFrame:
        """The history, if it has these columns, filled, for that many epochs."""
        if self.history.empty:
            raise NotApplicable("there is no training history")
        for column in columns:
            if column not in self.history or self.history[column].isna().all():
                raise NotApplicable(f"the history has no `{column}`")
        curves = self.recorded(*columns)
        if len(curves) < min_epochs:
            raise NotApplicable(
                f"the history has {len(curves)} epochs, fewer than {min_epochs}"
            )
        return curves

    def recorded(self, *columns: str) -> pd.DataFrame:
        """The epochs of the history in which all of these columns were logged."""
        known = [name for name in columns if name in self.history]
        return self.history.dropna(subset=known) if self.gaps else self.history

    def require_training_frequencies(self) -> "pd.Series[Any]":
        """Class frequencies of the training labels, if known."""
        if self.training_shares is None:
            raise NotApplicable(
                "the class frequencies of the training labels are unknown"
            )
        return self.training_shares

    @cached_property
    def frequency_entropy(self) -> float:
        """Entropy of the training class frequencies in nats; NaN if unknown."""
        if self.training_shares is None:
            return float("nan")
        return entropy(self.training_shares.to_numpy(dtype=float))

    @property
    def majority_frequency(self) -> float:
        """Largest training class frequency; NaN if unknown."""
        if self.training_shares is None:
            return float("nan")
        return float(self.training_shares.max())

    def frequency_cross_entropy(self) -> float:
        """Log-loss on this split of a model that outputs the training frequencies."""
        evaluation = self.evaluation
        if (
            evaluation is None
            or not evaluation.has_truth
            or self.training_shares is None
        ):
            return float("nan")
        table = evaluation.shares
        return cross_entropy_of(
            table["n_true"].to_numpy(dtype=float),
            table["training_share"].to_numpy(dtype=float),
        )

    def epoch_kappa(self, split: str) -> float:
        """Cohen's kappa of the last epoch on `train` or `val`, from what was recorded.

        Needs the accuracy, the predicted labels of that epoch and the class frequencies
        of the split; NaN without them.
        """
        column = "accuracy" if split == "train" else "val_accuracy"
        counts = self.predicted_counts
        if counts.empty or column not in self.history or self.history.empty:
            return float("nan")
        last = self.history.iloc[-1]
        rows = counts[(counts["split"] == split) & (counts["epoch"] == last["epoch"])]
        true = self._true_frequencies(split)
        if rows.empty or true is None:
            return float("nan")
        predicted = rows.set_index("class_name")["n"]
        predicted = predicted / predicted.sum()
        chance = float((predicted * true.reindex(predicted.index).fillna(0)).sum())
        return (float(last[column]) - chance) / (1 - chance) if chance < 1 else np.nan

    def _true_frequencies(self, split: str) -> "pd.Series[Any] | None":
        if split == "train" and self.training_shares is not None:
            return self.training_shares
        if self.split_counts is None or split not in self.split_counts:
            return None
        counts = self.split_counts[split]
        return counts / counts.sum() if counts.sum() else None
