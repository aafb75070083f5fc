"""Recall, precision and F1 of each class with their intervals, worst recall first."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped, percent


class Measure(NamedTuple):
    """A column and how it is drawn; `counted` are the images that it is a rate of."""

    column: str
    name: str
    colour: str
    offset: float
    symbol: str
    counted: str


RECALL = Measure("recall", "recall", theme.BLUE, -0.24, "circle", "true")
MEASURES = (
    RECALL,
    Measure("precision", "precision", theme.GREY, 0.0, "diamond", "predicted"),
    Measure("f1", "F1", theme.CATEGORY_COLOURS[1], 0.24, "square", "true"),
)

N_IMAGES = {"true": "support", "predicted": "predicted"}


def worst_first(per_class: pd.DataFrame) -> pd.DataFrame:
    """Classes by recall, lowest first; those without true images last.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"recall": [0.9, np.nan, 0.2], "f1": [0.9, 0.0, 0.3]},
    ...     index=["crater", "impact", "dune"],
    ... )
    >>> list(worst_first(table).index)
    ['dune', 'crater', 'impact']
    """
    return per_class.sort_values(["recall", "f1"], na_position="last", kind="stable")


def class_intervals_figure(
    per_class: pd.DataFrame, *, floor: float | None = 0.70
) -> go.Figure:
    """A dot and a whisker per class and measure.

    The `customdata` of a dot ends in its class and in "true" or "predicted".

    Parameters
    ----------
    per_class : DataFrame
        Index class name; `support`, `predicted` and, for each of recall, precision and
        f1, the value, `_low` and `_high`; NaN where undefined.
    floor : float
        Expected recall: a vertical line; recalls whose whole interval lies under it
        are drawn in the colour of findings.

    Examples
    --------
    >>> numbers = {"support": 40, "predicted": 10, "recall": 0.2, "recall_low": 0.1}
    >>> numbers |= {"recall_high": 0.3, "precision": 0.8, "precision_low": 0.5}
    >>> numbers |= {"precision_high": 0.9, "f1": 0.3, "f1_low": 0.2, "f1_high": 0.4}
    >>> table = pd.DataFrame([numbers], index=["dune"])
    >>> [trace.name for trace in class_intervals_figure(table).data]
    ['recall', 'precision', 'F1', '95% CI of recall under 70%']
    """
    table = worst_first(per_class)
    row_height = 46 if len(table) <= 12 else 30
    figure = theme.new_figure(90 + row_height * max(len(table), 2))
    for measure in MEASURES:
        _add_measure(figure, table, measure)
    if floor is not None:
        _mark_missed(figure, table, floor)
        figure.add_vline(x=floor, line={"color": theme.GREY, "width": 1, "dash": "dot"})
    figure.update_yaxes(**theme.name_axis(table.index, width=30, down=True))
    figure.update_xaxes(range=[-0.02, 1.02], **theme.percent_axis())
    return figure


def _add_measure(figure: go.Figure, table: pd.DataFrame, measure: Measure) -> None:
    column, name, colour, offset, symbol, counted = measure
    figure.add_scatter(
        x=table[column],
        y=[position + offset for position in range(len(table))],
        name=name,
        mode="markers",
        marker={"size": 9, "symbol": symbol, "color": colour},
        error_x=theme.whiskers(
            table, column, f"{column}_low", f"{column}_high", colour=colour
        ),
        customdata=[
            (escaped(label), n, label, counted)
            for label, n in table[N_IMAGES[counted]].items()
        ],
        hovertemplate="%{customdata[0]} (%{customdata[1]:,.0f} "
        f"{counted} images): {name} %{{x:.3f}}<extra></extra>",
        unselected={"marker": {"opacity": 1}},
    )


def _mark_missed(figure: go.Figure, table: pd.DataFrame, floor: float) -> None:
    missed = (table["recall_high"] < floor).to_numpy()
    if missed.any():
        figure.add_scatter(
            x=table["recall"][missed],
            y=np.flatnonzero(missed) + RECALL.offset,
            name=f"95% CI of recall under {percent(floor, 0)}",
            mode="markers",
            marker={"size": 11, "color": theme.LOUD},
            hoverinfo="skip",
        )
