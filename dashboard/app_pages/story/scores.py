"""The last chapter: the chart of the post, and what the right labels show."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.app_pages.story.chapters import SAME
from dashboard.app_pages.story.replay import ask, replay_command
from dashboard.shared.charts import rate_columns, show_chart
from dashboard.shared.text import literal
from hirise.figures.exercise_scores import exercise_scores_figure, lowest_accuracy
from hirise.figures.theme import percent
from hirise.mars.blog import GOAL
from hirise.runs.replays import FoundReplay, exercise_scores, largest_class, two_labels

NAMES = {
    "val_accuracy": "validation, recorded",
    "published_val_accuracy": "validation, in the post",
    "test_accuracy": "test",
    "right_val_accuracy": "recorded network, right labels",
    "retrained_val_accuracy": "trained and judged with right labels",
    "retrained_test_accuracy": "test, trained with right labels",
    "majority_share": "share of the largest class",
}


def show_scores(found: FoundReplay) -> None:
    """Chapter 4: accuracy per exercise, as the post drew it and as it was."""
    st.header("4 · The chart of the post", anchor=False)
    scores = exercise_scores(found)
    st.markdown(
        "The post sums up its exercises in one chart: accuracy of each (blue), the "
        "score on the test images (orange), the goal (dashed)."
    )
    charts = st.container()
    answered = ask(
        "Which exercise made the best network?",
        {
            "The one with the highest point": False,
            "The first one that reaches the goal": False,
            "This chart cannot tell": True,
        },
        key="fourth",
    )
    lowest = lowest_accuracy(scores)
    with charts, st.grid(2 if answered else 1, min_column_width=340, gap="medium"):
        with st.container(gap="xsmall"):
            _show(
                scores,
                "as-the-post-drew-it",
                "As the post drew it",
                ("val_accuracy", "published_val_accuracy", "test_accuracy"),
                lowest=lowest,
            )
        if answered:
            with st.container(gap="xsmall"):
                _show_right(found, scores, lowest)
    if answered:
        _show_moral(scores, _n_judged(found))


def _show_right(found: FoundReplay, scores: pd.DataFrame, lowest: float) -> None:
    runs = (found.run(one.exercise, one.labels) for one in found.replay.runs)
    if scores["retrained_val_accuracy"].isna().all():
        st.info(
            "The exercises with the right labels are not in this replay: it ended "
            "before them, or they were deleted.",
            icon=":material/hourglass_disabled:",
        )
        return
    _show(
        scores,
        "with-the-right-labels",
        "With the right labels",
        (
            "retrained_val_accuracy",
            "right_val_accuracy",
            "retrained_test_accuracy",
            "majority_share",
        ),
        lowest=lowest,
        right=True,
        majority=next(filter(None, map(largest_class, runs)), None),
    )


def _show(
    scores: pd.DataFrame,
    key: str,
    title: str,
    columns: tuple[str, ...],
    *,
    lowest: float,
    right: bool = False,
    majority: tuple[str, float] | None = None,
) -> None:
    shown = list(columns)
    show_chart(
        exercise_scores_figure(
            scores, goal=GOAL, right=right, lowest=lowest, majority=majority
        ),
        key=key,
        title=title,
        alt=f"Validation accuracy per exercise, the test score and the goal: {title}",
        table=scores[["exercise", *shown]].rename(columns=NAMES),
        columns=rate_columns([NAMES[name] for name in shown]),
    )


def _n_judged(found: FoundReplay) -> int:
    """Validation images of the exercises; 0 if no run tells."""
    runs = (found.run(one.exercise, one.labels) for one in found.replay.runs)
    return next((len(two_labels(run, "val")) for run in runs if run is not None), 0)


def _show_moral(scores: pd.DataFrame, n_images: int) -> None:
    right = scores["retrained_val_accuracy"]
    lines = []
    if right.notna().any():
        best = int(right.argmax())
        lines.append(
            f"With the right labels, {literal(scores['exercise'].iloc[best])} is "
            f"highest: {percent(float(right.iloc[best]))}. With {n_images:,} images "
            "to judge by, neighbours that differ by a few per cent are no different."
        )
    idle = scores["right_val_accuracy"] - scores["majority_share"] < SAME
    if idle.any():
        lines.append(
            "By the right labels, the recorded networks of "
            f"{literal(', '.join(scores.loc[idle, 'exercise']))} do no better than "
            "naming the largest class every time, which needs no network."
        )
    st.markdown(
        f"{' '.join(lines)}\n\nThree habits would have told on the first day:\n\n"
        "- **Count the answers.** One class for everything is seen at once.\n"
        "- **Draw the line of the largest class** beside every accuracy.\n"
        "- **Give each call a list of its own:** `labels=list(labels)`."
    )
    st.markdown("Tell the story with images of your own:")
    st.code(replay_command("FOLDER"), language=None, wrap_lines=True)
