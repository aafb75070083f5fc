"""A cell, row or column of the confusion matrix, by click or select box."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.shared.charts import rate_columns
from dashboard.shared.image_links import choose_class
from dashboard.shared.text import count_of, literal
from hirise.evaluation import Evaluation
from hirise.predictions import Predictions

Ints = NDArray[np.int64]

MOST_SHOWN = 1000
"""Images listed on the page; a browser is slow with tens of thousands."""


def take_click() -> None:
    """Copy a click on the matrix into the two select boxes, which hold the state."""
    points = st.session_state["matrix"]["selection"]["points"]
    if points:
        true, predicted, *_ = points[0]["customdata"]
        st.session_state["true"], st.session_state["predicted"] = true, predicted


def choose_cell(evaluation: Evaluation) -> tuple[str, str]:
    """Two select boxes in the URL; at first, the most frequent confusion. "" is any."""
    names = evaluation.class_names
    worst = evaluation.top_confusions
    first = {"true": names[0], "predicted": names[0]}
    if len(worst):
        first = {key: worst[key].iloc[0] for key in first}
    rows, columns = st.columns(2)
    with rows:
        true = choose_class("True class", names, key="true", first=first["true"])
    with columns:
        predicted = choose_class(
            "Predicted class", names, key="predicted", first=first["predicted"]
        )
    return true, predicted


def cell_title(true: str, predicted: str, n: int) -> str:
    """Such as "crater predicted as other: 12 images"; names are escaped."""
    of_class = literal(true) if true else "All"
    as_class = f" predicted as {literal(predicted)}" if predicted else ""
    return f"{of_class}{as_class}: {count_of(n, 'image')}"


def cell_columns(images: pd.DataFrame) -> dict[str, Any]:
    """Options of the columns of `images_of_cell`: elsewhere `predicted` is a number."""
    classes = {
        name: st.column_config.TextColumn(f"{name} class")
        for name in ("true", "predicted")
    }
    return {**classes, **rate_columns(images.columns[3:])}


def images_of_cell(predictions: Predictions, true: str, predicted: str) -> pd.DataFrame:
    """The images of one true and one predicted class, most confident first.

    "" is any class, among images with a true class.

    Returns
    -------
    DataFrame
        `image` (its row number where names are unknown), `true` and `predicted` class,
        `probability` of the predicted one, and one column per class; the last two need
        probabilities.
    """
    names = np.array(predictions.class_names, dtype=object)
    if predictions.y_true is None:
        return pd.DataFrame({"image": []})
    rows = np.flatnonzero(
        predictions.labelled
        & _is(predictions.y_true, true, predictions.class_names)
        & _is(predictions.y_pred, predicted, predictions.class_names)
    )
    images, y_pred = predictions.image, predictions.y_pred[rows]
    table = pd.DataFrame({"image": rows if images is None else images[rows]})
    table["true"] = names[predictions.y_true[rows]]
    table["predicted"] = names[y_pred]
    if predictions.proba is None:
        return table
    proba = predictions.proba[rows]
    table["probability"] = proba[np.arange(len(rows)), y_pred]
    columns = pd.DataFrame(proba, columns=pd.Index([f"p: {name}" for name in names]))
    table = pd.concat([table, columns], axis=1)
    return table.sort_values("probability", ascending=False, ignore_index=True)


def _is(ids: Ints, name: str, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """(n_images,) whether an image is of that class; all are for ""."""
    if not name:
        return np.ones(len(ids), dtype=bool)
    return np.asarray(ids == names.index(name))
