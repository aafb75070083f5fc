"""A score per exercise or run, the final test score and the goal."""

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
        What `hirise.runs.replays` returns. Exercises without a number are
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


GOAL_COLOUR = CATEGORY_COLOURS[2]
FEW = 6
"""Runs whose values are written beside their points, and whose names are not cut."""

MOST = 16
"""Runs that one chart shows; more would leave no room for their names."""

MEASURES = {"accuracy": "Accuracy", "macro_f1": "Macro-F1"}
"""The scores that can be drawn, and what people call them."""


def runs_comparison_figure(
    runs: pd.DataFrame, measure: str, *, goal: float, chosen: str = ""
) -> go.Figure:
    """Validation in blue, test in red, the goal dashed, and what one answer scores.

    Parameters
    ----------
    runs : DataFrame
        One row per run, in the order drawn: `id`, `title`, and of `measure` the
        columns `val_…`, `test_…` and `always_…` of `hirise.evaluation.run_scores`.
    measure : str
        Of `MEASURES`.
    goal : float in [0, 1]
    chosen : str
        The id of the run that is looked at; its column is shaded.
    """
    figure = new_figure(400)
    # Room for two lines of legend, so that two such figures are equally high.
    figure.update_layout(margin_t=60)
    few = len(runs) <= FEW
    _always(figure, runs, measure)
    places = ("top center", "bottom center")
    for side, name, marker, place in zip(
        ("val", "test"),
        ("validation", "test"),
        (
            {"color": BLUE, "symbol": "circle", "size": 11},
            {
                "color": LOUD,
                # Open, for it often lies upon the other.
                "symbol": "square-open",
                "size": 13,
                "line": {"width": 2.5, "color": LOUD},
            },
        ),
        places,
        strict=True,
    ):
        values = runs[f"{side}_{measure}"]
        if values.isna().all():
            continue
        figure.add_scatter(
            x=list(range(len(runs))),
            y=list(values),
            name=name,
            mode="markers" + ("+lines" if side == "val" else "") + "+text" * few,
            text=[_short(value) for value in values] if few else None,
            textposition=place,
            textfont={"size": 11},
            line={"color": FAINT, "width": 2},
            marker=marker,
            customdata=_told(runs["title"], values),
            hovertemplate=f"%{{customdata[0]}}: {name} %{{customdata[1]}}"
            "<extra></extra>",
        )
    _goal(figure, len(runs), goal)
    places_of = runs["id"].reset_index(drop=True)
    for position in places_of.index[places_of == chosen]:
        shade = {"fillcolor": FAINT, "opacity": 0.5, "layer": "below", "line_width": 0}
        figure.add_vrect(x0=position - 0.45, x1=position + 0.45, **shade)
    figure.update_xaxes(
        **name_axis(runs["title"], width=28 if few else 20),
        tickangle=0 if len(runs) == 1 else -35 if len(runs) <= FEW + 3 else -90,
        tickfont_size=11,
    )
    figure.update_yaxes(range=[-0.03, 1.05], **percent_axis())
    return figure


def _always(figure: go.Figure, runs: pd.DataFrame, measure: str) -> None:
    values = runs[f"always_{measure}"]
    if values.isna().all():
        return
    name = "always the largest class"
    figure.add_scatter(
        x=list(range(len(runs))),
        y=list(values),
        name=name,
        mode="markers",
        marker={
            "color": GREY,
            "symbol": "line-ew-open",
            "size": 22 if len(runs) <= FEW else 12,
            "line": {"width": 2, "color": GREY},
        },
        customdata=_told(runs["title"], values),
        hovertemplate=f"%{{customdata[0]}}: {name} %{{customdata[1]}}<extra></extra>",
    )


def _goal(figure: go.Figure, n_runs: int, goal: float) -> None:
    figure.add_scatter(
        x=[-0.5, n_runs - 0.5],
        y=[goal, goal],
        name=f"goal {percent(goal)}",
        mode="lines",
        line={"color": GOAL_COLOUR, "width": 2, "dash": "dash"},
        hoverinfo="skip",
    )


def _told(titles: "pd.Series[str]", values: "pd.Series[float]") -> list[list[str]]:
    pairs = zip(titles, values, strict=True)
    return [[escaped(t), percent(v) if pd.notna(v) else ""] for t, v in pairs]
