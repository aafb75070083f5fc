"""The sparse confusion matrix against the plain one, on random tables."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from hirise.metrics import metrics
from hirise.metrics.cells import confusion_cells


def random_labels(n_images, n_classes, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, n_classes, (2, n_images))


@pytest.mark.parametrize(
    ("n_images", "n_classes"), [(0, 3), (500, 7), (500, 1200), (3000, 1001)]
)
def test_cells_are_scikit_learns_matrix(n_images, n_classes):
    true, predicted = random_labels(n_images, n_classes)
    cells = confusion_cells(true, predicted, n_classes)
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    if n_images:
        matrix = confusion_matrix(true, predicted, labels=range(n_classes))
    np.testing.assert_array_equal(cells.matrix(), matrix)
    np.testing.assert_array_equal(cells.largest_of_predicted(), matrix.max(axis=0))
    assert (cells.n_images, cells.n_correct) == (n_images, np.trace(matrix))
    plain, totals = metrics.totals_of(matrix), cells.totals()
    for name in ("hits", "true", "predicted"):
        np.testing.assert_array_equal(getattr(totals, name), getattr(plain, name))
    # In the order of a matrix that is read row by row.
    rows, columns = np.nonzero(matrix)
    assert (cells.true.tolist(), cells.predicted.tolist()) == (
        rows.tolist(),
        columns.tolist(),
    )


def test_each_image_knows_its_cell():
    true, predicted = random_labels(400, 30)
    cells = confusion_cells(true, predicted, 30)
    codes = cells.codes(true, predicted)
    np.testing.assert_array_equal(cells.true[codes], true)
    np.testing.assert_array_equal(cells.predicted[codes], predicted)
    np.testing.assert_array_equal(np.bincount(codes), cells.n)


def test_rows_columns_and_single_cells():
    true, predicted = random_labels(900, 12)
    cells = confusion_cells(true, predicted, 12)
    matrix = confusion_matrix(true, predicted, labels=range(12))
    assert cells.of(true=4).n_images == matrix[4].sum()
    assert cells.of(predicted=5).n_correct == matrix[5, 5]
    assert cells.of(true=4, predicted=5).n_images == matrix[4, 5]


def test_relabelled_columns_move():
    true, predicted = random_labels(900, 12)
    order = np.random.default_rng(1).permutation(12)
    matrix = confusion_matrix(true, order[predicted], labels=range(12))
    cells = confusion_cells(true, predicted, 12).relabelled(order)
    np.testing.assert_array_equal(cells.matrix(), matrix)


def test_many_classes_take_no_matrix():
    true, predicted = random_labels(2000, 1_000_000)
    cells = confusion_cells(true, predicted, 1_000_000)  # a matrix has 8 TB
    assert cells.n_images == 2000
    assert len(cells.n) <= 2000
