"""The thresholds of the decision table, and what is held against them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hirise.diagnosis.wording import Images, Names, Rate, rate_of
from hirise.evaluation import MEASURABLE, Evaluation
from hirise.metrics.metrics import effective_classes
from hirise.metrics.multiple import holm, lower_tail


@dataclass(frozen=True)
class Rules:
    """Thresholds of the decision table."""

    min_images: int = 30
    min_outside_majority: int = 5
    measurable: int = MEASURABLE
    same_row: float = 1e-6
    top_share: float = 0.99
    effective_ratio: float = 0.5
    kappa_high: float = 0.2
    recall_floor: float = 0.70


RULES = Rules()


def is_chance(low: float, high: float, rules: Rules = RULES) -> bool:
    """Whether this interval of Cohen's kappa is that of predictions at chance.

    Examples
    --------
    >>> is_chance(-0.05, 0.05), is_chance(-0.05, 0.4), is_chance(0.1, 0.4)
    (True, False, False)
    """
    return high <= 0 or (low <= 0 and high < rules.kappa_high)


def has_constant_rows(evaluation: Evaluation, rules: Rules = RULES) -> bool:
    """Whether all images get the same probabilities."""
    if not evaluation.has_proba or evaluation.n_images < rules.min_images:
        return False
    return bool((evaluation.probabilities["range"] <= rules.same_row).all())


def top_class(evaluation: Evaluation) -> tuple[str, float]:
    """The class predicted most often, and its frequency among the predictions.

    Examples
    --------
    >>> from hirise.evaluation import evaluate
    >>> from hirise.predictions import predictions_of
    >>> predictions = predictions_of({"y_pred": ["a", "a", "a", "b"]})
    >>> top_class(evaluate(predictions))
    ('a', 0.75)
    """
    frequencies = evaluation.shares["predicted_share"]
    name = str(frequencies.idxmax())
    return name, float(frequencies[name])


def takes_nearly_all(evaluation: Evaluation, rules: Rules = RULES) -> bool:
    """Whether, without any true label, one class takes nearly all predictions.

    Examples
    --------
    >>> from hirise.evaluation import evaluate
    >>> from hirise.predictions import predictions_of
    >>> takes_nearly_all(evaluate(predictions_of({"y_pred": ["a"] * 30})))
    True
    """
    enough = evaluation.n_images >= rules.min_images
    return (
        enough
        and not evaluation.has_truth
        and top_class(evaluation)[1] >= rules.top_share
    )


def is_one_class(evaluation: Evaluation, rules: Rules = RULES) -> bool:
    """Whether nearly all images are predicted as one class, at chance agreement."""
    value, _, high = evaluation.bounds("kappa")
    high = value if np.isnan(high) else high
    return top_class(evaluation)[1] >= rules.top_share and high < rules.kappa_high


def never_predicted(evaluation: Evaluation, minimum: int) -> pd.DataFrame:
    """Rows of `per_class` with at least `minimum` images and no prediction."""
    classes = evaluation.per_class
    return classes[(classes["support"] >= minimum) & (classes["predicted"] == 0)]


NEVER = "{n_never} of {n_classes} classes are never predicted: {names} ({images})."
_FEW_OF_THEM = (
    "{n_never} of {n_classes} classes are never predicted. {n_large} of them {have} "
    "{minimum} images or more: {names} ({images})."
)


def never_fields(evaluation: Evaluation, minimum: int) -> dict[str, Any]:
    """How many true classes are never predicted, and which have `minimum` images."""
    never = never_predicted(evaluation, 1)
    large = never[never["support"] >= minimum]
    return {
        "n_never": len(never),
        "n_classes": int((evaluation.per_class["support"] > 0).sum()),
        "n_large": len(large),
        "have": "has" if len(large) == 1 else "have",
        "minimum": minimum,
        "names": Names(tuple(map(str, large.index)), most=8),
        "images": Images(int(large["support"].sum()), evaluation.split),
    }


def never_template(fields: dict[str, Any]) -> str:
    """The sentence of `never_fields`; all of them are named if all have enough images.

    Examples
    --------
    >>> never_template({"n_never": 3, "n_large": 3}) == NEVER
    True
    """
    return NEVER if fields["n_never"] == fields["n_large"] else _FEW_OF_THEM


def effective_numbers(evaluation: Evaluation) -> tuple[float, float]:
    """Effective number of predicted classes, and of true ones."""
    counts = evaluation.shares
    return (
        effective_classes(counts["n_predicted"].to_numpy()),
        effective_classes(counts["n_true"].to_numpy()),
    )


def effective_ratio(evaluation: Evaluation) -> float:
    """Effective number of predicted classes over that of true ones."""
    predicted, true = effective_numbers(evaluation)
    return predicted / true


def low_rates(
    evaluation: Evaluation, key: str, floor: float, *, minimum: int = MEASURABLE
) -> pd.DataFrame:
    """Rows of `per_class` whose `recall` or `precision` lies under a floor.

    The 95% interval lies wholly under it, and an exact test says so too, corrected for
    the number of classes by Holm's method: 5% for a false one among all of them. The
    classes with fewer than `minimum` images are corrected by themselves.

    Examples
    --------
    >>> from hirise.evaluation import evaluate
    >>> from hirise.predictions import predictions_of
    >>> y_true, y_pred = ["a"] * 50 + ["b"] * 50, ["a"] * 75 + ["b"] * 25
    >>> predictions = predictions_of({"y_true": y_true, "y_pred": y_pred})
    >>> low_rates(evaluate(predictions), "recall", 0.7)["recall"].to_dict()
    {'b': 0.5}
    """
    counted = "support" if key == "recall" else "predicted"
    classes, n = evaluation.per_class, evaluation.effective[counted].to_numpy()
    # A class that is never predicted has no precision, and is missed by HR202.
    under = (classes["predicted"] > 0) & (classes[f"{key}_high"] < floor)
    if not under.any():
        return classes[under]
    tested = (classes[counted] > 0).to_numpy() & np.isfinite(n)
    p = np.full(len(classes), np.nan)
    rate = classes[key].to_numpy()
    p[tested] = lower_tail(rate[tested] * n[tested], n[tested], floor)
    large = (classes[counted] >= minimum).to_numpy()
    beyond = holm(np.where(large, p, np.nan)) | holm(np.where(large, np.nan, p))
    return classes[under & beyond].sort_values(key, kind="stable")


def often_missed(evaluation: Evaluation, rules: Rules = RULES) -> pd.DataFrame:
    """Classes of `measurable` images whose recall lies under the floor, worst first."""
    missed = low_rates(
        evaluation, "recall", rules.recall_floor, minimum=rules.measurable
    )
    return missed[missed["support"] >= rules.measurable]


def is_unbalanced(evaluation: Evaluation, rules: Rules = RULES) -> bool:
    """Whether balanced accuracy's interval lies wholly under the floor."""
    return evaluation.bounds("balanced_accuracy")[2] < rules.recall_floor


def evaluated_images(evaluation: Evaluation) -> Images:
    """The images that the metrics are of."""
    return Images(evaluation.n_evaluated, evaluation.split)


def class_rate(row: "pd.Series[float]", key: str) -> Rate:
    """`precision`, `recall` or `f1` of one row of `per_class`."""
    return rate_of((row[key], row[f"{key}_low"], row[f"{key}_high"]))
