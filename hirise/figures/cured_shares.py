"""True label shares beside those predicted before and after a cure."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hirise.figures.label_shares import share_bars
from hirise.figures.theme import BLUE, FAINT, GREY, LOUD
from hirise.predictions import Predictions


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
