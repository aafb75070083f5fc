"""LeakageEvidence -> its part of the JSON document of `hirise check --json`."""

import math
from typing import Any

from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.leakage.evidence import LeakageEvidence
from hirise.diagnosis.leakage.keys import KINDS
from hirise.evaluation import Evaluation

METRICS = ("accuracy", "balanced_accuracy", "macro_f1")


def leakage_document(leakage: LeakageEvidence | None) -> dict[str, Any] | None:
    """Counts, scores of each part and the baseline; None where unknown."""
    try:
        if leakage is None or not len(leakage.judged):
            return None
        shared = leakage.shared
    except NotApplicable:
        return None
    return {
        "n_images": len(shared),
        "n_with_copy": int(shared["copy"].sum()),
        "share_with_copy": float(shared["copy"].mean()),
        "pixels_compared": leakage.has_pixels,
        "n_shared": {kind: int(shared[kind].sum()) for kind in KINDS},
        "parts": {part: _scores(one) for part, one in leakage.parts.items()},
        "observation_baseline": _baseline(leakage),
    }


def _baseline(leakage: LeakageEvidence) -> dict[str, Any] | None:
    if not leakage.has_observations or not leakage.judged.labelled.any():
        return None
    found = leakage.baseline
    return {
        "n_known": found.n_known,
        "majority_class": found.majority,
        "observation": _scores(found.observation),
        "constant": _scores(found.constant),
        "model": _scores(found.model),
    }


def _scores(evaluation: Evaluation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "n_images": evaluation.n_judged,
        "n_groups": evaluation.n_groups,
    }
    for metric in METRICS:
        keys = ("value", "low", "high")
        bounds = zip(keys, evaluation.bounds(metric), strict=True)
        found[metric] = {k: v if math.isfinite(v) else None for k, v in bounds}
    return found
