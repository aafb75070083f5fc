"""A cell of the confusion matrix: chosen by click or select box, and its images."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from hirise.evaluation import Evaluation
from hirise.predictions import Predictions

MOST_SHOWN = 1000
"""Images listed on the page; a browser is slow with tens of thousands."""


def take_click() -> None:
    """Move a click on the matrix into the two select boxes, which hold the state."""
    points = st.session_state["matrix"]["selection"]["points"]
    if points:
        true, predicted, *_ = points[0]["customdata"]
        st.session_state["true"], st.session_state["predicted"] = true, predicted


def choose_cell(evaluation: Evaluation) -> tuple[str, str]:
    """Two select boxes in the URL; at first, the most frequent confusion."""
    names = list(evaluation.class_names)
    worst = evaluation.top_confusions
    first = (
        (worst["true"].iloc[0], worst["predicted"].iloc[0])
        if len(worst)
        else (names[0], names[0])
    )
    left, right = st.columns(2)
    true = left.selectbox(
        "True class",
        names,
        index=names.index(first[0]),
        key="true",
        bind="query-params",
    )
    predicted = right.selectbox(
        "Predicted class",
        names,
        index=names.index(first[1]),
        key="predicted",
        bind="query-params",
    )
    return str(true), str(predicted)


def images_of_cell(predictions: Predictions, true: str, predicted: str) -> pd.DataFrame:
    """The images of one true class that were given one predicted class, surest first.

    Returns
    -------
    DataFrame
        `image` (its row number where names are unknown), `probability` of the
        predicted class, and one column per class; the last two need probabilities.
    """
    names = predictions.class_names
    if predictions.y_true is None:
        return pd.DataFrame({"image": []})
    rows = np.flatnonzero(
        (predictions.y_true == names.index(true))
        & (predictions.y_pred == names.index(predicted))
    )
    images = predictions.image
    table = pd.DataFrame({"image": rows if images is None else images[rows]})
    if predictions.proba is None:
        return table
    proba = predictions.proba[rows]
    table["probability"] = proba[:, names.index(predicted)]
    columns = pd.DataFrame(proba, columns=pd.Index([f"p: {name}" for name in names]))
    table = pd.concat([table, columns], axis=1)
    return table.sort_values("probability", ascending=False, ignore_index=True)
