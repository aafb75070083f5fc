import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from hirise.metrics.assignment import best_relabelling


@pytest.mark.parametrize("n", [1, 2, 3, 8, 40])
def test_as_good_as_scipys(n):
    rng = np.random.default_rng(n)
    for high in (2, 5, 1000):
        for _ in range(20):
            confusion = rng.integers(0, high, (n, n))
            ours = best_relabelling(confusion)
            rows, columns = linear_sum_assignment(confusion, maximize=True)
            assert sorted(ours) == list(range(n))
            matched = confusion[ours, np.arange(n)].sum()
            assert matched == confusion[rows, columns].sum()


def test_the_assignment_finds_the_permutation():
    order = np.random.default_rng(0).permutation(300)
    confusion = np.zeros((300, 300), dtype=int)
    confusion[order, np.arange(300)] = 7
    np.testing.assert_array_equal(best_relabelling(confusion), order)
