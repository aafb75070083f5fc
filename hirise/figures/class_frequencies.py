"""True, predicted and training class frequencies, side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped, percent
from hirise.predictions import Predictions

AXIS_ENDS = (0.1, 0.2, 0.5, 1.0)
"""Where the axis may end: many small classes would waste a whole one."""


def class_frequencies_figure(
    frequencies: pd.DataFrame,
    *,
    training: bool = False,
    loud: bool = False,
    at_most: int = 11,
    height: int | None = None,
) -> go.Figure:
    """How often each class occurs and how often it is predicted.

    Parameters
    ----------
    frequencies : DataFrame
        `Evaluation.shares`: index class name; `true_share`, `predicted_share`,
        `training_share`, NaN where unknown.
    training : bool
        Draw the training frequencies too, where they are known.
    loud : bool
        Draw the predicted frequencies in the colour of findings.
    at_most : int
        Classes shown by name, the most frequent; the rest become one row.
    height : int
        Pixels; by default what the number of classes needs.

    Examples
    --------
    >>> frequencies = pd.DataFrame(
    ...     {"true_share": [0.8, 0.2], "predicted_share": [1.0, 0.0]},
    ...     index=["other", "crater"],
    ... )
    >>> figure = class_frequencies_figure(frequencies, loud=True)
    >>> [(trace.name, list(trace.text)) for trace in figure.data]
    [('true', ['80.0%', '20.0%']), ('predicted', ['100.0%', 'never'])]
    """
    series = [("true_share", "true", theme.GREY)]
    series += [("predicted_share", "predicted", theme.LOUD if loud else theme.BLUE)]
    if training:
        series += [("training_share", "training", theme.FAINT)]
    return _bars(frequencies, series, at_most=at_most, height=height)


def cured_frequencies(before: Predictions, after: Predictions) -> pd.DataFrame:
    """Class frequencies of two predictions of the same images.

    Returns
    -------
    DataFrame, one row per class
        Index `class_name`; `true_share` (NaN without ground truth), `before_share`,
        `after_share`.

    Examples
    --------
    >>> from dataclasses import replace
    >>> before = Predictions(
    ...     y_pred=np.array([0, 0]), class_names=("a", "b"), split="val"
    ... )
    >>> after = replace(before, y_pred=np.array([0, 1]))
    >>> cured_frequencies(before, after)["after_share"].to_dict()
    {'a': 0.5, 'b': 0.5}
    """
    names = before.class_names
    truth = None if before.y_true is None else before.y_true[before.labelled]
    labels = (truth, before.y_pred, after.y_pred)
    columns = ("true_share", "before_share", "after_share")
    frequencies = {
        column: np.full(len(names), np.nan)
        if ids is None or not len(ids)
        else np.bincount(ids, minlength=len(names)) / len(ids)
        for column, ids in zip(columns, labels, strict=True)
    }
    return pd.DataFrame(frequencies, index=pd.Index(names, name="class_name"))


def cured_frequencies_figure(
    frequencies: pd.DataFrame, *, loud: bool = False, at_most: int = 11
) -> go.Figure:
    """How often each class occurs and is predicted, before and after.

    Parameters
    ----------
    frequencies : DataFrame
        What `cured_frequencies` returns.
    loud : bool
        Draw what was predicted before in the colour of findings.
    at_most : int
        Classes shown by name, the most frequent; the rest become one row.

    Examples
    --------
    >>> frequencies = pd.DataFrame(
    ...     {"true_share": [0.5], "before_share": [1.0], "after_share": [0.5]},
    ...     index=["crater"],
    ... )
    >>> [trace.name for trace in cured_frequencies_figure(frequencies).data]
    ['true', 'before', 'after']
    """
    series = [
        ("true_share", "true", theme.GREY),
        ("before_share", "before", theme.LOUD if loud else theme.FAINT),
        ("after_share", "after", theme.BLUE),
    ]
    return _bars(frequencies, series, at_most=at_most)


def _bars(
    frequencies: pd.DataFrame,
    series: Sequence[tuple[str, str, str]],
    *,
    at_most: int,
    height: int | None = None,
) -> go.Figure:
    """Horizontal bars of each class, one per series of column, name and colour.

    The `customdata` of a bar ends in its class, "" for the folded ones, and its series.
    """
    known = frequencies.columns[frequencies.notna().any()]
    series = [s for s in series if s[0] in known]
    columns = [column for column, _, _ in series]
    table = frequencies[columns]
    table = theme.folded(table, table.max(axis=1), at_most=at_most)
    figure = theme.new_figure(
        height or 70 + len(table) * (16 + 12 * len(series)), bargap=0.3, bargroupgap=0.0
    )
    n_named = len(table) if len(table) == len(frequencies) else len(table) - 1
    for column, name, colour in series:
        figure.add_bar(
            y=list(range(len(table))),
            x=table[column],
            orientation="h",
            name=name,
            marker={"color": colour},
            text=[_label(frequency) for frequency in table[column]],
            textposition="outside",
            textfont={"size": 11},
            constraintext="none",
            cliponaxis=False,
            customdata=[
                (escaped(label), percent(value, 2), label if n < n_named else "", name)
                for n, (label, value) in enumerate(table[column].items())
            ],
            # Plotly fades what was not clicked, but a click opens a page.
            unselected={"marker": {"opacity": 1}},
            hovertemplate="%{customdata[0]}: %{customdata[1]} "
            f"{name}<extra></extra>",
        )
    figure.update_yaxes(**theme.name_axis(table.index, down=True))
    top = next((end for end in AXIS_ENDS if end >= table.max().max()), 1.0)
    figure.update_xaxes(range=[0, 1.12 * top], **theme.percent_axis((0, top / 2, top)))
    return figure


def _label(frequency: float) -> str:
    if pd.isna(frequency):
        return ""
    if frequency == 0:
        return "never"
    return f"&lt;{percent(0.001)}" if frequency < 0.001 else percent(frequency)
