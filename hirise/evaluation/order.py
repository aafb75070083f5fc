"""What more is measured where the classes are in order: the size of the errors."""

from __future__ import annotations

import numpy as np

from hirise.metrics import metrics
from hirise.metrics.cells import Cells
from hirise.metrics.intervals import percentile_interval, resampled_totals
from hirise.metrics.metrics import Bounds, Floats, Ints, Totals


def quadratic_kappa_bounds(
    y_true: Ints,
    y_pred: Ints,
    n_classes: int,
    *,
    groups: Ints | None = None,
    intervals: bool = True,
) -> Bounds:
    """Cohen's kappa with quadratic weights, and its 95% interval; undefined is NaN.

    Parameters
    ----------
    y_true, y_pred : (n_images,) int
        Ids, in the order of the classes.
    n_classes : int
    groups : (n_images,) int, optional
        Images of one group are resampled together.
    intervals : bool
        Whether there are enough groups for an interval.

    Examples
    --------
    >>> ids = np.array([0, 1, 2, 2])
    >>> quadratic_kappa_bounds(ids, ids, 3, intervals=False)
    (1.0, nan, nan)
    """
    if not len(y_true):
        return np.nan, np.nan, np.nan
    cells, codes = np.unique(y_true * n_classes + y_pred, return_inverse=True)
    true, predicted = np.divmod(cells, n_classes)
    each = np.eye(n_classes)
    columns = np.column_stack([(true - predicted) ** 2, each[true], each[predicted]])
    value = float(_kappa(np.bincount(codes) @ columns))
    if not intervals or np.isnan(value):
        return value, np.nan, np.nan
    drawn = resampled_totals(codes.astype(np.int64), columns, groups=groups)
    low, high = percentile_interval(_kappa(drawn))
    return value, float(low), float(high)


def _kappa(totals: Floats) -> Floats:
    """From squared errors, true and predicted counts beside each other."""
    k = (totals.shape[-1] - 1) // 2
    true, predicted = totals[..., 1 : 1 + k], totals[..., 1 + k :]
    return metrics.quadratic_kappa(totals[..., 0], Totals(true, true, predicted))


def order_note(cells: Cells) -> str:
    """How many errors are off by one class; "" without any.

    Examples
    --------
    >>> from hirise.metrics.cells import confusion_cells
    >>> true, predicted = np.array([0, 0, 0, 0, 1]), np.array([1, 1, 1, 2, 1])
    >>> order_note(confusion_cells(true, predicted, 3))
    '3 of 4 errors (75.0%) are off by one class.'
    """
    away = np.abs(cells.true - cells.predicted)
    n_errors, near = int(cells.n[away > 0].sum()), int(cells.n[away == 1].sum())
    if not n_errors:
        return ""
    rate = f"{100 * near / n_errors:.1f}%"
    return f"{near:,} of {n_errors:,} errors ({rate}) are off by one class."
