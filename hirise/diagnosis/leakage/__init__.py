"""What the judged images share with the training images, and what that is worth."""

from hirise.diagnosis.leakage.baseline import ObservationBaseline
from hirise.diagnosis.leakage.document import leakage_document
from hirise.diagnosis.leakage.evidence import LeakageEvidence
from hirise.diagnosis.leakage.gather import leakage_of_run
from hirise.diagnosis.leakage.groups import sample_pairs
from hirise.diagnosis.leakage.summary import score_table, shared_table

__all__ = [
    "LeakageEvidence",
    "ObservationBaseline",
    "leakage_document",
    "leakage_of_run",
    "sample_pairs",
    "score_table",
    "shared_table",
]
