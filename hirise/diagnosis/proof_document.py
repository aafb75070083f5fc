"""Proof -> what `hirise compare --json` prints of it."""

import math
from typing import Any

import pandas as pd

from hirise.diagnosis.proof import Contender, Proof

DIFFERENCE = ("before", "after", "difference", "low", "high")


def proof_document(proof: Proof) -> dict[str, Any]:
    """Everything that was compared; None where undefined, never NaN."""
    paired = proof.paired
    verdicts = proof.verdicts
    return {
        "outcome": proof.outcome,
        "headline": proof.headline,
        "sentence": proof.sentence,
        "doubt": proof.doubt or None,
        "before": _side(proof.before, verdicts[0]),
        "after": _side(proof.after, verdicts[1]),
        "n_images": paired.n_images,
        "n_groups": paired.n_groups,
        "cluster": paired.cluster,
        "metrics": {
            str(key): _differences(row) for key, row in paired.summary.iterrows()
        },
        "mcnemar": {
            "n_fixed": paired.n_fixed,
            "n_broken": paired.n_broken,
            "p": paired.mcnemar_p,
        },
        "recall": [
            {
                "class_name": str(name),
                **{key: int(row[key]) for key in ("support", "n_fixed", "n_broken")},
                **_differences(row),
            }
            for name, row in paired.per_class.iterrows()
        ],
        "changed": paired.changed.to_dict(orient="records"),
        "notes": list(paired.notes),
    }


def _side(contender: Contender, verdict: str) -> dict[str, Any]:
    return {
        "name": contender.name,
        "split": contender.predictions.split,
        "verdict": verdict,
        "seconds": contender.seconds,
    }


def _differences(row: "pd.Series[Any]") -> dict[str, float | None]:
    values = {key: float(row[key]) for key in DIFFERENCE}
    return {key: v if math.isfinite(v) else None for key, v in values.items()}
