"""Exact tails against sums of the binomial distribution; Holm; groups of images."""

import math

import numpy as np
import pytest

from hirise.metrics.multiple import effective_sizes, holm, lower_tail


@pytest.mark.parametrize(
    ("hits", "n", "rate"),
    [(0, 10, 0.7), (2, 10, 0.7), (15, 30, 0.7), (60, 100, 0.7), (500, 1000, 0.5)],
)
def test_tail_is_the_sum_of_the_binomial_distribution(hits, n, rate):
    terms = (math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(hits + 1))
    (tail,) = lower_tail(np.array([hits]), np.array([n]), rate)
    assert tail == pytest.approx(sum(terms), rel=1e-9)


def test_tail_of_all_is_one_and_of_a_million_finite():
    tails = lower_tail(np.array([5.0, 699_000.0]), np.array([5.0, 1_000_000.0]), 0.7)
    assert tails[0] == 1
    # 1,000 under the mean is 2.182 standard deviations of 458.3: .0146
    assert tails[1] == pytest.approx(0.0146, abs=2e-4)


def test_tail_grows_between_whole_numbers():
    tails = lower_tail(np.array([2.0, 2.5, 3.0]), np.full(3, 10.0), 0.7)
    assert tails[0] < tails[1] < tails[2]
    assert np.isnan(lower_tail(np.array([np.nan]), np.array([np.nan]), 0.7)).all()


def test_holm_stops_at_the_first_that_holds():
    # Limits .05/4, .05/3, .05/2, .05: the third fails, so the fourth stays too.
    p = np.array([0.04, 0.012, 0.03, 0.016])
    assert holm(p).tolist() == [False, True, False, True]
    assert holm(np.array([0.049])).tolist() == [True]
    assert holm(np.array([np.nan, np.nan])).tolist() == [False, False]


def test_single_images_count_fully():
    classes, hits = np.array([0, 0, 1]), np.array([True, False, True])
    assert effective_sizes(classes, hits, None, 3).tolist() == [2, 1, 0]
    own = effective_sizes(classes, hits, np.arange(3), 3)
    assert own.tolist() == [2, 1, 0]


def test_images_that_always_agree_in_a_group_count_once():
    groups = np.repeat(range(20), 7)
    hits = np.repeat(np.arange(20) % 2 == 0, 7)
    # All 20 groups of 7 agree with themselves.
    assert effective_sizes(groups * 0, hits, groups, 1)[0] == pytest.approx(20)
    # A class that is never hit says nothing of how alike its groups are: at worst.
    assert effective_sizes(groups * 0, hits & False, groups, 1)[0] == pytest.approx(20)


def test_many_groups_give_the_same_as_few(monkeypatch):
    rng = np.random.default_rng(1)
    classes, groups = rng.integers(0, 3, 500), rng.integers(0, 60, 500)
    hits = rng.random(500) < 0.8
    few = effective_sizes(classes, hits, groups, 3)
    monkeypatch.setattr("hirise.metrics.multiple._MOST_CELLS", 0)
    np.testing.assert_allclose(effective_sizes(classes, hits, groups, 3), few)


def test_images_that_are_independent_in_a_group_count_nearly_fully():
    rng = np.random.default_rng(0)
    groups = np.repeat(range(500), 4)
    hits = rng.random(2000) < 0.7
    assert effective_sizes(groups * 0, hits, groups, 1)[0] > 1500
