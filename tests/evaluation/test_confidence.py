import numpy as np
import pytest

from hirise.evaluation import calibration, coverage_table, evaluate
from hirise.metrics.intervals import wilson
from hirise.predictions import Predictions

NAMES = ("other", "crater")


def made(first, y_true, *, group=None):
    """Two classes; `first` is the probability of the first one."""
    proba = np.column_stack([first, 1 - np.array(first)])
    return Predictions(
        y_pred=proba.argmax(axis=1),
        class_names=NAMES,
        y_true=np.array(y_true),
        proba=proba,
        group=group,
        split="val",
    )


def drawn(n=2000, n_groups=None, seed=0):
    rng = np.random.default_rng(seed)
    first = rng.random(n)
    y_true = (rng.random(n) > first).astype(int)
    group = None if n_groups is None else [f"g{i % n_groups}" for i in range(n)]
    return made(first, y_true, group=group)


def test_coverage_by_hand():
    table = coverage_table(made([0.95, 0.8, 0.6, 0.99], [0, 1, 0, -1]))
    table = table.set_index("confidence")
    counted = table[["n_answered", "n_right"]]
    assert counted.loc[0.0].tolist() == [3, 2]
    assert counted.loc[0.7].tolist() == [2, 1]
    # A confidence of exactly .8 and .95 is enough.
    assert counted.loc[0.8].tolist() == [2, 1]
    assert counted.loc[0.95].tolist() == [1, 1]
    assert table.loc[0.9, ["coverage", "accuracy"]].tolist() == [1 / 3, 1.0]
    assert table.loc[1.0, "n_answered"] == 0
    assert np.isnan(table.loc[1.0, "accuracy"])
    # Three images are too few for intervals.
    assert table.filter(regex="_(low|high)$").isna().all(axis=None)


def test_coverage_needs_truth_and_probabilities():
    given = made([0.95, 0.8], [-1, -1])
    assert coverage_table(given).empty
    assert "accuracy_low" in coverage_table(given)


def test_single_images_have_wilsons_intervals():
    given = drawn()
    table = coverage_table(given)
    row = table.iloc[90]
    confidence = given.proba.max(axis=1)
    right = given.y_pred == given.y_true
    assert row["n_answered"] == (confidence >= 0.9).sum()
    assert row["n_right"] == (right & (confidence >= 0.9)).sum()
    expected = wilson(np.array([row["n_right"]]), np.array([row["n_answered"]]))
    assert (row["accuracy_low"], row["accuracy_high"]) == pytest.approx(
        (expected[0][0], expected[1][0])
    )


def test_groups_are_resampled_whole():
    alone = drawn(400)
    copies = made(
        np.tile(alone.proba[:, 0], 5),
        np.tile(alone.y_true, 5),
        group=[f"g{i}" for i in range(400)] * 5,
    )
    one, five = (coverage_table(given).iloc[80] for given in (alone, copies))
    assert five["accuracy"] == pytest.approx(one["accuracy"])
    # Five copies of each image tell no more than one: Wilson's interval, nearly.
    for name in ("coverage_low", "coverage_high", "accuracy_low", "accuracy_high"):
        assert five[name] == pytest.approx(one[name], abs=0.015)


def test_a_bootstrap_by_hand_agrees():
    given = drawn(600, n_groups=60)
    confidence = given.proba.max(axis=1)
    right, group = given.y_pred == given.y_true, np.arange(600) % 60
    rng, shares = np.random.default_rng(1), []
    for _ in range(2000):
        rows = np.concatenate([np.flatnonzero(group == g) for g in rng.choice(60, 60)])
        answered = confidence[rows] >= 0.9
        shares.append((answered.mean(), right[rows][answered].mean()))
    coverage, accuracy = np.percentile(shares, [2.5, 97.5], axis=0).T
    row = coverage_table(given).iloc[90]
    found = row[["coverage_low", "coverage_high"]].tolist()
    assert found == pytest.approx(coverage, abs=0.015)
    found = row[["accuracy_low", "accuracy_high"]].tolist()
    assert found == pytest.approx(accuracy, abs=0.015)


def test_few_answers_have_no_interval():
    table = coverage_table(drawn(300))
    few = table["n_answered"] < 10
    assert few.any()
    assert table.loc[few, "accuracy_low"].isna().all()
    assert table.loc[~few, "accuracy_low"].notna().all()
    assert table["coverage_low"].notna().all()


@pytest.mark.parametrize("n_groups", [None, 60])
def test_calibration_is_that_of_the_evaluation(n_groups):
    given = drawn(n_groups=n_groups)
    found, whole = calibration(given), evaluate(given)
    assert found.ece == whole.bounds("ece")
    assert found.reliability.equals(whole.reliability)
    # Labels drawn by their probability are calibrated.
    assert found.ece[0] < 0.05


def test_calibration_needs_truth():
    with pytest.raises(ValueError, match="probabilities and ground truth"):
        calibration(Predictions(y_pred=np.zeros(2, dtype=int), class_names=NAMES))
