"""Confident learning: labels that held-out probabilities contradict.

Implemented here, since cleanlab (tests compare with what version 2.9.0 found) brings
scikit-learn, which the path of `hirise check` does without.
"""

import numpy as np
import pandas as pd

from hirise.metrics.metrics import Floats, Ints
from hirise.predictions import Predictions
from hirise.predictions.table import largest_column

COLUMNS = ("image", "given", "suggested", "self_confidence")
_SLACK = 1e-6


def suspected_errors(predictions: Predictions) -> pd.DataFrame:
    """Images whose label is probably wrong, by the off-diagonal of the confident joint.

    An image counts for the class that is at least as probable as it is, on average,
    for the images with that label; the most probable one where there are several.
    Where that is not the given label, and the most probable class is not it either,
    the label is suspected.

    Parameters
    ----------
    predictions : Predictions
        Of images that the model was not trained on, with probabilities and labels.

    Returns
    -------
    DataFrame, the lowest self-confidence first
        `image` (its number where it has no name), `given`, `suggested` (class names),
        `self_confidence` (probability of the given label).

    References
    ----------
    Northcutt, Jiang and Chuang (2021), Confident Learning: Estimating Uncertainty in
    Dataset Labels, arXiv:1911.00068, method C of section 3.2; as `find_label_issues`
    with `filter_by="confident_learning"` of cleanlab.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.1, 0.9]])
    >>> predictions = Predictions(
    ...     y_pred=proba.argmax(axis=1),
    ...     y_true=np.array([0, 0, 1, 1, 0]),
    ...     proba=proba,
    ...     class_names=("crater", "other"),
    ... )
    >>> suspected_errors(predictions)
       image   given suggested  self_confidence
    0      4  crater     other              0.1
    """
    rows = np.flatnonzero(predictions.labelled)
    if predictions.proba is None or predictions.y_true is None or not len(rows):
        return pd.DataFrame(columns=list(COLUMNS))
    # No copy where all images are labelled.
    kept = slice(None) if len(rows) == len(predictions) else rows
    given, proba = predictions.y_true[kept], predictions.proba[kept]
    likely = confident_class(given, proba)
    best = predictions.likeliest[kept]
    wrong = np.flatnonzero((likely >= 0) & (likely != given) & (best != given))
    names = np.array(predictions.class_names, dtype=object)
    at = rows[wrong]
    images = at if predictions.image is None else np.asarray(predictions.image[at])
    table = pd.DataFrame(
        {
            "image": images,
            "given": names[given[wrong]],
            "suggested": names[best[wrong]],
            "self_confidence": proba[wrong, given[wrong]],
        }
    )
    return table.sort_values("self_confidence", kind="stable", ignore_index=True)


def confident_class(given: Ints, proba: Floats) -> Ints:
    """(n_images,) the class that an image confidently belongs to; -1 for none.

    Parameters
    ----------
    given : (n_images,) int
    proba : (n_images, n_classes) float

    Examples
    --------
    >>> given = np.array([0, 0, 1])
    >>> confident_class(given, np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])).tolist()
    [0, 1, 1]
    """
    confident = proba >= _thresholds(given, proba) - _SLACK
    n = confident.sum(axis=1)
    classes = np.where(n > 1, largest_column(proba), largest_column(confident))
    return np.where(n > 0, classes, -1).astype(np.int64)


def _thresholds(given: Ints, proba: Floats) -> Floats:
    """Mean probability of each class over the images labelled so; 2 for no image."""
    n_classes = proba.shape[1]
    n = np.bincount(given, minlength=n_classes)
    own = np.bincount(given, proba[np.arange(len(given)), given], minlength=n_classes)
    return np.where(n > 0, own / np.maximum(n, 1), 2.0)
