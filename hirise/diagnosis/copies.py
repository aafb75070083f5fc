"""Whether all images of one landmark get the same class."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.predictions import Predictions

Ints = NDArray[np.int64]
Objects = NDArray[np.object_]


def answers_per_landmark(predictions: Predictions) -> pd.DataFrame:
    """What was said of each landmark that several images show.

    Returns
    -------
    DataFrame, one row per landmark of two images or more
        Index the landmark, as they first come; `n_images`, `n_answers` (different
        predicted classes, 1 or more) and `class_name`, the true class of its first
        image with a known one ("" without). Empty where names tell no landmarks.
    """
    if predictions.name_parts is None:
        return pd.DataFrame(columns=["n_images", "n_answers", "class_name"])
    codes, landmarks = pd.factorize(predictions.name_parts["landmark"])
    n_images = np.bincount(codes, minlength=len(landmarks))
    several = (n_images > 1) & (landmarks != "")
    n_classes = len(predictions.class_names)
    answers = pd.unique(codes * n_classes + predictions.y_pred) // n_classes
    table = pd.DataFrame({"n_images": n_images}, index=landmarks)
    table["n_answers"] = np.bincount(answers, minlength=len(landmarks))
    table["class_name"] = _true_classes(predictions, codes, len(landmarks))
    return table[several]


def _true_classes(predictions: Predictions, codes: Ints, n_landmarks: int) -> Objects:
    """(n_landmarks,) true class of the first labelled image of each; "" without."""
    truth = np.full(n_landmarks, -1)
    if predictions.y_true is not None:
        labelled = np.flatnonzero(predictions.labelled)[::-1]
        truth[codes[labelled]] = predictions.y_true[labelled]  # the first comes last
    names: Objects = np.array([*predictions.class_names, ""], dtype=object)
    return np.asarray(names[truth])
