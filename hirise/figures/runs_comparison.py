"""A score of each run, its test score and the goal: the post's chart, for any runs."""

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


def _short(share: float) -> str:
    """In per cent without the sign: a phone has little room beside a point."""
    return "" if pd.isna(share) else f"{100 * share:.1f}"
