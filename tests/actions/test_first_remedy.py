"""The remedy that a run is offered first is that of the cause which is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from hirise.actions.check import CheckRequest, check
from hirise.actions.suggest import SuggestRequest, first_remedy
from hirise.runs import list_runs

EXAMPLES = Path(__file__).resolve().parents[2] / "artifacts" / "examples"


@pytest.mark.parametrize(
    ("title", "remedy"),
    [
        ("blog-final on real Mars", "lower-learning-rate"),
        # Its test split has no leak: what helps there is not what the cause asks for.
        ("small-cnn on simulated Mars", "split-by-group"),
        ("cnn on drawn fruit", "predict-again"),
    ],
)
def test_the_cause_of_the_split_that_is_shown_decides(title, remedy):
    (run,) = [r for r in list_runs(EXAMPLES).runs if r.info.title == title]
    cause = check(CheckRequest(run)).diagnosis.cause
    first = first_remedy(SuggestRequest(run))
    assert first is not None
    assert cause is not None
    assert first.preview.key == remedy
    assert remedy in cause.remedies
