"""The metrics of a split, named and explained for people."""

import pandas as pd

METRICS = {
    "accuracy": ("Accuracy", "share of images that are named rightly"),
    "majority_share": ("Majority share", "accuracy of always the largest class"),
    "chance_agreement": ("Chance agreement", "accuracy of guessing with these shares"),
    "balanced_accuracy": ("Balanced accuracy", "mean recall of the classes"),
    "macro_f1": ("Macro-F1", "mean F1 of the classes in truth or predictions"),
    "macro_f1_true_classes": (
        "Macro-F1, true classes",
        "mean F1 of those in the truth",
    ),
    "weighted_f1": ("Weighted-F1", "mean F1 by number of images; rare classes hide"),
    "mcc": ("Matthews correlation", "0 for guessing, 1 for perfect"),
    "kappa": (
        "Cohen's kappa",
        "agreement beyond chance: 0 for guessing, 1 for perfect",
    ),
    "macro_auc": ("Macro AUC", "how well it ranks: 0.5 for guessing, 1 for perfect"),
    "log_loss": ("Log-loss", "nats; lower is better"),
    "ece": ("Calibration error", "mean gap between confidence and accuracy"),
}


def metrics_table(summary: pd.DataFrame) -> pd.DataFrame:
    """`Evaluation.summary` with titles and meanings; undefined values stay empty."""
    known = summary.reindex([key for key in METRICS if key in summary.index])
    titles, meanings = zip(*(METRICS[str(key)] for key in known.index), strict=True)
    known.insert(0, "metric", titles)
    return known.assign(meaning=meanings).reset_index(drop=True)
