"""Accuracy per exercise, the final test score and the goal, as the post drew them."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    CATEGORY_COLOURS,
    FAINT,
    GREY,
    LOUD,
    TEXT,
    escaped,
    name_axis,
    new_figure,
    percent,
    percent_axis,
)

RIGHT = CATEGORY_COLOURS[2]
LOWEST = 0.5
"""Where the axis begins, unless an accuracy lies below."""


def exercise_scores_figure(
    scores: pd.DataFrame,
    *,
    goal: float,
    right: bool = False,
    lowest: float = LOWEST,
    majority: tuple[str, float] | None = None,
) -> go.Figure:
    """One point per exercise, one for the final test, and the goal as a line.

    Parameters
    ----------
    scores : DataFrame
        What `hirise.runs.exercise_scores` returns. Exercises without a number are
        left out of the line, not of the axis.
    goal : float in [0, 1]
    right : bool
        The networks that were trained and judged with the right labels, instead of
        what was recorded; the post's own points are drawn beside the recorded ones.
    lowest : float
        Where the axis begins at most, so that two such figures can share it.
    majority : (str, float), optional
        The largest class and its share, drawn as a line: what always naming it scores.
    """
    before = "retrained_" if right else ""
    values, tests = scores[f"{before}val_accuracy"], scores[f"{before}test_accuracy"]
    names = [*scores["exercise"], "test"]
    figure = new_figure(360)
    if not right:
        _points(
            figure,
            scores["published_val_accuracy"],
            "in the post",
            {"color": GREY, "symbol": "circle-open", "size": 12},
        )
    _points(
        figure,
        values,
        "validation, right labels" if right else "validation",
        {"color": RIGHT if right else BLUE, "symbol": "circle", "size": 11},
        text=True,
    )
    if len(scores) and pd.notna(tests.iloc[-1]):
        score = float(tests.iloc[-1])
        figure.add_scatter(
            x=[len(scores)],
            y=[score],
            name="final test",
            mode="markers+text",
            text=[percent(score)],
            textposition="top center",
            textfont={"size": 11},
            marker={"color": LOUD, "symbol": "square", "size": 12},
            hovertemplate=f"final test: {percent(score)}<extra></extra>",
        )
    _level(figure, goal, "goal", RIGHT, "top left")
    if majority is not None:
        _level(figure, majority[1], f"always “{majority[0]}”", GREY, "bottom left")
    figure.update_xaxes(**name_axis(names), title_text="exercise")
    figure.update_yaxes(range=[lowest, 1.0], **percent_axis())
    return figure


def lowest_accuracy(scores: pd.DataFrame) -> float:
    """Where the axis of both figures begins."""
    columns = [name for name in scores if str(name).endswith("accuracy")]
    found = scores[columns].min().min()
    return LOWEST if pd.isna(found) else min(LOWEST, float(found) - 0.05)


def _points(
    figure: go.Figure,
    values: pd.Series,
    name: str,
    marker: dict[str, object],
    *,
    text: bool = False,
) -> None:
    figure.add_scatter(
        x=list(range(len(values))),
        y=list(values),
        name=name,
        mode="lines+markers+text" if text else "markers",
        text=[percent(v) if pd.notna(v) else "" for v in values] if text else None,
        textposition="top center",
        textfont={"size": 11},
        line={"color": FAINT, "width": 2},
        marker=marker,
        customdata=[percent(v) if pd.notna(v) else "" for v in values],
        hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
    )


def _level(figure: go.Figure, value: float, name: str, colour: str, place: str) -> None:
    figure.add_hline(
        y=value,
        line={"color": colour, "width": 2, "dash": "dash"},
        annotation={
            "text": f"{escaped(name)} {percent(value)}",
            "font": {"size": 11, "color": TEXT},
        },
        annotation_position=place,
    )
