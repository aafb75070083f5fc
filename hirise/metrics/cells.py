"""The confusion matrix of many classes: only the cells that hold images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hirise.metrics import metrics
from hirise.metrics.metrics import Floats, Ints, Totals


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells with images: each is (n_cells,), by true and then predicted class.

    Of `n_classes` there are at most as many as images, where a matrix has the square
    of the classes.
    """

    true: Ints
    predicted: Ints
    n: Ints
    n_classes: int

    def codes(self, y_true: Ints, y_pred: Ints) -> Ints:
        """The cell of each image, whose classes must be among those of the cells."""
        keys = self.true * self.n_classes + self.predicted
        return np.searchsorted(keys, y_true * self.n_classes + y_pred)

    def totals(self) -> Totals:
        """Correct, true and predicted images of each class."""
        correct = self.true == self.predicted
        return Totals(
            self._sums(self.true[correct], self.n[correct]),
            self._sums(self.true, self.n),
            self._sums(self.predicted, self.n),
        )

    def _sums(self, ids: Ints, n: Ints) -> Floats:
        return np.bincount(ids, n, minlength=self.n_classes).astype(float)

    def matrix(self) -> Ints:
        """All cells: (n_classes, n_classes), rows true.

        Examples
        --------
        >>> confusion_cells(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).matrix()
        array([[1, 1],
               [0, 1]])
        """
        counts = np.zeros((self.n_classes, self.n_classes), dtype=np.int64)
        counts[self.true, self.predicted] = self.n
        return counts

    def of(self, true: int | None = None, predicted: int | None = None) -> Cells:
        """Those of a true and a predicted class; None is any.

        Examples
        --------
        >>> cells = confusion_cells(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
        >>> cells.of(predicted=1).n.tolist()
        [1, 1]
        """
        kept = np.ones(len(self.n), dtype=bool)
        if true is not None:
            kept &= self.true == true
        if predicted is not None:
            kept &= self.predicted == predicted
        return Cells(
            self.true[kept], self.predicted[kept], self.n[kept], self.n_classes
        )

    def largest_of_predicted(self) -> Ints:
        """Images in the fullest cell of each predicted class: (n_classes,).

        Examples
        --------
        >>> cells = confusion_cells(np.array([0, 0, 1]), np.array([1, 1, 1]), 2)
        >>> cells.largest_of_predicted().tolist()
        [0, 2]
        """
        largest = np.zeros(self.n_classes, dtype=np.int64)
        np.maximum.at(largest, self.predicted, self.n)
        return largest

    def relabelled(self, true_class: Ints) -> Cells:
        """The same images with each predicted class replaced, one to one.

        Parameters
        ----------
        true_class : (n_classes,) int
            A permutation: what each predicted class stands for.

        Examples
        --------
        >>> cells = confusion_cells(np.array([0, 0, 1]), np.array([1, 1, 0]), 2)
        >>> cells.relabelled(np.array([1, 0])).matrix().tolist()
        [[2, 0], [0, 1]]
        """
        predicted = true_class[self.predicted]
        order = np.lexsort((predicted, self.true))
        return Cells(self.true[order], predicted[order], self.n[order], self.n_classes)

    @property
    def n_images(self) -> int:
        """Images in these cells."""
        return int(self.n.sum())

    @property
    def n_correct(self) -> int:
        """Images on the diagonal."""
        return int(self.n[self.true == self.predicted].sum())


def confusion_cells(y_true: Ints, y_pred: Ints, n_classes: int) -> Cells:
    """Count the images of each true and predicted class that occur together.

    Parameters
    ----------
    y_true, y_pred : (n_images,) int in [0, n_classes)
    n_classes : int

    Examples
    --------
    >>> cells = confusion_cells(np.array([0, 0, 1, 0]), np.array([0, 1, 1, 1]), 9_000)
    >>> cells.true.tolist(), cells.predicted.tolist(), cells.n.tolist()
    ([0, 0, 1], [0, 1, 1], [1, 2, 1])
    """
    keys = np.asarray(y_true, dtype=np.int64) * n_classes + y_pred
    if n_classes**2 <= max(_FEW_CELLS, len(keys)):  # faster than sorting the images
        counts = np.bincount(keys, minlength=n_classes**2)
        used = np.flatnonzero(counts)
        n = counts[used]
    else:
        used, n = np.unique(keys, return_counts=True)
    true, predicted = np.divmod(used.astype(np.int64), n_classes)
    return Cells(true, predicted, n.astype(np.int64), n_classes)


_FEW_CELLS = 1_000_000
"""Of a matrix that is counted whole."""


def kappa_of(truth: Ints, predicted: Ints, n_classes: int) -> float:
    """Cohen's kappa of (n_images,) class ids; 0 where it is undefined.

    Examples
    --------
    >>> kappa_of(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0]), 2)
    0.5
    """
    value = float(metrics.kappa(confusion_cells(truth, predicted, n_classes).totals()))
    return value if np.isfinite(value) else 0.0
