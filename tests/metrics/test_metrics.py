"""Metrics against scikit-learn and against numbers worked out by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from hirise.metrics import metrics
from hirise.metrics.metrics import Totals, confusion_counts, totals_of

FAST = settings(max_examples=80, deadline=None)


def totals(y_true, y_pred, n_classes):
    return totals_of(confusion_counts(np.array(y_true), np.array(y_pred), n_classes))


@st.composite
def label_pairs(draw):
    """Class ids of truth and prediction; classes absent on either side included."""
    k = draw(st.integers(1, 6))
    ids = st.lists(st.integers(0, k - 1), min_size=1, max_size=60)
    y_true = draw(ids)
    n = len(y_true)
    y_pred = draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))
    return np.array(y_true), np.array(y_pred), k


@FAST
@given(label_pairs())
def test_label_metrics_are_scikit_learns(pair):
    y, p, k = pair
    ours = metrics.classification_summary(y, p, k)
    union, true = sorted({*y, *p}), sorted(set(y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # predicted classes that are not in the truth
        theirs = {
            "accuracy": sk.accuracy_score(y, p),
            "majority_share": np.bincount(y).max() / len(y),
            "chance_agreement": sum(np.mean(y == c) * np.mean(p == c) for c in union),
            "balanced_accuracy": sk.balanced_accuracy_score(y, p),
            "macro_f1": sk.f1_score(y, p, labels=union, average="macro"),
            "macro_f1_true_classes": sk.f1_score(y, p, labels=true, average="macro"),
            "weighted_f1": sk.f1_score(y, p, average="weighted"),
            "mcc": sk.matthews_corrcoef(y, p),
            "kappa": sk.cohen_kappa_score(y, p),
        }
    if len(set(y)) == 1 or len(set(p)) == 1:
        theirs["mcc"] = np.nan  # scikit-learn says 0
    if len(union) == 1:
        theirs["kappa"] = np.nan
    assert ours == pytest.approx(theirs, abs=1e-9, nan_ok=True)


@FAST
@given(label_pairs())
def test_rates_per_class_are_scikit_learns(pair):
    y, p, k = pair
    counts = totals(y, p, k)
    expected = sk.precision_recall_fscore_support(
        y, p, labels=range(k), zero_division=np.nan
    )
    ours = (metrics.precision(counts), metrics.recall(counts), metrics.f1(counts))
    for mine, theirs in zip(ours, expected[:3], strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-9)
    np.testing.assert_array_equal(counts.true, expected[3])
    np.testing.assert_array_equal(
        confusion_counts(y, p, k + 1), sk.confusion_matrix(y, p, labels=range(k + 1))
    )


@FAST
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(range(6))), min_size=1),
)
def test_area_under_the_curve_with_ties(images):
    is_class = np.array([image[0] for image in images])
    score = np.array([image[1] for image in images]) / 5
    ranking = metrics.one_vs_rest_auc(is_class, score)
    if is_class.all() or not is_class.any():
        assert np.isnan(ranking.auc)
        assert not ranking.influence.any()
    else:
        assert ranking.auc == pytest.approx(sk.roc_auc_score(is_class, score))
        assert ranking.influence.mean() == pytest.approx(0, abs=1e-9)


def test_the_influence_predicts_what_leaving_an_image_out_does():
    rng = np.random.default_rng(0)
    is_class = rng.random(400) < 0.3
    score = rng.normal(size=400) + is_class
    ranking = metrics.one_vs_rest_auc(is_class, score)
    for i in range(0, 400, 40):
        rest = np.arange(400) != i
        without = metrics.one_vs_rest_auc(is_class[rest], score[rest]).auc
        assert ranking.auc - ranking.influence[i] / 399 == pytest.approx(
            without, abs=1e-4
        )


def test_by_hand():
    # true: 6 a, 3 b, 1 c; called: 5 a (4 right), 5 b (2 right), no c
    confusion = np.array([[4, 2, 0], [1, 2, 0], [0, 1, 0]])
    counts = totals_of(confusion)
    assert metrics.accuracy(counts) == pytest.approx(0.6)
    assert metrics.chance_agreement(counts) == pytest.approx(0.45)
    assert metrics.kappa(counts) == pytest.approx(0.15 / 0.55)
    assert metrics.balanced_accuracy(counts) == pytest.approx((4 / 6 + 2 / 3 + 0) / 3)
    np.testing.assert_allclose(metrics.f1(counts), [8 / 11, 4 / 8, 0])
    np.testing.assert_allclose(metrics.precision(counts), [0.8, 0.4, np.nan])


def test_a_stack_of_resamples_gives_each_its_own_value():
    rng = np.random.default_rng(0)
    stack = rng.integers(0, 9, (5, 4, 4))
    drawn = [totals_of(matrix) for matrix in stack]
    whole = Totals(
        *(np.array([getattr(t, f) for t in drawn]) for f in ("hits", "true")),
        np.array([t.predicted for t in drawn]),
    )
    for metric in metrics.LABEL_METRICS:
        np.testing.assert_allclose(metric(whole), [metric(t) for t in drawn])


def test_a_million_images_of_one_predicted_class_overflow_nothing():
    n = 10**9
    confusion = np.array([[n, 0], [n, 0]])
    assert np.isnan(metrics.mcc(totals_of(confusion)))
    assert metrics.kappa(totals_of(confusion)) == 0


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([1, 1, 1, 1], 4), ([5, 0, 0], 1), ([3, 1], np.exp(0.5623351446))],
)
def test_effective_classes(counts, expected):
    assert metrics.effective_classes(np.array(counts)) == pytest.approx(expected)


def test_entropy_of_the_class_frequencies_of_all_v3_2_images():
    counts = np.array([52722, 5024, 766, 1575, 1654, 476, 1834, 896])
    assert metrics.entropy(counts) == pytest.approx(0.799, abs=5e-4)
    shares = counts / counts.sum()
    same = metrics.cross_entropy_of(counts.astype(float), shares)
    assert same == pytest.approx(metrics.entropy(counts))
    assert np.isnan(metrics.entropy(np.zeros(3)))


def test_log_loss_is_clipped():
    proba = np.array([[1.0, 0.0], [0.25, 0.75], [1.0005, 0.0]])
    losses = metrics.losses(np.array([1, 0, 0]), proba)
    np.testing.assert_allclose(losses, [-np.log(1e-7), np.log(4), 0], atol=1e-12)
