"""Evaluation: its tables by hand, its groups and its intervals."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hirise.evaluation import evaluate
from hirise.evaluation.clusters import clusters_of
from hirise.predictions import Predictions

NAMES = ("a", "b", "c")


def make(y_true, y_pred, **others):
    """Predictions of classes a, b, c."""
    y_true = None if y_true is None else np.array(y_true)
    given = {"class_names": NAMES} | others
    return Predictions(y_pred=np.array(y_pred), y_true=y_true, **given)


def noisy(n, k=3, accuracy=0.8, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    wrong = rng.random(n) > accuracy
    return y, np.where(wrong, rng.integers(0, k, n), y)


def hirise_names(n_observations, n_landmarks, n_copies):
    copies = ["", "-r90", "-r180", "-r270", "-fh", "-fv", "-brt"][:n_copies]
    return [
        f"ESP_{o:06d}_1450_RED-{i:04d}{copy}.jpg"
        for o in range(n_observations)
        for i in range(n_landmarks)
        for copy in copies
    ]


def test_tables_by_hand():
    found = evaluate(make([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 0], split="val"))
    assert found.confusion.loc["a"].tolist() == [2, 1, 0]
    assert found.confusion.columns.tolist() == ["a", "b", "c"]
    assert found.per_class["support"].tolist() == [3, 2, 1]
    assert found.per_class["predicted"].tolist() == [4, 2, 0]
    assert found.shares["true_share"].tolist() == [0.5, 1 / 3, 1 / 6]
    assert found.shares["predicted_share"].tolist() == [4 / 6, 2 / 6, 0]
    assert np.isnan(found.per_class.loc["c", "precision"])
    assert found.top_confusions.to_dict("records") == [
        {"true": "a", "predicted": "b", "n": 1, "frequency": 1 / 3},
        {"true": "b", "predicted": "a", "n": 1, "frequency": 1 / 2},
        {"true": "c", "predicted": "a", "n": 1, "frequency": 1.0},
    ]
    assert found.metric("accuracy") == 0.5
    assert (found.split, found.n_images, found.n_evaluated) == ("val", 6, 6)
    assert not found.has_proba


def test_unlabelled_images_count_in_no_score_and_no_frequency():
    y_true = [0] * 20 + [1] * 20 + [-1] * 400
    found = evaluate(make(y_true, [0] * 20 + [1] * 20 + [0] * 400))
    assert (found.n_images, found.n_unlabelled, found.n_evaluated) == (440, 400, 40)
    assert found.shares["predicted_share"].tolist() == [0.5, 0.5, 0]
    assert found.shares["n_predicted"].tolist() == found.per_class["predicted"].tolist()
    assert found.metric("accuracy") == 1
    assert found.n_groups == 40


@pytest.mark.parametrize("y_true", [None, [-1] * 40])
def test_without_ground_truth_there_are_frequencies_alone(y_true):
    found = evaluate(make(y_true, [0] * 30 + [1] * 10))
    assert not found.has_truth
    assert found.n_evaluated == 40
    assert found.shares["predicted_share"].tolist() == [0.75, 0.25, 0]
    assert found.shares["true_share"].isna().all()
    assert found.summary.drop("majority_share").isna().all(axis=None)
    assert np.isnan(found.metric("accuracy"))
    assert found.notes == ()


def test_training_frequencies_by_name():
    shares = pd.Series({"b": 0.25, "a": 0.75})
    found = evaluate(make([0, 1], [0, 1]), training_shares=shares)
    assert found.shares["training_share"].tolist() == [0.75, 0.25, 0]


def test_ties_and_disagreements_are_counted():
    proba = np.array([[0.5, 0.5, 0], [0.2, 0.3, 0.5], [0.5, 0.25, 0.25]])
    found = evaluate(make([0, 2, 0], [0, 2, 1], proba=proba))
    assert (found.n_tied, found.n_disagreeing) == (1, 1)


def test_groups_come_from_a_column_then_from_names():
    names = hirise_names(5, 3, 2)
    y = np.arange(30) % 3
    for options, cluster, expected in [
        ({}, "auto", ("image", 30)),
        ({"image": names}, "auto", ("landmark", 15)),
        ({"image": names}, "observation", ("observation", 5)),
        ({"image": names}, "none", ("image", 30)),
        ({"image": [f"x/y/{n}" for n in names]}, "auto", ("landmark", 15)),
        ({"image": [*names[:-1], "x.jpg"]}, "auto", ("image", 30)),
        ({"group": [str(i // 3) for i in range(30)]}, "auto", ("group", 10)),
        ({"group": ["g"] * 30, "image": names}, "auto", ("group", 1)),
        ({"group": ["g"] * 30, "image": names}, "landmark", ("landmark", 15)),
    ]:
        found = evaluate(make(y, y, **options), cluster=cluster)
        assert (found.cluster, found.n_groups) == expected
    with pytest.raises(ValueError, match="`cluster` must be one of"):
        evaluate(make(y, y), cluster="pixel")


def test_given_groups_are_not_derived_from_names():
    y, p = noisy(99)
    given = make(y, p, group=[str(i % 20) for i in range(99)])
    clusters = clusters_of(given, np.arange(99), "auto")
    found = evaluate(replace(given, group=None), cluster=clusters)
    pd.testing.assert_frame_equal(found.summary, evaluate(given).summary)
    assert (found.cluster, found.n_groups) == ("group", 20)


def test_a_group_that_names_do_not_hold_is_noted():
    y = np.arange(30) % 3
    found = evaluate(make(y, y), cluster="observation")
    assert found.cluster == "image"
    assert found.notes[0].startswith("The image names do not give the observation")


def test_fewer_than_ten_groups_give_no_interval():
    y, p = noisy(99)
    nine = evaluate(make(y, p, group=[str(i % 9) for i in range(99)]))
    assert nine.summary[["low", "high"]].isna().all(axis=None)
    assert nine.per_class["recall_low"].isna().all()
    assert nine.notes[0].startswith("There are no intervals: 9 groups are fewer than")
    ten = evaluate(make(y, p, group=[str(i % 10) for i in range(99)]))
    assert np.isfinite(ten.bounds("kappa")).all()
    assert ten.notes == ()


def test_rates_of_single_images_have_wilsons_interval():
    y, p = noisy(200)
    for options in ({}, {"group": [str(i) for i in range(200)]}):
        row = evaluate(make(y, p, **options)).per_class.loc["b"]
        hits = int(((y == 1) & (p == 1)).sum())
        ci = stats.binomtest(hits, int((y == 1).sum())).proportion_ci(method="wilson")
        assert row["recall_low"] == pytest.approx(ci.low)
        assert row["recall_high"] == pytest.approx(ci.high)


def test_intervals_are_those_of_a_bootstrap_over_groups():
    y, p = noisy(600)
    y, p = np.repeat(y[:120], 5), np.repeat(p[:120], 5)
    names = hirise_names(12, 10, 5)
    grouped = evaluate(make(y, p, image=names))
    alone = evaluate(make(y, p, image=names), cluster="none")
    rng = np.random.default_rng(3)
    drawn = []
    for _ in range(2000):
        rows = np.concatenate([np.arange(5) + 5 * g for g in rng.integers(0, 120, 120)])
        cells = np.bincount(y[rows] * 3 + p[rows], minlength=9).reshape(3, 3) / 600
        chance = (cells.sum(axis=0) * cells.sum(axis=1)).sum()
        drawn.append((np.trace(cells) - chance) / (1 - chance))
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx(
        grouped.bounds("kappa")[1:], abs=0.015
    )
    for key in ("accuracy", "kappa", "macro_f1", "mcc"):
        assert width(grouped, key) > 1.9 * width(alone, key)  # √5 in theory
    for key in ("recall", "f1"):
        wide = grouped.per_class[f"{key}_high"] - grouped.per_class[f"{key}_low"]
        narrow = alone.per_class[f"{key}_high"] - alone.per_class[f"{key}_low"]
        assert (wide > 1.7 * narrow).all()


def width(evaluation, key):
    _, low, high = evaluation.bounds(key)
    return high - low


@pytest.mark.parametrize("copies", [1, 4])
def test_intervals_of_probability_metrics_hold_the_value(copies):
    rng = np.random.default_rng(0)
    y = np.repeat(rng.integers(0, 3, 300), copies)
    proba = np.repeat(rng.dirichlet(np.ones(3), 300), copies, axis=0) * 0.5
    proba[np.arange(len(y)), y] += 0.5
    groups = [str(i // copies) for i in range(len(y))]
    found = evaluate(make(y, proba.argmax(axis=1), proba=proba, group=groups))
    losses = -np.log(proba[np.arange(len(y)), y])[::copies]
    drawn = losses[rng.integers(0, 300, (2000, 300))].mean(axis=1)
    value, *bounds = found.bounds("log_loss")
    assert value == pytest.approx(losses.mean())
    assert bounds == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.015)
    for key in ("ece", "macro_auc"):
        value, low, high = found.bounds(key)
        assert low <= value <= high
        assert high - low < 0.1


def test_a_thousand_resamples_of_65_000_predictions_take_a_second():
    names = hirise_names(80, 116, 7)[:64_947]
    y, p = noisy(len(names), k=8)
    proba = np.eye(8)[p] * 0.7 + 0.3 / 8
    predictions = Predictions(p, tuple("abcdefgh"), y, proba, names)
    times = []
    for _ in range(3):
        start = time.process_time()
        found = evaluate(predictions)
        times.append(time.process_time() - start)
    assert found.cluster == "landmark"
    assert min(times) < 4  # under 1 s on an idle machine, see the benchmark


def test_landmarks_given_as_groups_are_landmarks_though_an_image_has_no_label():
    names = hirise_names(2, 5, 2)
    group = [name.partition("-r90")[0].removesuffix(".jpg") for name in names]
    y = np.arange(len(names)) % 2
    predictions = Predictions(
        y_pred=y,
        y_true=np.where(np.arange(len(names)) == 0, -1, y),
        class_names=("a", "b"),
        image=np.array(names, dtype=object),
        group=np.array(group, dtype=object),
    )
    assert evaluate(predictions).cluster == "landmark"
