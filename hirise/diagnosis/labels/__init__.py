"""Labels that do not belong to their images: four tests, a proof, and a repair."""

from hirise.diagnosis.labels.evidence import LabelEvidence, numbers_test
from hirise.diagnosis.labels.shuffle import Shuffle, find_shuffle
from hirise.diagnosis.labels.tables import (
    LabelTables,
    labels_text,
    repaired_labels,
    write_labels,
)

__all__ = [
    "LabelEvidence",
    "LabelTables",
    "Shuffle",
    "find_shuffle",
    "labels_text",
    "numbers_test",
    "repaired_labels",
    "write_labels",
]
