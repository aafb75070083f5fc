"""The last chapter: the chart of the post, and the same with correct labels."""

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
from hirise.runs.replays import (
    FoundReplay,
    largest_class,
    paired_labels,
)

NAMES = {
    "val_accuracy": "validation, recorded",
    "published_val_accuracy": "validation, in the post",
    "test_accuracy": "test",
    "right_val_accuracy": "recorded network, correct labels",
    "retrained_val_accuracy": "retrained and evaluated with correct labels",
    "retrained_test_accuracy": "test, retrained with correct labels",
    "majority_share": "majority-class baseline",
}


def show_scores(replay: FoundReplay) -> None:
    """Chapter 4: accuracy per exercise, as in the post and with correct labels."""
    st.header("4 · The chart of the post", anchor=False)
    scores = replay.scores()
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
            "This chart does not show it": True,
        },
        key="fourth",
    )
    lowest = lowest_accuracy(scores)
    with charts, st.grid(2 if answered else 1, min_column_width=340, gap="medium"):
        with st.container(gap="xsmall"):
            _show(
                scores,
                "as-the-post-drew-it",
                "As in the post",
                ("val_accuracy", "published_val_accuracy", "test_accuracy"),
                lowest=lowest,
            )
        if answered:
            with st.container(gap="xsmall"):
                _show_correct(replay, scores, lowest)
    if answered:
        _show_conclusions(scores, _n_images(replay))


def _show_correct(replay: FoundReplay, scores: pd.DataFrame, lowest: float) -> None:
    runs = (replay.run(entry.exercise, entry.labels) for entry in replay.replay.runs)
    if scores["retrained_val_accuracy"].isna().all():
        st.info(
            "The exercises with the correct labels are not in this replay. It was "
            "interrupted, or they were deleted.",
            icon=":material/hourglass_disabled:",
        )
        return
    _show(
        scores,
        "with-the-right-labels",
        "With the correct labels",
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


def _n_images(replay: FoundReplay) -> int:
    """Validation images of the exercises; 0 if no run tells."""
    runs = (replay.run(entry.exercise, entry.labels) for entry in replay.replay.runs)
    return next((len(paired_labels(run, "val")) for run in runs if run is not None), 0)


def _show_conclusions(scores: pd.DataFrame, n_images: int) -> None:
    right = scores["retrained_val_accuracy"]
    lines = []
    if right.notna().any():
        best = int(right.argmax())
        lines.append(
            f"With the correct labels, {literal(scores['exercise'].iloc[best])} is "
            f"highest: {percent(float(right.iloc[best]))}. With {n_images:,} "
            "validation images, differences of a few percent may be chance."
        )
    idle = scores["right_val_accuracy"] - scores["majority_share"] < SAME
    if idle.any():
        lines.append(
            "With the correct labels, the recorded networks of "
            f"{literal(', '.join(scores.loc[idle, 'exercise']))} do not exceed the "
            "majority-class baseline, which needs no network."
        )
    st.markdown(
        f"{' '.join(lines)}\n\nThree habits would have shown it on the first day:\n\n"
        "- **Count the predictions.** One class for all images is obvious.\n"
        "- **Draw the majority-class baseline** beside every accuracy.\n"
        "- **Pass each call its own list:** `labels=list(labels)`."
    )
    st.markdown("Replay the story with your own images:")
    st.code(replay_command("FOLDER"), language=None, wrap_lines=True)
