"""The one-to-one relabelling of the predictions that agrees best with the labels."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def best_relabelling(confusion: Ints) -> Ints:
    """Which true class each predicted class stands for, so that most images agree.

    Parameters
    ----------
    confusion : (n_classes, n_classes) int
        Images by true (row) and predicted class.

    Returns
    -------
    (n_classes,) int
        True class of each predicted class, a permutation.

    Notes
    -----
    Shortest augmenting paths with potentials, O(n_classes**3); written here because
    importing SciPy takes longer than a whole check.

    References
    ----------
    Kuhn (1955), The Hungarian method for the assignment problem; Jonker and Volgenant
    (1987), A shortest augmenting path algorithm.

    Examples
    --------
    >>> best_relabelling(np.array([[1, 9, 0], [8, 0, 2], [0, 0, 5]])).tolist()
    [1, 0, 2]
    """
    n = len(confusion)
    # The method finds the smallest sum, but agreement should be largest.
    cost = -np.asarray(confusion, dtype=float).T
    row_price, column_price = np.zeros(n), np.zeros(n + 1)
    row_of = np.full(n + 1, -1)  # the last column is where a path starts
    for row in range(n):
        row_of[n] = row
        column, came_from = n, np.full(n, n)
        shortest, reached = np.full(n, np.inf), np.zeros(n + 1, dtype=bool)
        while row_of[column] >= 0:
            reached[column] = True
            at = row_of[column]
            length = cost[at] - row_price[at] - column_price[:n]
            closer = ~reached[:n] & (length < shortest)
            shortest[closer], came_from[closer] = length[closer], column
            nearest = int(np.where(reached[:n], np.inf, shortest).argmin())
            step = shortest[nearest]
            row_price[row_of[reached]] += step
            column_price[reached] -= step
            shortest[~reached[:n]] -= step
            column = nearest
        while column != n:
            row_of[column] = row_of[came_from[column]]
            column = int(came_from[column])
    relabelled = np.empty(n, dtype=np.int64)
    relabelled[row_of[:n]] = np.arange(n)
    return relabelled
