"""True, predicted and training class frequencies, side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    FAINT,
    GREY,
    LOUD,
    escaped,
    folded,
    name_axis,
    new_figure,
    percent,
    percent_axis,
)
from hirise.predictions import Predictions

AXIS_ENDS = (0.1, 0.2, 0.5, 1.0)
"""Shares at which the axis may end: many small classes would waste a whole one."""


def label_shares_figure(
    shares: pd.DataFrame,
    *,
    training: bool = False,
    loud: bool = False,
    at_most: int = 11,
    height: int | None = None,
) -> go.Figure:
    """How often each class occurs and how often it is predicted.

    Parameters
    ----------
    shares : DataFrame
        Index class name; `true_share`, `predicted_share`, `training_share`.
    training : bool
        Draw the training shares too, where they are known.
    loud : bool
        Draw the predicted shares in the colour of findings.
    at_most : int
        Classes shown by name, the largest; the rest become one row.
    height : int
        Pixels; by default what the number of classes needs.
    """
    series = [("true_share", "true", GREY)]
    series += [("predicted_share", "predicted", LOUD if loud else BLUE)]
    if training:
        series += [("training_share", "training", FAINT)]
    return share_bars(shares, series, at_most=at_most, height=height)


def share_bars(
    shares: pd.DataFrame,
    series: Sequence[tuple[str, str, str]],
    *,
    at_most: int,
    height: int | None = None,
) -> go.Figure:
    """Horizontal bars of the shares of each class, one per series.

    The `customdata` of a bar ends in its class, "" for the folded ones, and its series.

    Parameters
    ----------
    shares : DataFrame
        Index class name; one column per series, NaN where unknown.
    series : sequence of (column, name, colour)
    at_most, height
        See `label_shares_figure`.
    """
    series = [s for s in series if shares[s[0]].notna().any()]
    columns = [column for column, _, _ in series]
    table = folded(shares[columns], shares[columns].max(axis=1), at_most=at_most)
    figure = new_figure(
        height or 70 + len(table) * (16 + 12 * len(series)), bargap=0.3, bargroupgap=0.0
    )
    n_named = len(table) if len(table) == len(shares) else len(table) - 1
    for column, name, colour in series:
        figure.add_bar(
            y=list(range(len(table))),
            x=table[column],
            orientation="h",
            name=name,
            marker={"color": colour},
            text=[_label(share) for share in table[column]],
            textposition="outside",
            textfont={"size": 11},
            constraintext="none",
            cliponaxis=False,
            customdata=[
                (escaped(label), percent(share, 2), label if n < n_named else "", name)
                for n, (label, share) in enumerate(table[column].items())
            ],
            unselected={"marker": {"opacity": 1}},
            hovertemplate="%{customdata[0]}: %{customdata[1]} "
            f"{name}<extra></extra>",
        )
    figure.update_yaxes(**name_axis(table.index, down=True))
    top = next((end for end in AXIS_ENDS if end >= table.max().max()), 1.0)
    figure.update_xaxes(range=[0, 1.12 * top], **percent_axis((0, top / 2, top)))
    return figure


def _label(share: float) -> str:
    if pd.isna(share):
        return ""
    if share == 0:
        return "never"
    return f"&lt;{percent(0.001)}" if share < 0.001 else percent(share)


def cured_shares(before: Predictions, after: Predictions) -> pd.DataFrame:
    """Label shares of two predictions of the same images.

    Returns
    -------
    DataFrame, one row per class
        Index `class_name`; `true_share` (NaN without truth), `before_share`,
        `after_share`.
    """
    names = before.class_names
    truth = None if before.y_true is None else before.y_true[before.labelled]
    labels = (truth, before.y_pred, after.y_pred)
    columns = ("true_share", "before_share", "after_share")
    shares = {
        column: np.full(len(names), np.nan)
        if ids is None or not len(ids)
        else np.bincount(ids, minlength=len(names)) / len(ids)
        for column, ids in zip(columns, labels, strict=True)
    }
    return pd.DataFrame(shares, index=pd.Index(names, name="class_name"))


def cured_shares_figure(
    shares: pd.DataFrame, *, loud: bool = False, at_most: int = 11
) -> go.Figure:
    """How often each class occurs and is predicted, before and after.

    Parameters
    ----------
    shares : DataFrame
        What `cured_shares` returns.
    loud : bool
        Draw what was predicted before in the colour of findings.
    at_most : int
        Classes shown by name, the largest; the rest become one row.
    """
    series = [
        ("true_share", "true", GREY),
        ("before_share", "before", LOUD if loud else FAINT),
        ("after_share", "after", BLUE),
    ]
    return share_bars(shares, series, at_most=at_most)
