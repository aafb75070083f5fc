"""What each metric is called and means, for tables and figures."""

from typing import NamedTuple


class Metric(NamedTuple):
    """One metric for people; `in_percent` where it is a rate rather than a score."""

    key: str
    title: str
    explanation: str
    in_percent: bool = False

    def format(self, value: float) -> str:
        """The value as sentences write it; a dash where undefined.

        Examples
        --------
        >>> METRICS["accuracy"].format(0.8333), METRICS["kappa"].format(0.6666)
        ('83.3%', '0.67')
        """
        # Only NaN differs from itself.
        if value != value:
            return "–"
        return f"{100 * value:.1f}%" if self.in_percent else f"{value:.2f}"


METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("accuracy", "Accuracy", "fraction of images classified correctly", True),
        Metric(
            "majority_share",
            "Majority-class baseline",
            "accuracy of always predicting the largest class",
            True,
        ),
        Metric(
            "chance_agreement",
            "Chance agreement",
            "accuracy of random predictions with the same class frequencies",
            True,
        ),
        Metric(
            "balanced_accuracy",
            "Balanced accuracy",
            "mean recall of the true classes",
            True,
        ),
        Metric("macro_f1", "Macro-F1", "mean F1 of the true and predicted classes"),
        Metric(
            "macro_f1_true_classes",
            "Macro-F1, true classes",
            "mean F1 of the true classes",
        ),
        Metric(
            "weighted_f1",
            "Weighted F1",
            "mean F1 weighted by images; rare classes hardly count",
        ),
        Metric("mcc", "Matthews correlation", "0 at chance, 1 for perfect"),
        Metric(
            "kappa",
            "Cohen's kappa",
            "agreement beyond chance: 0 at chance, 1 for perfect",
        ),
        Metric(
            "top5_accuracy",
            "Top-5 accuracy",
            "fraction of images whose true class is among the 5 most probable",
            True,
        ),
        Metric(
            "quadratic_kappa",
            "Quadratic kappa",
            "kappa that weighs an error by its squared distance in classes",
        ),
        Metric(
            "log_loss",
            "Log-loss",
            "nats, lower is better; probabilities below 1e-7 count as 1e-7",
        ),
        Metric(
            "ece",
            "Calibration error",
            "mean difference of confidence and accuracy",
            True,
        ),
        Metric(
            "macro_auc",
            "Macro AUC",
            "quality of the ranking: 0.5 at chance, 1 for perfect",
        ),
    )
}
"""In display order, which is also that of the JSON document."""
