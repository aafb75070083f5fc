"""Training curves of any tool: read, one row per epoch; see docs/bridges.md."""

from hirise.history.names import curve_of
from hirise.history.reading import Curves, is_history, read_curves, read_history

__all__ = ["Curves", "curve_of", "is_history", "read_curves", "read_history"]
