"""What is shared with training, and what it is worth, as tables."""

import pandas as pd

from hirise.diagnosis.leakage.evidence import PARTS, LeakageEvidence

METRICS = ("accuracy", "macro_f1")
BASELINES = ("observation_alone", "one_class")


def shared_table(leakage: LeakageEvidence) -> pd.DataFrame:
    """How many of the judged images share something with a training image.

    Returns
    -------
    DataFrame, one row per way of sharing that is known
        `kind`: `landmark`, `bytes`, `near`, `copy` (any of these) or `observation`;
        `n_images` and `share` of the judged images.
    """
    shared = leakage.shared
    known = {
        "landmark": bool((leakage.places["landmark"] != "").any()),
        "bytes": leakage.has_pixels,
        "near": leakage.has_pixels,
        "copy": True,
        "observation": leakage.has_observations,
    }
    kinds = [kind for kind, is_known in known.items() if is_known]
    counts = shared[kinds].sum().to_numpy(dtype="int64")
    return pd.DataFrame(
        {"kind": kinds, "n_images": counts, "share": counts / max(len(shared), 1)}
    )


def score_table(leakage: LeakageEvidence) -> pd.DataFrame:
    """Scores on what training has copies of and on the rest, beside labels by rote.

    Returns
    -------
    DataFrame, one row per part of the judged images and metric
        `part`: one of `PARTS`, or of `BASELINES`, which label all judged images without
        a pixel; `n_images`; `metric`; `value`, `low` and `high`, NaN where undefined.
        Empty where no judged image has a label.
    """
    if not leakage.judged.labelled.any():
        return pd.DataFrame(
            columns=["part", "n_images", "metric", "value", "low", "high"]
        )
    parts = {part: leakage.parts[part] for part in PARTS if part in leakage.parts}
    if leakage.has_observations:
        baseline = leakage.baseline
        found = (baseline.observation, baseline.constant)
        parts |= dict(zip(BASELINES, found, strict=True))
    rows = [
        (part, evaluation.n_judged, metric, *evaluation.bounds(metric))
        for part, evaluation in parts.items()
        for metric in METRICS
    ]
    return pd.DataFrame(
        rows, columns=["part", "n_images", "metric", "value", "low", "high"]
    )
