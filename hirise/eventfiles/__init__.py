"""TensorBoard's event files, read and written without TensorBoard or TensorFlow."""

from hirise.eventfiles.records import CutShort, read_records, write_records
from hirise.eventfiles.scalars import Scalar, read_scalars
from hirise.eventfiles.summaries import scalar_event, text_event, version_event

__all__ = [
    "CutShort",
    "Scalar",
    "read_records",
    "read_scalars",
    "scalar_event",
    "text_event",
    "version_event",
    "write_records",
]
