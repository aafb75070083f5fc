"""Paired differences, against hand-worked numbers and independent implementations."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    f1_score,
    log_loss,
)

from hirise.evaluation import compare, match_predictions
from hirise.metrics.mcnemar import mcnemar_p
from hirise.predictions import Predictions

NAMES = ("other", "crater", "spider")


def make(y_true, y_pred, *, proba=None, group=None, image=None, split="test"):
    truth = np.array(y_true)
    if image is None:
        image = [f"{i}.jpg" for i in range(len(truth))]
    return Predictions(
        y_pred=np.array(y_pred),
        class_names=NAMES,
        y_true=truth,
        proba=proba,
        image=image,
        group=group,
        split=split,
    )


def both(y_true, first, second, **options):
    return match_predictions(
        make(y_true, first, **options), make(y_true, second, **options)
    )


@pytest.mark.parametrize(
    ("fixed", "broken"), [(0, 0), (1, 0), (5, 0), (3, 8), (10, 10), (40, 61), (0, 3000)]
)
def test_mcnemar_is_the_exact_binomial_test(fixed, broken):
    n = fixed + broken
    expected = binomtest(fixed, n, 0.5).pvalue if n else 1.0
    assert mcnemar_p(fixed, broken) == pytest.approx(expected, rel=1e-9)
    assert mcnemar_p(broken, fixed) == mcnemar_p(fixed, broken)


def test_mcnemar_by_hand_and_with_many_images():
    # Five of five: both tails of (1/2)^5.
    assert mcnemar_p(5, 0) == pytest.approx(2 / 32)
    assert mcnemar_p(30_000, 30_400) == pytest.approx(
        binomtest(30_000, 60_400, 0.5).pvalue, rel=1e-6
    )


def test_fixed_and_broken_images_by_hand():
    #           0  1  2  3  4  5
    truth = [0, 0, 0, 1, 1, 2]
    first = [0, 0, 0, 0, 0, 0]
    second = [0, 0, 1, 1, 0, 2]
    paired = compare(both(truth, first, second))
    assert (paired.n_images, paired.n_fixed, paired.n_broken) == (6, 2, 1)
    assert paired.mcnemar_p == pytest.approx(1)  # 1 of 3: 2 × (1 + 3) / 8, at most 1
    assert paired.changed.to_dict("records") == [
        {
            "image": "3.jpg",
            "change": "fixed",
            "true": "crater",
            "before": "other",
            "after": "crater",
        },
        {
            "image": "5.jpg",
            "change": "fixed",
            "true": "spider",
            "before": "other",
            "after": "spider",
        },
        {
            "image": "2.jpg",
            "change": "broken",
            "true": "other",
            "before": "other",
            "after": "crater",
        },
    ]
    classes = paired.per_class
    assert list(classes["support"]) == [3, 2, 1]
    assert list(classes["before"]) == [1, 0, 0]
    assert list(classes["difference"]) == pytest.approx([-1 / 3, 1 / 2, 1])
    assert list(classes["n_fixed"]) == [0, 1, 1]
    assert list(classes["n_broken"]) == [1, 0, 0]
    accuracy = paired.summary.loc["accuracy"]
    assert accuracy["difference"] == pytest.approx(1 / 6)
    # Macro-F1 goes from (2 × 3 / 9) / 3 to the mean of 2/3, 1/2 and 1.
    assert paired.summary.loc["macro_f1", "before"] == pytest.approx(2 / 9)
    assert paired.summary.loc["macro_f1", "after"] == pytest.approx(13 / 18)


def test_too_few_groups_give_no_interval():
    paired = compare(both([0, 1, 2], [0, 0, 0], [0, 1, 2]))
    assert paired.summary[["low", "high"]].isna().all(axis=None)
    assert "There are no intervals" in paired.notes[0]


@pytest.fixture(scope="module")
def grouped():
    """300 images of 60 groups; the images of a group resemble each other."""
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(60), 5)
    truth = rng.permutation(np.repeat([0, 1, 2], [30, 18, 12]))[group]
    easy = rng.random(60)[group]

    def guess(skill):
        right = easy + 0.3 * rng.random(300) > 1 - skill
        return np.where(right, truth, rng.integers(0, 3, 300))

    def sure(called):
        return 0.5 * rng.dirichlet(np.ones(3), 300) + 0.5 * np.eye(3)[called]

    first, second = guess(0.5), guess(0.7)
    names = [f"g{g:02d}" for g in group]
    sides = [make(truth, p, proba=sure(p), group=names) for p in (first, second)]
    return group, sides


def scored(side, rows):
    truth, called = side.y_true[rows], side.y_pred[rows]
    return {
        "accuracy": accuracy_score(truth, called),
        "balanced_accuracy": balanced_accuracy_score(truth, called),
        "macro_f1": f1_score(truth, called, average="macro"),
        "kappa": cohen_kappa_score(truth, called),
        "log_loss": log_loss(truth, side.proba[rows], labels=[0, 1, 2]),
    }


def test_values_are_those_of_scikit_learn(grouped):
    _, sides = grouped
    summary = compare(match_predictions(*sides)).summary
    rows = np.arange(300)
    for column, side in zip(("before", "after"), sides, strict=True):
        for key, value in scored(side, rows).items():
            assert summary.loc[key, column] == pytest.approx(value, abs=1e-9)
    assert (summary["difference"] == summary["after"] - summary["before"]).all()


def plainly(side, rows):
    """The same and recall, without a library: it is called thousands of times."""
    truth, called = side.y_true[rows], side.y_pred[rows]
    cells = np.zeros((3, 3))
    np.add.at(cells, (truth, called), 1)
    hits, true, predicted = np.diag(cells), cells.sum(axis=1), cells.sum(axis=0)
    accuracy = hits.sum() / len(rows)
    chance = (true * predicted).sum() / len(rows) ** 2
    chosen = side.proba[rows, truth]
    values = {
        "accuracy": accuracy,
        "balanced_accuracy": (hits / true).mean(),
        "macro_f1": (2 * hits / (true + predicted)).mean(),
        "kappa": (accuracy - chance) / (1 - chance),
        "log_loss": -np.log(chosen).mean(),
    }
    return values, hits / true


def test_intervals_are_those_of_a_bootstrap_by_brute_force(grouped):
    group, sides = grouped
    paired = compare(match_predictions(*sides))
    assert (paired.cluster, paired.n_groups) == ("group", 60)
    rng = np.random.default_rng(8)
    members = [np.flatnonzero(group == g) for g in range(60)]
    drawn, recalls = [], []
    for _ in range(2000):
        rows = np.concatenate([members[g] for g in rng.integers(0, 60, 60)])
        (first, recall), (second, new_recall) = (plainly(s, rows) for s in sides)
        drawn.append({key: second[key] - first[key] for key in first})
        recalls.append(new_recall - recall)
    for low, high, table in (
        (*pd.DataFrame(drawn).quantile([0.025, 0.975]).to_numpy(), paired.summary),
        (*np.quantile(recalls, [0.025, 0.975], axis=0), paired.per_class),
    ):
        wide = table["high"] - table["low"]
        known = table["low"].notna().to_numpy()
        assert known[:2].all()
        # Two bootstraps differ by chance: a tenth of the interval is room enough.
        assert (np.abs(table["low"] - low) / wide)[known].max() < 0.12
        assert (np.abs(table["high"] - high) / wide)[known].max() < 0.12


def test_a_paired_interval_is_narrower_than_two_separate_ones(grouped):
    _, (first, second) = grouped
    paired = compare(match_predictions(first, second)).summary.loc["accuracy"]
    again = compare(match_predictions(first, first)).summary
    assert paired["low"] > 0
    assert (again[["difference", "low", "high"]] == 0).all(axis=None)


def test_a_class_in_few_groups_has_no_interval_of_its_own():
    truth = np.array([0] * 40 + [2] * 5)
    second = truth.copy()
    second[:5] = 1
    paired = compare(both(truth, np.zeros(45, dtype=int), second))
    classes = paired.per_class
    assert classes.loc["other", "low"] < classes.loc["other", "high"] <= 0
    assert classes.loc["spider", ["low", "high"]].isna().all()
    assert classes.loc["spider", "difference"] == 1
    assert np.isnan(classes.loc["crater", "difference"])


def test_labels_alone_have_no_log_loss(grouped):
    _, (first, second) = grouped
    labels = make(second.y_true, second.y_pred, group=second.group)
    assert "log_loss" not in compare(match_predictions(first, labels)).summary.index
