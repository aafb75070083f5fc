"""Predictions files whose class names do harm where they are not escaped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b",
    "line\nbreak ::error::forged",
    "`tick` @mention #12",
    "100%, [link](https://example.com) :smile: **b** www.example.com",
    "\x1b[2J\x00 \ufffe]]>&lt;",
]
"""In this order by their ids; each has 20 images, and all are called the first."""


def write_names(path: Path, y_true: Sequence[str], y_pred: Sequence[str]) -> Path:
    """As Parquet, which keeps every character of a name."""
    frame = pd.DataFrame({"y_true": y_true, "y_pred": y_pred})
    frame.to_parquet(path)
    return path
