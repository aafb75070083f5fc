"""A cell, row or column of the confusion matrix, by click or select box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.shared.charts import rate_columns
from dashboard.shared.image_links import choose_class
from dashboard.shared.scrolling import request_scroll
from dashboard.shared.text import count_of, literal
from hirise.evaluation import Evaluation
from hirise.predictions import Predictions

Ints = NDArray[np.int64]

MOST_SHOWN = 1000
"""Images listed on the page; a browser is slow with tens of thousands."""


MOST_COLUMNS = 49
"""Classes whose probabilities are all listed; of more, that of the true class."""


def take_click(chart: str) -> Callable[[], None]:
    """For a click on this chart: the true and the predicted class of the mark."""

    def take() -> None:
        points = st.session_state[chart]["selection"]["points"]
        if points:
            true, predicted, *_ = points[0]["customdata"]
            take_classes(true, predicted)

    return take


def take_classes(true: str, predicted: str) -> None:
    """Choose these in the two select boxes, and bring their images into view."""
    st.session_state["true"], st.session_state["predicted"] = true, predicted
    request_scroll()


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
        `probability` of the predicted one, and one column per class, or of many
        classes that of the true one; the last two need probabilities.
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
    table["probability"] = predictions.proba[rows, y_pred]
    if len(names) > MOST_COLUMNS:
        own = predictions.proba[rows, predictions.y_true[rows]]
        table["probability of the true class"] = own
        return table.sort_values("probability", ascending=False, ignore_index=True)
    proba = predictions.proba[rows]
    columns = pd.DataFrame(proba, columns=pd.Index([f"p: {name}" for name in names]))
    table = pd.concat([table, columns], axis=1)
    return table.sort_values("probability", ascending=False, ignore_index=True)


def first_images(predictions: Predictions, pairs: pd.DataFrame) -> list[str] | None:
    """The most confident image of each pair; None if the images have no names.

    Parameters
    ----------
    pairs : DataFrame
        `true` and `predicted` class names, each with an image.
    """
    images, truth, k = (
        predictions.image,
        predictions.y_true,
        len(predictions.class_names),
    )
    if images is None or truth is None:
        return None
    ids = {name: i for i, name in enumerate(predictions.class_names)}
    wanted = pairs["true"].map(ids) * k + pairs["predicted"].map(ids)
    rows = np.flatnonzero(predictions.labelled)
    keys = truth[rows] * k + predictions.y_pred[rows]
    rows, keys = rows[np.isin(keys, wanted)], keys[np.isin(keys, wanted)]
    confidence = np.zeros(len(rows))
    if predictions.proba is not None:
        confidence = predictions.proba[rows, predictions.y_pred[rows]]
    order = np.lexsort((-confidence, keys))
    first, at = np.unique(keys[order], return_index=True)
    best = dict(zip(first.tolist(), images[rows[order[at]]], strict=True))
    return [str(best[key]) for key in wanted]


def _is(ids: Ints, name: str, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """(n_images,) whether an image is of that class; all are for ""."""
    if not name:
        return np.ones(len(ids), dtype=bool)
    return np.asarray(ids == names.index(name))
