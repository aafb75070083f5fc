"""A score of each run on validation and test, with a goal and the baseline."""

from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped, percent

FEW = 6
"""Runs whose values are written beside their points, and whose names are not cut."""

MOST = 16
"""Runs that one chart shows; more would leave no room for their names."""

MEASURES = {"accuracy": "Accuracy", "macro_f1": "Macro-F1"}
"""The scores that can be drawn, and what people call them."""


class Series(NamedTuple):
    """Scores of one kind: the prefix of their column, and how they are drawn."""

    prefix: str
    name: str
    marker: dict[str, Any]
    text: str = ""


VALIDATION = Series(
    "val",
    "validation",
    {"color": theme.BLUE, "symbol": "circle", "size": 11},
    text="top center",
)
TEST = Series(
    "test",
    "test",
    # Open, for it often lies upon the other.
    {
        "color": theme.LOUD,
        "symbol": "square-open",
        "size": 13,
        "line": {"width": 2.5, "color": theme.LOUD},
    },
    text="bottom center",
)


OTHER = Series(
    "other",
    "another split",
    {"color": theme.GREY, "symbol": "diamond", "size": 11},
    text="top center",
)
"""Of runs that have predictions of neither validation nor test."""


def run_scores_figure(
    runs: pd.DataFrame, measure: str, *, goal: float, chosen: str = ""
) -> go.Figure:
    """Validation in blue, test in orange, the goal dashed, the baseline as a stroke.

    No line joins the runs, which need not be related.

    Parameters
    ----------
    runs : DataFrame
        One row per run, in the order drawn: `id`, `title`, and of `measure` the
        columns `val_…`, `test_…` and `always_…` of `hirise.evaluation.run_scores`,
        and `other_…` where runs have predictions of another split alone.
    measure : str
        Of `MEASURES`.
    goal : float in [0, 1]
    chosen : str
        The id of the chosen run; its column is shaded.

    Examples
    --------
    >>> runs = pd.DataFrame(
    ...     {
    ...         "id": ["a", "b"],
    ...         "title": ["first", "second"],
    ...         "val_accuracy": [0.80, 0.92],
    ...         "test_accuracy": [None, 0.90],
    ...         "always_accuracy": [0.81, 0.81],
    ...     }
    ... )
    >>> figure = run_scores_figure(runs, "accuracy", goal=0.85)
    >>> [trace.name for trace in figure.data]
    ['majority-class baseline', 'validation', 'test', 'goal 85.0%']
    """
    figure = theme.new_figure(400)
    # Room for two lines of legend, so that two such figures are equally high.
    figure.update_layout(margin_t=60)
    few = len(runs) <= FEW
    stroke = {
        "color": theme.GREY,
        "symbol": "line-ew-open",
        "size": 22 if few else 12,
        "line": {"width": 2, "color": theme.GREY},
    }
    baseline = Series("always", "majority-class baseline", stroke)
    for series in (baseline, VALIDATION, TEST, OTHER):
        values = runs.get(f"{series.prefix}_{measure}", pd.Series(dtype=float))
        if values.notna().any():
            _add_scores(figure, series, values, runs["title"], few=few)
    theme.draw_level(figure, (-0.5, len(runs) - 0.5), "goal", goal, theme.GREEN)
    ids = runs["id"].reset_index(drop=True)
    for position in ids.index[ids == chosen]:
        shade = {
            "fillcolor": theme.FAINT,
            "opacity": 0.5,
            "layer": "below",
            "line_width": 0,
        }
        figure.add_vrect(x0=position - 0.45, x1=position + 0.45, **shade)
    figure.update_xaxes(
        **theme.name_axis(runs["title"], width=28 if few else 20),
        tickangle=0 if len(runs) == 1 else -35 if len(runs) <= FEW + 3 else -90,
        tickfont_size=11,
    )
    figure.update_yaxes(range=[-0.03, 1.05], **theme.percent_axis())
    return figure


def _add_scores(
    figure: go.Figure,
    series: Series,
    values: "pd.Series[float]",
    titles: "pd.Series[str]",
    *,
    few: bool,
) -> None:
    written = bool(few and series.text)
    figure.add_scatter(
        x=list(range(len(values))),
        y=list(values),
        name=series.name,
        mode="markers" + "+text" * written,
        text=[theme.point_label(value) for value in values] if written else None,
        textposition=series.text or None,
        textfont={"size": 11},
        marker=series.marker,
        customdata=[
            (escaped(title), percent(value) if pd.notna(value) else "")
            for title, value in zip(titles, values, strict=True)
        ],
        hovertemplate=f"%{{customdata[0]}}: {series.name} %{{customdata[1]}}"
        "<extra></extra>",
    )
