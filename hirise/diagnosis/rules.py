"""The thresholds of the decision table, and what is held against them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.wording import Images, Rate, rate_of
from hirise.evaluation import MEASURABLE, Evaluation
from hirise.metrics.metrics import effective_classes


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


def often_missed(evaluation: Evaluation, rules: Rules = RULES) -> pd.DataFrame:
    """Rows of `per_class` whose recall interval lies wholly under the floor."""
    classes = evaluation.per_class
    measurable = classes["support"] >= rules.measurable
    return classes[measurable & (classes["recall_high"] < rules.recall_floor)]


def evaluated_images(evaluation: Evaluation) -> Images:
    """The images that the metrics are of."""
    return Images(evaluation.n_evaluated, evaluation.split)


def class_rate(row: "pd.Series[float]", key: str) -> Rate:
    """`precision`, `recall` or `f1` of one row of `per_class`."""
    return rate_of((row[key], row[f"{key}_low"], row[f"{key}_high"]))
