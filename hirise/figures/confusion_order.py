"""Orders in which the classes of a confusion matrix can stand."""

import numpy as np
import pandas as pd

ORDERS = ("id", "frequency", "recall", "confusion")
"""What `ordered_confusion` can order by."""


def ordered_confusion(confusion: pd.DataFrame, order: str) -> pd.DataFrame:
    """The same matrix with its classes, rows and columns alike, in another order.

    Parameters
    ----------
    confusion : DataFrame of int
        Rows true, columns predicted, in order of class id.
    order : str
        One of `ORDERS`: class id; most images first; worst recall first, classes
        without images last; classes that are confused beside each other.
    """
    counts = confusion.to_numpy()
    support = counts.sum(axis=1)
    if order == "frequency":
        positions = np.argsort(-support, kind="stable")
    elif order == "recall":
        recall = np.where(support > 0, counts.diagonal() / np.maximum(support, 1), 2)
        positions = np.argsort(recall, kind="stable")
    elif order == "confusion":
        positions = _chain(counts + counts.T)
    else:
        positions = np.arange(len(counts))
    return confusion.iloc[positions, positions]


def _chain(mutual: np.ndarray) -> np.ndarray:
    """Begin with the most confused pair; add the class most confused with the last."""
    left = mutual.astype(float)
    np.fill_diagonal(left, -1)
    if len(left) < 2:
        return np.arange(len(left))
    first, last = np.unravel_index(left.argmax(), left.shape)
    chain = [int(first), int(last)]
    while len(chain) < len(left):
        candidates = left[chain[-1]].copy()
        candidates[chain] = -2
        chain.append(int(candidates.argmax()))
    return np.array(chain)
