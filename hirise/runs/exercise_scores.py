"""The last accuracies of a replay's exercises, read from its runs."""

from __future__ import annotations

import math

import pandas as pd

from hirise.runs.folder import Run
from hirise.runs.published import published
from hirise.runs.replays import FoundReplay, Labels

COLUMNS = (
    "exercise",
    "val_accuracy",
    "right_val_accuracy",
    "retrained_val_accuracy",
    "test_accuracy",
    "retrained_test_accuracy",
    "majority_share",
    "published_val_accuracy",
)


def exercise_scores(found: FoundReplay) -> pd.DataFrame:
    """One row per exercise, in the order of the replay; NaN where a run is not there.

    Returns
    -------
    DataFrame
        `exercise`; `val_accuracy`, by the labels that Keras paired, and
        `right_val_accuracy`, of the same answers by the right labels;
        `retrained_val_accuracy`, of the network that was trained with the right labels;
        `test_accuracy` and `retrained_test_accuracy`; `majority_share`, of the largest
        class among the right validation labels; `published_val_accuracy`, the post's.
        All but the first are fractions.
    """
    rows = [_row(found, exercise) for exercise in found.exercises()]
    return pd.DataFrame(rows, columns=COLUMNS)


def last_epoch(run: Run | None, column: str) -> float:
    """A column of `history.csv` in the last epoch; NaN where there is none."""
    history = pd.DataFrame() if run is None else run.history()
    return (
        float(history[column].iloc[-1])
        if column in history and len(history)
        else math.nan
    )


def largest_class(run: Run | None, split: str = "val") -> tuple[str, float] | None:
    """The largest class by the right labels of a split, and its share, if known."""
    catalog = None if run is None else run.catalog()
    if catalog is None or not (catalog["split"] == split).any():
        return None
    names = catalog.loc[catalog["split"] == split, "class_name"]
    shares = names.value_counts(normalize=True)
    return str(shares.index[0]), float(shares.iloc[0])


def _row(found: FoundReplay, exercise: str) -> dict[str, object]:
    recorded, right = found.run(exercise), found.run(exercise, "right")
    post, largest = published(exercise), largest_class(recorded or right)
    return {
        "exercise": exercise,
        "val_accuracy": last_epoch(recorded, "val_accuracy"),
        "right_val_accuracy": last_epoch(recorded, "right_val_accuracy"),
        "retrained_val_accuracy": last_epoch(right, "val_accuracy"),
        "test_accuracy": _tested(found, exercise, "recorded"),
        "retrained_test_accuracy": _tested(found, exercise, "right"),
        "majority_share": math.nan if largest is None else largest[1],
        "published_val_accuracy": math.nan if post is None else post.val,
    }


def _tested(found: FoundReplay, exercise: str, labels: Labels) -> float:
    entry = found.entry(exercise, labels)
    tested = None if entry is None else entry.test_accuracy
    return math.nan if tested is None else tested
