"""Scores of runs: their points, the goal, and the majority-class baseline."""

import numpy as np
import pandas as pd
import pytest

from hirise.figures.run_scores import FEW, run_scores_figure
from hirise.figures.theme import BLUE, LOUD


@pytest.fixture
def runs():
    return pd.DataFrame(
        {
            "id": ["a", "b"],
            "title": ["one", "two <i>"],
            "val_accuracy": [0.8, np.nan],
            "test_accuracy": [0.82, 0.9],
            "always_accuracy": [0.8, 0.8],
            "val_macro_f1": [0.1, 0.7],
            "test_macro_f1": [np.nan, np.nan],
            "always_macro_f1": [0.11, 0.11],
        }
    )


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_validation_is_blue_test_is_loud_and_the_goal_is_a_line(runs):
    found = traces(run_scores_figure(runs, "accuracy", goal=0.81))
    assert list(found) == [
        "majority-class baseline",
        "validation",
        "test",
        "goal 81.0%",
    ]
    assert found["validation"].marker.color == BLUE
    assert found["validation"].text == ("80.0", "")
    assert (found["test"].marker.color, list(found["test"].y)) == (LOUD, [0.82, 0.9])
    assert list(found["majority-class baseline"].y) == [0.8, 0.8]
    goal = found["goal 81.0%"]
    assert (list(goal.y), goal.line.dash) == ([0.81, 0.81], "dash")


def test_a_score_that_no_run_has_is_left_out(runs):
    found = traces(run_scores_figure(runs, "macro_f1", goal=0.5))
    assert "test" not in found
    assert list(found["validation"].y) == [0.1, 0.7]


def test_titles_are_shown_as_they_are_and_the_chosen_run_is_shaded(runs):
    figure = run_scores_figure(runs, "accuracy", goal=0.81, chosen="b")
    assert figure.layout.xaxis.ticktext == ("one", "two &lt;i&gt;")
    assert figure.data[2].customdata[1][0] == "two &lt;i&gt;"
    (shade,) = figure.layout.shapes
    assert (shade.x0, shade.x1) == (0.55, 1.45)
    assert not run_scores_figure(runs, "accuracy", goal=0.81).layout.shapes


def test_many_runs_have_no_numbers_beside_their_points(runs):
    many = pd.concat([runs] * FEW, ignore_index=True)
    found = traces(run_scores_figure(many, "accuracy", goal=0.81))
    assert found["validation"].text is None
    assert found["validation"].mode == "markers"


def test_unrelated_runs_are_not_joined_and_another_split_has_its_score(runs):
    table = runs.assign(other_accuracy=[np.nan, 0.7])
    figure = run_scores_figure(table, "accuracy", goal=0.81)
    assert not any("lines" in trace.mode for trace in figure.data[:-1])
    assert list(traces(figure)["another split"].y)[1] == 0.7
    assert "another split" not in traces(run_scores_figure(runs, "accuracy", goal=0.81))
