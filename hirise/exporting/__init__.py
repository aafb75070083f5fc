"""A run -> files that other tools read; see docs/bridges.md."""

from hirise.exporting.events import event_files
from hirise.exporting.folder import export_tensorboard, tensorboard_zip

__all__ = ["event_files", "export_tensorboard", "tensorboard_zip"]
