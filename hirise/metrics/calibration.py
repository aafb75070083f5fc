"""How far stated confidence can be believed, as pure functions of arrays."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.metrics.intervals import MIN_GROUPS, percentile_interval, resampled_totals
from hirise.metrics.metrics import Bounds, Floats, Ints

N_BINS = 15
_FINE = 64


def _bins(confidence: Floats, n_bins: int) -> Ints:
    return np.minimum((confidence * n_bins).astype(np.int64), n_bins - 1)


def reliability(
    confidence: Floats, correct: NDArray[np.bool_], *, n_bins: int = N_BINS
) -> pd.DataFrame:
    """Accuracy against confidence, in equal-width bins.

    Parameters
    ----------
    confidence : (n_images,) float in [0, 1]
        Probability of the predicted class.
    correct : (n_images,) bool
        Whether that class was the true one.
    n_bins : int
        Bins partition [0, 1]; the last includes 1.

    Returns
    -------
    DataFrame, one row per non-empty bin
        Columns `confidence`, `accuracy` (bin means) and `n_images`.

    References
    ----------
    Guo et al. (2017), On Calibration of Modern Neural Networks, arXiv:1706.04599.

    Examples
    --------
    >>> confidence = np.array([0.25, 0.75, 0.75, 1.0])
    >>> reliability(confidence, np.array([False, True, False, True]), n_bins=2)
       confidence  accuracy  n_images
    0    0.250000  0.000000         1
    1    0.833333  0.666667         3
    """
    if n_bins < 1:
        raise ValueError(f"`n_bins` must be at least 1, got {n_bins}.")
    bins = _bins(confidence, n_bins)
    counts = np.bincount(bins, minlength=n_bins)
    used = np.flatnonzero(counts)
    means = {
        name: np.bincount(bins, values, minlength=n_bins)[used] / counts[used]
        for name, values in (("confidence", confidence), ("accuracy", correct))
    }
    return pd.DataFrame({**means, "n_images": counts[used]})


def expected_calibration_error(table: pd.DataFrame) -> float:
    """Mean gap of accuracy and confidence over images, from `reliability`'s table.

    In [0, 1]; NaN without images. Source: Guo et al. (2017), arXiv:1706.04599.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"confidence": [0.6, 0.9], "accuracy": [0.5, 0.7], "n_images": [30, 10]}
    ... )
    >>> round(expected_calibration_error(table), 3)
    0.125
    """
    if table.empty:
        return float("nan")
    gap = (table["confidence"] - table["accuracy"]).abs()
    return float(np.average(gap, weights=table["n_images"]))


def calibration_codes(
    confidence: Floats, correct: NDArray[np.bool_], *, n_bins: int = N_BINS
) -> tuple[Ints, Floats]:
    """What each image adds to the gap of its bin, for `intervals.resampled_totals`.

    The calibration error of a resample is the sum of the absolute gaps over the last
    column. Confidences are distinguished to 1/64 of a bin.

    Parameters
    ----------
    confidence, correct : (n_images,)
        As in `reliability`.

    Returns
    -------
    codes : (n_images,) int
    contributions : (n_codes, n_bins + 1) float
        Confidence less correctness in the column of its bin, and 1 for the image.

    Examples
    --------
    >>> confidence, correct = np.array([0.2, 0.9, 0.9]), np.array([False, True, False])
    >>> codes, contributions = calibration_codes(confidence, correct, n_bins=2)
    >>> contributions[codes].sum(axis=0).round(2).tolist()
    [0.2, 0.8, 3.0]
    """
    n_fine = n_bins * _FINE
    cells = np.arange(2 * n_fine)
    contributions = np.zeros((2 * n_fine, n_bins + 1))
    contributions[cells, cells // 2 // _FINE] = (cells // 2 + 0.5) / n_fine - cells % 2
    contributions[:, -1] = 1
    return _bins(confidence, n_fine) * 2 + correct, contributions


def calibration_error_bounds(
    confidence: Floats, correct: NDArray[np.bool_], *, groups: Ints | None = None
) -> Bounds:
    """Expected calibration error and its 95% interval; NaN where undefined.

    Parameters
    ----------
    confidence, correct : (n_images,)
        As in `reliability`.
    groups : (n_images,) int in [0, n_groups), optional
        What is resampled together; each image is its own group if absent.

    Examples
    --------
    >>> import numpy as np
    >>> confidence, correct = np.full(40, 0.9), np.arange(40) % 4 > 0
    >>> [round(bound, 2) for bound in calibration_error_bounds(confidence, correct)]
    [0.15, 0.03, 0.3]
    """
    value = expected_calibration_error(reliability(confidence, correct))
    n_groups = len(confidence) if groups is None else groups.max(initial=-1) + 1
    if n_groups < MIN_GROUPS:
        return value, np.nan, np.nan
    codes, gaps = calibration_codes(confidence, correct)
    totals = resampled_totals(codes, gaps, groups=groups, smooth=True)
    errors = np.abs(totals[:, :-1]).sum(axis=1) / totals[:, -1]
    low, high = percentile_interval(errors)
    return value, float(low), float(high)
