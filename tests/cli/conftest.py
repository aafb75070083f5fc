"""What the tests of the command share."""

import pytest
from named_predictions import HOSTILE, write_names

from hirise.__main__ import run


@pytest.fixture
def check(capsys):
    """`check(path, …)` gives the status, what was printed, and the line of failure."""

    def check(path, *options):
        status = run(["check", str(path), *options])
        return status, *capsys.readouterr()

    return check


@pytest.fixture
def hostile(tmp_path):
    return write_names(tmp_path / "p.parquet", HOSTILE * 20, HOSTILE[:1] * 120)


@pytest.fixture
def missed(tmp_path):
    """100 of a, all right; 60 of b and 40 of c, of which half are called a: weak."""
    y_true = ["a"] * 100 + ["b"] * 60 + ["c"] * 40
    y_pred = ["a"] * 100 + ["a", "b"] * 30 + ["a", "c"] * 20
    return write_names(tmp_path / "weak.parquet", y_true, y_pred)
