"""Images that choose, and others that confirm."""

from __future__ import annotations

import numpy as np

from hirise.arrays import Bools, Ints
from hirise.evaluation.clusters import clusters_of
from hirise.predictions import Predictions

HALVES_SEED = 0
FOLDS = 5


def halves(n: int) -> Bools:
    """A mask of half of `n` images, the same in each call.

    Examples
    --------
    >>> int(halves(7).sum())
    3
    """
    mask = np.zeros(n, dtype=bool)
    order = np.random.default_rng(HALVES_SEED).permutation(n)
    mask[order[: n // 2]] = True
    return mask


def folds_of(predictions: Predictions, n_folds: int = FOLDS) -> Ints:
    """The fold of each image: (n_images,) numbers from 0, the same in each call.

    Images of one group, such as a landmark, share a fold. Each class is spread evenly:
    groups are dealt out class by class, by the label of their first image.

    Examples
    --------
    >>> truth = np.repeat([0, 1], [10, 5])
    >>> folds = folds_of(Predictions(truth, ("a", "b"), truth))
    >>> np.bincount(folds[:10]).tolist(), sorted(folds[10:].tolist())
    ([2, 2, 2, 2, 2], [0, 1, 2, 3, 4])
    """
    truth, rows = predictions.y_true, np.arange(len(predictions))
    codes = clusters_of(predictions, rows, "auto").codes
    groups = rows if codes is None else codes
    ids, first = np.unique(groups, return_index=True)
    labels = np.zeros(len(ids)) if truth is None else truth[first]
    drawn = np.random.default_rng(HALVES_SEED).permutation(len(ids))
    order = drawn[np.argsort(labels[drawn], kind="stable")]
    of_group = np.empty(int(ids.max(initial=0)) + 1, dtype=np.int64)
    of_group[ids[order]] = np.arange(len(ids)) % n_folds
    return of_group[groups]
