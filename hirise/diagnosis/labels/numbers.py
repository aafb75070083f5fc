"""What the numbers of a run alone say of its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hirise.diagnosis.labels.measure import LabelTest

if TYPE_CHECKING:
    from hirise.diagnosis.evidence import Evidence


def numbers_test(evidence: Evidence) -> LabelTest:
    """Cohen's kappa of the validation images beside that of the training images.

    `value` is kappa of the validation images in the last epoch, as it was recorded, or
    else of the predictions; `chance` holds kappa of the training images.
    """
    train, val = evidence.epoch_kappa("train"), evidence.epoch_kappa("val")
    split, evaluation = "val", evidence.evaluation
    n = 0 if evidence.split_counts is None else _count(evidence)
    if not np.isfinite(val) and evaluation is not None and evaluation.has_truth:
        split, n = evaluation.split, evaluation.n_judged
        val = evaluation.metric("kappa")
    test = LabelTest(split, "history", "numbers", n=n, value=val, chance=train)
    if not np.isfinite(train) or not np.isfinite(val):
        missing = "training" if not np.isfinite(train) else "validation"
        reason = f"kappa of the {missing} images is unknown"
        return LabelTest(split, "history", "numbers", reason=reason)
    return test


def _count(evidence: Evidence) -> int:
    counts = evidence.split_counts
    return 0 if counts is None or "val" not in counts else int(counts["val"].sum())
