"""A run as files that other tools read; see docs/bridges.md."""

from hirise.exporting.tensorboard import (
    event_files,
    export_tensorboard,
    tensorboard_zip,
)

__all__ = ["event_files", "export_tensorboard", "tensorboard_zip"]
