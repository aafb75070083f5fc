"""The figures of the story: the points that they draw, and where they begin."""

import numpy as np
import pandas as pd
import pytest

from hirise.figures.exercise_scores import exercise_scores_figure, lowest_accuracy
from hirise.figures.replay_curves import replay_curves_figure


@pytest.fixture
def history():
    return pd.DataFrame(
        {
            "epoch": [1, 2],
            "accuracy": [0.8, 0.95],
            "val_accuracy": [0.78, 0.4],
            "right_val_accuracy": [0.8, 0.85],
        }
    )


@pytest.fixture
def scores():
    return pd.DataFrame(
        {
            "exercise": ["3", "4b"],
            "val_accuracy": [0.7, 0.81],
            "right_val_accuracy": [0.85, 0.8],
            "retrained_val_accuracy": [0.86, np.nan],
            "test_accuracy": [0.84, 0.8],
            "retrained_test_accuracy": [0.84, 0.83],
            "majority_share": [0.8, 0.8],
            "published_val_accuracy": [0.729, 0.815],
        }
    )


def test_the_correct_labels_add_a_line_to_what_was_recorded(history):
    before = replay_curves_figure(history, right=False)
    assert [list(t.y) for t in before.data] == [[0.8, 0.95], [0.78, 0.4]]
    after = replay_curves_figure(history)
    assert after.data[2].name == "validation, correct labels"
    assert list(after.data[2].y) == [0.8, 0.85]
    assert after.layout.yaxis.range == pytest.approx((0.38, 1.02))
    assert before.layout.yaxis.range == after.layout.yaxis.range


def test_what_one_class_scores_is_a_line(history):
    figure = replay_curves_figure(history, majority=("other <i>", 0.8))
    assert list(figure.data[-1].y) == [0.8, 0.8]
    assert figure.data[-1].name == "always “other &lt;i&gt;” 80.0%"


def test_the_last_values_are_written_apart(history):
    figure = replay_curves_figure(history.assign(accuracy=[0.8, 0.88]))
    assert figure.data[0].text == ("", "88.0%")
    assert [trace.textposition for trace in figure.data] == [
        "top right",
        "middle right",
        "bottom right",
    ]
    line = replay_curves_figure(history, right=False, majority=("other", 0.41))
    assert [t.textposition for t in line.data[:2]] == ["middle right", "bottom right"]
    assert replay_curves_figure(history.head(0)).data[0].text == ()


def test_the_chart_of_the_post_has_its_points_its_test_and_its_goal(scores):
    figure = exercise_scores_figure(scores, goal=0.81)
    goal, post, recorded, test = figure.data
    assert list(post.y) == [0.729, 0.815]
    assert list(recorded.y) == [0.7, 0.81]
    assert (list(test.x), list(test.y)) == ([2], [0.8])
    assert list(goal.y) == [0.81, 0.81]
    assert goal.name == "goal 81.0%"
    assert figure.layout.xaxis.ticktext == ("3", "4b", "test")


def test_with_correct_labels_an_absent_exercise_keeps_its_place(scores):
    figure = exercise_scores_figure(
        scores, goal=0.81, right=True, majority=("other", 0.8)
    )
    goal, largest, right, test = figure.data
    assert right.y[0] == 0.86
    assert np.isnan(right.y[1])
    assert right.text == ("86.0", "")
    assert list(test.y) == [0.83]
    assert [goal.y[0], largest.y[0]] == [0.81, 0.8]


def test_without_a_test_score_there_is_no_point_for_it(scores):
    scores["test_accuracy"] = np.nan
    assert len(exercise_scores_figure(scores, goal=0.81).data) == 3
    empty = exercise_scores_figure(scores.head(0), goal=0.81)
    assert [len(trace.x) for trace in empty.data] == [2, 0, 0]


def test_both_figures_begin_where_the_lowest_accuracy_is_seen(scores):
    assert lowest_accuracy(scores) == 0.5
    scores.loc[0, "val_accuracy"] = 0.3
    assert lowest_accuracy(scores) == pytest.approx(0.25)
    assert lowest_accuracy(scores.head(0)) == 0.5
