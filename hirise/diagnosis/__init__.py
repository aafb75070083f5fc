"""The verdict on a classifier, the checks behind it, and what they found."""

from hirise.diagnosis.calls import evidence_of
from hirise.diagnosis.causes import Cause
from hirise.diagnosis.collapse_kind import Indicator, ongoing_collapse
from hirise.diagnosis.diagnose import Diagnosis, diagnose, from_estimator
from hirise.diagnosis.document import check_document
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import FAIL_ON, FailOn, Finding
from hirise.diagnosis.sources import (
    Source,
    gather,
    gather_history,
    gather_predictions,
)
from hirise.diagnosis.verdict import Verdict

__all__ = [
    "FAIL_ON",
    "Cause",
    "Diagnosis",
    "Evidence",
    "FailOn",
    "Finding",
    "Indicator",
    "Source",
    "Verdict",
    "check_document",
    "diagnose",
    "evidence_of",
    "from_estimator",
    "gather",
    "gather_history",
    "gather_predictions",
    "ongoing_collapse",
]
