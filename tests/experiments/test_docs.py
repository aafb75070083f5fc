"""`docs/examine.md` names every experiment and the causes that it decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from hirise.diagnosis.causes.experiments import EXPERIMENTS

TEXT = (Path(__file__).parents[2] / "docs" / "examine.md").read_text("utf-8")


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.key)
def test_an_experiment_has_its_row(experiment):
    rows = [line for line in TEXT.splitlines() if line.startswith("| `")]
    (row,) = [line for line in rows if f"`{experiment.key}`" in line.split("|")[1]]
    for cause in experiment.decides:
        assert f"`{cause}`" in row
