"""The JSON documents of `hirise check` and `hirise compare`, format 1."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hirise.diagnosis.causes import Cause
from hirise.diagnosis.causes.decisions import Decision
from hirise.diagnosis.collapse_kind import Indicator
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.leakage import leakage_document
from hirise.diagnosis.verdict import Verdict
from hirise.diagnosis.wording import Images, Rate
from hirise.evaluation import Evaluation

if TYPE_CHECKING:
    from hirise.diagnosis.diagnose import Diagnosis
    from hirise.diagnosis.proof import Contender, Proof

FORMAT = 1
MOST_IN_MATRIX = 2000
"""Classes whose confusion matrix is written whole, 4 million numbers."""
DIFFERENCE = ("before", "after", "difference", "low", "high")


def check_document(evidence: Evidence, diagnosis: "Diagnosis") -> dict[str, Any]:
    """Everything that was measured and found; None where undefined, never NaN.

    Examples
    --------
    >>> from hirise.diagnosis import diagnose, evidence_of
    >>> evidence = evidence_of({"y_true": ["a", "b"] * 20, "y_pred": ["a"] * 40})
    >>> document = check_document(evidence, diagnose(evidence))
    >>> document["verdict"], document["kind"]
    ('collapsed', 'unknown')
    """
    evaluation = evidence.evaluation
    return {
        "format": FORMAT,
        "source": evidence.source,
        "split": evaluation.split if evaluation else None,
        "verdict": diagnosis.verdict.key,
        "kind": diagnosis.kind,
        "sentence": diagnosis.sentence,
        "witnesses": [_indicator(indicator) for indicator in diagnosis.indicators],
        **(_measured(evaluation) if evaluation else _nothing_measured(evidence)),
        "leakage": leakage_document(evidence.leakage),
        "findings": [_finding(finding) for finding in diagnosis.findings],
        "causes": [
            _cause(cause, diagnosis.decision(cause.key)) for cause in diagnosis.causes
        ],
        "passed": list(diagnosis.passed),
        "not_applicable": [
            {"code": code, "reason": reason}
            for code, reason in diagnosis.not_applicable
        ],
        **_configured(diagnosis),
    }


def _configured(diagnosis: "Diagnosis") -> dict[str, Any]:
    """What a configuration changes; nothing without one."""
    configuration, document = diagnosis.configuration, dict[str, Any]()
    if configuration is not None:
        document["configuration"] = {
            "file": configuration.file or None,
            "thresholds": [
                {"code": code, "name": name, "value": value}
                for code, name, value in configuration.thresholds
            ],
        }
    if diagnosis.ignored:
        document["ignored"] = [
            {"reason": reason, **_finding(finding)}
            for finding, reason in diagnosis.ignored
        ]
    return document


def _nothing_measured(evidence: Evidence) -> dict[str, Any]:
    return {
        "metrics": {},
        "true_share": {},
        "predicted_share": {},
        "per_class": [],
        "confusion": None,
        "notes": list(evidence.notes),
    }


def _indicator(indicator: Indicator) -> dict[str, Any]:
    return {
        "key": indicator.key,
        "title": indicator.title,
        "value": _number(indicator.value),
        "threshold": _number(indicator.threshold),
        "agrees": indicator.agrees,
        "stance": indicator.stance,
        "text": indicator.text,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "title": finding.title,
        "severity": finding.severity,
        "evidence": finding.evidence,
        "subject": finding.subject,
        "advice": finding.advice,
        "remedies": list(finding.remedies),
        "causes": list(finding.causes),
        "rows": [
            {key: _cell(value) for key, value in row.items()} for row in finding.rows
        ],
    }


def _cell(value: object) -> Any:
    """One number of a row of a finding."""
    if isinstance(value, Rate):
        return _bounds((value.value, value.low, value.high))
    if isinstance(value, Images):
        return value.n
    return _number(value) if isinstance(value, float) else value


def _cause(cause: Cause, decision: Decision) -> dict[str, Any]:
    return {
        "key": cause.key,
        "title": cause.title,
        "evidence": cause.evidence,
        "for": list(cause.for_),
        "against": list(cause.against),
        "experiment": cause.experiment,
        "remedies": list(cause.remedies),
        "score": cause.score,
        "probability": round(cause.probability, 4),
        "likelihood": cause.likelihood,
        "contradictions": cause.objections,
        "status": decision.status,
        "decided_by": decision.decided_by or None,
    }


def _measured(evaluation: Evaluation) -> dict[str, Any]:
    shares = evaluation.shares
    return {
        "metrics": {
            "n_images": evaluation.n_evaluated,
            "n_unlabelled": evaluation.n_unlabelled,
            "n_groups": evaluation.n_groups,
            "cluster": evaluation.cluster,
            "n_classes": len(evaluation.class_names),
            **{key: _bounds(evaluation.bounds(key)) for key in evaluation.metric_keys},
        },
        "true_share": _numbers(shares["true_share"]),
        "predicted_share": _numbers(shares["predicted_share"]),
        "per_class": [
            _class(str(n), row) for n, row in evaluation.per_class.iterrows()
        ],
        "confusion": _confusion(evaluation),
        "notes": list(evaluation.notes),
    }


def _confusion(evaluation: Evaluation) -> dict[str, Any]:
    """All cells; of many classes only those with images, each with its two ids."""
    names, cells = list(evaluation.class_names), evaluation.cells
    if len(names) <= MOST_IN_MATRIX:
        return {"class_names": names, "counts": cells.matrix().tolist()}
    columns = np.column_stack([cells.true, cells.predicted, cells.n])
    return {"class_names": names, "counts": None, "cells": columns.tolist()}


def _class(name: str, row: "pd.Series[float]") -> dict[str, Any]:
    rates = {
        rate: _bounds((row[rate], row[f"{rate}_low"], row[f"{rate}_high"]))
        for rate in ("precision", "recall", "f1")
    }
    counts = {key: int(row[key]) for key in ("support", "predicted")}
    return {"class_name": name, **counts, **rates}


def _bounds(bounds: tuple[float, float, float]) -> dict[str, float | None]:
    return dict(zip(("value", "low", "high"), map(_number, bounds), strict=True))


def _numbers(column: "pd.Series[float]") -> dict[str, float | None]:
    return {str(name): _number(value) for name, value in column.items()}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def proof_document(proof: "Proof") -> dict[str, Any]:
    """Everything that was compared; None where undefined, never NaN.

    Examples
    --------
    >>> from hirise.diagnosis.proof import Contender, prove
    >>> from hirise.predictions import predictions_of
    >>> labels = ["a", "b"] * 20
    >>> before = predictions_of({"y_true": labels, "y_pred": ["a"] * 40})
    >>> after = predictions_of({"y_true": labels, "y_pred": labels})
    >>> proof = prove(Contender("first", before), Contender("second", after))
    >>> proof_document(proof)["outcome"]
    'cured'
    """
    paired = proof.paired
    return {
        "outcome": proof.outcome,
        "headline": proof.headline,
        "sentence": proof.sentence,
        "doubt": proof.doubt or None,
        "before": _contender(proof.before, proof.verdicts[0]),
        "after": _contender(proof.after, proof.verdicts[1]),
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


def _contender(contender: "Contender", verdict: Verdict) -> dict[str, Any]:
    return {
        "name": contender.name,
        "split": contender.predictions.split,
        "verdict": verdict.key,
        "seconds": contender.seconds,
    }


def _differences(row: "pd.Series[Any]") -> dict[str, float | None]:
    values = {key: float(row[key]) for key in DIFFERENCE}
    return {key: v if math.isfinite(v) else None for key, v in values.items()}
