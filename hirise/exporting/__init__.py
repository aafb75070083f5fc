"""A run -> files that other tools read; see docs/bridges.md."""

from hirise.exporting.folder import export_tensorboard, tensorboard_zip
from hirise.exporting.tensorboard import event_files

__all__ = ["event_files", "export_tensorboard", "tensorboard_zip"]
