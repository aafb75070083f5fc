"""Intervals against textbook values, SciPy, and a plain loop over groups."""

import numpy as np
import pytest
from scipy import stats

from hirise.metrics import intervals
from hirise.metrics.intervals import (
    percentile_interval,
    resampled_counts,
    resampled_means,
    resampled_totals,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe (1998), Table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(successes, n, low, high):
    found = wilson(np.array([successes]), np.array([n]))
    np.testing.assert_allclose(np.ravel(found), [low, high], atol=5e-5)
    theirs = stats.binomtest(successes, n).proportion_ci(method="wilson")
    np.testing.assert_allclose(np.ravel(found), [theirs.low, theirs.high], atol=1e-12)


def test_wilson_of_nothing_is_undefined():
    low, high = wilson(np.array([0.0, 5.0]), np.array([0.0, 5.0]))
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert high[1] == 1


def test_percentiles_are_numpys_and_ignore_what_is_undefined():
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(1000, 3, 2))
    samples[rng.random(samples.shape) < 0.3] = np.nan
    low, high = percentile_interval(samples)
    np.testing.assert_allclose(low, np.nanquantile(samples, 0.025, axis=0))
    np.testing.assert_allclose(high, np.nanquantile(samples, 0.975, axis=0))


@pytest.mark.parametrize(("n_undefined", "defined"), [(500, True), (501, False)])
def test_a_bound_needs_half_of_the_resamples(n_undefined, defined):
    samples = np.arange(1000.0)
    samples[:n_undefined] = np.nan
    low, high = percentile_interval(samples)
    assert np.isfinite(low) == np.isfinite(high) == defined


def plain_bootstrap(values, groups, n_resamples=2000):
    """Means in resamples of whole groups, one group at a time."""
    rng = np.random.default_rng(5)
    members = [values[groups == g] for g in np.unique(groups)]
    return np.array(
        [
            np.concatenate(
                [members[i] for i in rng.integers(0, len(members), len(members))]
            ).mean()
            for _ in range(n_resamples)
        ]
    )


def test_single_images_against_scipy():
    values = np.random.default_rng(0).exponential(size=400)
    ours = percentile_interval(resampled_means(values))
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=2000, method="percentile", rng=1
    ).confidence_interval
    assert np.array(ours) == pytest.approx([theirs.low, theirs.high], abs=0.02)


def test_groups_of_unequal_size_against_a_plain_loop():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 60, 500)
    groups = np.unique(groups, return_inverse=True)[1]
    values = rng.normal(size=60)[groups] + rng.normal(size=500) / 4
    ours = percentile_interval(resampled_means(values, groups=groups))
    plain = np.quantile(plain_bootstrap(values, groups), [0.025, 0.975])
    assert np.array(ours) == pytest.approx(plain, abs=0.05)
    alone = percentile_interval(resampled_means(values))
    assert ours[1] - ours[0] > 1.5 * (alone[1] - alone[0])


@pytest.mark.parametrize("grouped", [False, True])
def test_all_ways_of_drawing_agree(monkeypatch, grouped):
    rng = np.random.default_rng(0)
    codes = rng.choice(6, 3000, p=[0.5, 0.2, 0.1, 0.1, 0.06, 0.04])
    contributions = rng.random((6, 3))
    groups = np.repeat(np.arange(1000), 3) if grouped else None
    by_group = contributions[codes]
    if grouped:
        by_group = by_group.reshape(1000, 3, 3).sum(axis=1)
    drawn = {}
    # every kind together, some of each, every group by itself
    for common in (1, 16 if grouped else 200, 10**6):
        monkeypatch.setattr(intervals, "_COMMON", common)
        drawn[common] = resampled_totals(
            codes, contributions, groups=groups, seed=common
        )
    monkeypatch.setattr(intervals, "_MANY_KINDS", 1)
    drawn["limit"] = resampled_totals(codes, contributions, groups=groups, smooth=True)
    exact = contributions[codes].sum(axis=0)
    spread = by_group.std(axis=0) * np.sqrt(len(by_group))
    for totals in drawn.values():
        assert totals.shape == (1000, 3)
        assert (np.abs(totals.mean(axis=0) - exact) < 5 * spread / np.sqrt(1000)).all()
        np.testing.assert_allclose(totals.std(axis=0), spread, rtol=0.12)
        for column in range(3):
            same = stats.ks_2samp(drawn[1][:, column], totals[:, column])
            assert same.pvalue > 1e-3


def test_groups_that_differ_are_not_taken_for_equal():
    # two images each: {0, 1} twice and {0, 2} once
    codes = np.array([0, 1, 1, 0, 0, 2])
    groups = np.array([0, 0, 1, 1, 2, 2])
    kind_of, counts = intervals._kinds_of_groups(codes, 3, groups)
    assert kind_of[1] == -1  # as group 0, which comes first
    assert counts[kind_of[[0, 2]]].tolist() == [2, 1]


@pytest.mark.parametrize("at_once", [3, 100])
@pytest.mark.parametrize("contributions", [np.eye(3), np.array([[1.0], [0.5], [2.0]])])
def test_moments_are_those_of_the_groups(monkeypatch, at_once, contributions):
    monkeypatch.setattr(intervals, "_CELLS_PER_CHUNK", at_once)
    codes = np.array([0, 1, 1, 0, 2, 2, 1])
    groups = np.array([1, 0, 1, 2, 2, 2, 1])
    counts = np.array([[0, 1, 0], [1, 2, 0], [1, 0, 2]])  # by group and code
    sums = counts @ contributions
    total, covariance = intervals._moments(codes, contributions, groups, 3)
    np.testing.assert_allclose(total, sums.sum(axis=0))
    np.testing.assert_allclose(
        covariance, 3 * np.cov(sums.T, ddof=0).reshape(covariance.shape), atol=1e-12
    )


def test_means_of_many_groups_vary_as_the_groups_do(monkeypatch):
    rng = np.random.default_rng(0)
    groups, values = np.repeat(np.arange(400), 3), rng.random(1200)
    drawn = resampled_means(values, groups=groups)
    monkeypatch.setattr(intervals, "_MANY_KINDS", 1)
    limit = resampled_means(values, groups=groups)
    spread = values.reshape(400, 3).mean(axis=1).std() / np.sqrt(400)
    for means in (drawn, limit):
        assert means.mean() == pytest.approx(values.mean(), abs=5 * spread / 31)
        assert means.std() == pytest.approx(spread, rel=0.12)


def test_the_same_seed_draws_the_same():
    codes, contributions = np.arange(50) % 3, np.eye(3)
    first = resampled_totals(codes, contributions)
    np.testing.assert_array_equal(first, resampled_totals(codes, contributions))
    assert (first.sum(axis=1) == 50).all()
    assert not np.array_equal(first, resampled_totals(codes, contributions, seed=1))


@pytest.mark.parametrize("n_groups", [None, 3, 40, 900])
@pytest.mark.parametrize(
    ("n_images", "n_classes"), [(40, 2), (3000, 5), (3000, 60), (3000, 2000)]
)
def test_counts_are_the_totals_of_a_dense_table(n_images, n_classes, n_groups):
    rng = np.random.default_rng(n_images + n_classes)
    true, predicted = rng.integers(0, n_classes, (2, n_images))
    true[: n_images // 2] = predicted[: n_images // 2] = 0  # some kinds are common
    groups = None if n_groups is None else rng.permutation(n_images) % n_groups
    cells, codes = np.unique(true * n_classes + predicted, return_inverse=True)
    of, named = np.divmod(cells, n_classes)
    dense = np.hstack([np.eye(n_classes)[of], np.eye(n_classes)[named]])
    places = np.column_stack([of, n_classes + named])
    expected = resampled_totals(codes, dense, groups=groups, n_resamples=50)
    found = resampled_counts(
        codes, places, 2 * n_classes, groups=groups, n_resamples=50
    )
    np.testing.assert_array_equal(found, expected)


def test_a_place_may_be_left_out_or_added_to_twice():
    codes = np.array([0, 1, 1, 2])
    places = np.array([[0, 0], [1, -1], [-1, -1]])
    totals = resampled_totals(codes, np.array([[2.0, 0], [0, 1], [0, 0]]))
    np.testing.assert_array_equal(resampled_counts(codes, places, 2), totals)


def test_nothing_to_add_to():
    assert not resampled_counts(np.zeros(4, int), np.array([[-1]]), 3).any()
