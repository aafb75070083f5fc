"""What the tests of predictions share: files that a test writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write(text or bytes or frame, name)` makes a file and gives its path."""

    def write(content: str | bytes | pd.DataFrame, name: str = "p.csv") -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            content.to_parquet(path)
        return path

    return write
