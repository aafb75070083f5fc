"""Accuracy per exercise of the blog post, its final test score and its goal."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped, percent

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
        What `hirise.runs.replays.exercise_scores` returns. Exercises without a number
        are left out of the line, not of the axis.
    goal : float in [0, 1]
    right : bool
        The networks that were trained and evaluated with the correct labels, instead of
        what was recorded; the post's own points are drawn beside the recorded ones.
    lowest : float
        Where the axis begins at most, so that two such figures can share it.
    majority : (str, float), optional
        The most frequent class and its frequency, the majority-class baseline, drawn
        as a line.

    Examples
    --------
    >>> scores = pd.DataFrame(
    ...     {
    ...         "exercise": ["1", "final"],
    ...         "val_accuracy": [0.60, 0.78],
    ...         "published_val_accuracy": [0.62, 0.82],
    ...         "test_accuracy": [None, 0.81],
    ...     }
    ... )
    >>> [trace.name for trace in exercise_scores_figure(scores, goal=0.81).data]
    ['goal 81.0%', 'in the post', 'validation', 'test']
    """
    before = "retrained_" if right else ""
    values, tests = scores[f"{before}val_accuracy"], scores[f"{before}test_accuracy"]
    names = [*scores["exercise"], "test"]
    ends = (-0.5, len(scores) + 0.5)
    figure = theme.new_figure(370)
    # Room for two lines of legend, so that two such figures are equally high.
    figure.update_layout(margin_t=60)
    theme.draw_level(figure, ends, "goal", goal, theme.GREEN)
    if majority is not None:
        name, frequency = majority
        theme.draw_level(
            figure, ends, f"always “{escaped(name)}”", frequency, theme.GREY
        )
    if not right:
        _points(
            figure,
            scores["published_val_accuracy"],
            "in the post",
            {"color": theme.GREY, "symbol": "circle-open", "size": 12},
        )
    _points(
        figure,
        values,
        "validation",
        {"color": theme.GREEN if right else theme.BLUE, "symbol": "circle", "size": 11},
        # The post's own points stand above most of the recorded ones.
        text="top center" if right else "bottom center",
    )
    _add_test(figure, tests)
    figure.update_xaxes(**theme.name_axis(names), title_text="exercise")
    figure.update_yaxes(range=[lowest, 1.0], **theme.percent_axis())
    return figure


def lowest_accuracy(scores: pd.DataFrame) -> float:
    """Where the axis of both figures begins.

    Examples
    --------
    >>> lowest_accuracy(pd.DataFrame({"val_accuracy": [0.25, 0.75]}))
    0.2
    """
    columns = [name for name in scores if str(name).endswith("accuracy")]
    lowest = scores[columns].min().min()
    return LOWEST if pd.isna(lowest) else min(LOWEST, float(lowest) - 0.05)


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
        text=[theme.point_label(v) for v in values] if text else None,
        textposition=text or None,
        textfont={"size": 11},
        line={"color": theme.FAINT, "width": 2},
        marker=marker,
        customdata=[percent(v) if pd.notna(v) else "" for v in values],
        hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
    )


def _add_test(figure: go.Figure, tests: pd.Series) -> None:
    """The test score of the last exercise, at the end of the axis."""
    if tests.empty or pd.isna(tests.iloc[-1]):
        return
    score = float(tests.iloc[-1])
    figure.add_scatter(
        x=[len(tests)],
        y=[score],
        name="test",
        mode="markers+text",
        text=[theme.point_label(score)],
        textposition="bottom center",
        textfont={"size": 11},
        marker={"color": theme.LOUD, "symbol": "square", "size": 12},
        hovertemplate=f"test: {percent(score)}<extra></extra>",
    )
