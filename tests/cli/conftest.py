"""What the tests of the command share."""

from collections.abc import Callable
from pathlib import Path

import pytest
from named_predictions import HOSTILE, write_names

from hirise.__main__ import run


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`check(path, …)` gives the status, what was printed, and the line of failure."""

    def check(path: Path | str, *options: str) -> tuple[int, str, str]:
        status = run(["check", str(path), *options])
        out, err = capsys.readouterr()
        return status, out, err

    return check


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    return write_names(tmp_path / "p.parquet", HOSTILE * 20, HOSTILE[:1] * 120)


@pytest.fixture
def missed(tmp_path: Path) -> Path:
    """100 of a, all correct; 60 of b and 40 of c, half of them predicted as a: weak."""
    y_true = ["a"] * 100 + ["b"] * 60 + ["c"] * 40
    y_pred = ["a"] * 100 + ["a", "b"] * 30 + ["a", "c"] * 20
    return write_names(tmp_path / "weak.parquet", y_true, y_pred)
