"""Accuracy per exercise, the final test score and the goal, as the post drew them."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    CATEGORY_COLOURS,
    FAINT,
    GREY,
    LOUD,
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
    # The post's own points stand above most of the recorded ones.
    place = "top center" if right else "bottom center"
    figure = new_figure(370)
    # Room for two lines of legend, so that two such figures are equally high.
    figure.update_layout(margin_t=60)
    _level(figure, len(scores), "goal", goal, RIGHT)
    if majority is not None:
        name, share = majority
        _level(figure, len(scores), f"always “{escaped(name)}”", share, GREY)
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
        "validation",
        {"color": RIGHT if right else BLUE, "symbol": "circle", "size": 11},
        text=place,
    )
    _test(figure, tests)
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
    text: str = "",
) -> None:
    figure.add_scatter(
        x=list(range(len(values))),
        y=list(values),
        name=name,
        mode="lines+markers+text" if text else "markers",
        text=[_short(v) for v in values] if text else None,
        textposition=text or None,
        textfont={"size": 11},
        line={"color": FAINT, "width": 2},
        marker=marker,
        customdata=[percent(v) if pd.notna(v) else "" for v in values],
        hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
    )


def _test(figure: go.Figure, tests: pd.Series) -> None:
    """The test score of the last exercise, at the end of the axis."""
    if tests.empty or pd.isna(tests.iloc[-1]):
        return
    score = float(tests.iloc[-1])
    figure.add_scatter(
        x=[len(tests)],
        y=[score],
        name="test",
        mode="markers+text",
        text=[_short(score)],
        textposition="bottom center",
        textfont={"size": 11},
        marker={"color": LOUD, "symbol": "square", "size": 12},
        hovertemplate=f"test: {percent(score)}<extra></extra>",
    )


def _level(
    figure: go.Figure, n_exercises: int, name: str, value: float, colour: str
) -> None:
    figure.add_scatter(
        x=[-0.5, n_exercises + 0.5],
        y=[value, value],
        name=f"{name} {percent(value)}",
        mode="lines",
        line={"color": colour, "width": 2, "dash": "dash"},
        hoverinfo="skip",
    )


def _short(share: float) -> str:
    """In per cent without the sign: a phone has little room beside a point."""
    return "" if pd.isna(share) else f"{100 * share:.1f}"
