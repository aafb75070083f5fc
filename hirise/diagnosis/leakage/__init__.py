"""What evaluated images have in common with training images, and its effect."""

from hirise.diagnosis.leakage.copies import sample_pairs
from hirise.diagnosis.leakage.evidence import (
    LeakageEvidence,
    ObservationBaseline,
    leakage_document,
    leakage_of_run,
)

__all__ = [
    "LeakageEvidence",
    "ObservationBaseline",
    "leakage_document",
    "leakage_of_run",
    "sample_pairs",
]
