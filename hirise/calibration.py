"""How far stated confidence can be believed, as pure functions of arrays."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_BINS = 15


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
    """
    if n_bins < 1:
        raise ValueError(f"`n_bins` must be at least 1, got {n_bins}.")
    bins = _bins(confidence, n_bins)
    images = pd.DataFrame({"confidence": confidence, "accuracy": correct.astype(float)})
    table = images.groupby(bins).mean()
    counts = np.bincount(bins, minlength=n_bins)[table.index.to_numpy()]
    return table.assign(n_images=counts).reset_index(drop=True)


def expected_calibration_error(table: pd.DataFrame) -> float:
    """Mean gap of accuracy and confidence over images, from `reliability`'s table.

    In [0, 1]; NaN without images. Source: Guo et al. (2017), arXiv:1706.04599.
    """
    if table.empty:
        return float("nan")
    gap = (table["confidence"] - table["accuracy"]).abs()
    return float(np.average(gap, weights=table["n_images"]))


def calibration_gaps(
    confidence: Floats, correct: NDArray[np.bool_], *, n_bins: int = N_BINS
) -> Floats:
    """Confidence less correctness of each image, in the column of its bin.

    The expected calibration error is the sum of the absolute column means.

    Parameters
    ----------
    confidence, correct : (n_images,)
        As in `reliability`.

    Returns
    -------
    (n_images, n_bins) float in [-1, 1]
    """
    gaps = np.zeros((len(confidence), n_bins))
    gaps[np.arange(len(confidence)), _bins(confidence, n_bins)] = confidence - correct
    return gaps
