"""Recall, precision and F1 of each class with their intervals, worst recall first."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    CATEGORY_COLOURS,
    GREY,
    LOUD,
    escaped,
    name_axis,
    new_figure,
    percent,
    percent_axis,
)

MEASURES = (
    ("recall", "recall", BLUE, -0.24, "circle", "true"),
    ("precision", "precision", GREY, 0.0, "diamond", "predicted"),
    ("f1", "F1", CATEGORY_COLOURS[1], 0.24, "square", "true"),
)
"""Column, name, colour, offset, symbol, and the images that it is told with."""

N_IMAGES = {"true": "support", "predicted": "predicted"}


def worst_first(per_class: pd.DataFrame) -> pd.DataFrame:
    """Classes by recall, lowest first; those without true images last."""
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
        Recall that is expected: a vertical line; recalls whose whole interval lies
        under it are drawn in the colour of findings.
    """
    table = worst_first(per_class)
    row_height = 46 if len(table) <= 12 else 30
    figure = new_figure(90 + row_height * max(len(table), 2))
    for column, name, colour, offset, symbol, counted in MEASURES:
        figure.add_scatter(
            x=table[column],
            y=[position + offset for position in range(len(table))],
            name=name,
            mode="markers",
            marker={
                "size": 9,
                "symbol": symbol,
                "color": colour,
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": table[f"{column}_high"] - table[column],
                "arrayminus": table[column] - table[f"{column}_low"],
                "color": colour,
                "thickness": 1.5,
                "width": 3,
            },
            customdata=[
                (escaped(label), n, label, counted)
                for label, n in table[N_IMAGES[counted]].items()
            ],
            hovertemplate="%{customdata[0]} (%{customdata[1]:,.0f} "
            f"{counted} images): {name} %{{x:.3f}}<extra></extra>",
            unselected={"marker": {"opacity": 1}},
        )
    if floor is not None:
        _mark_missed(figure, table, floor)
        figure.add_vline(x=floor, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_yaxes(**name_axis(table.index, width=30, down=True))
    figure.update_xaxes(range=[-0.02, 1.02], **percent_axis())
    return figure


def _mark_missed(figure: go.Figure, table: pd.DataFrame, floor: float) -> None:
    missed = (table["recall_high"] < floor).to_numpy()
    if missed.any():
        figure.add_scatter(
            x=table["recall"][missed],
            y=np.flatnonzero(missed) + MEASURES[0][3],
            name=f"recall surely under {percent(floor, 0)}",
            mode="markers",
            marker={"size": 11, "color": LOUD},
            hoverinfo="skip",
        )
