"""Pairs, neighbours and groups of confused classes, counted by hand or plainly."""

import numpy as np
import pandas as pd
import pytest

from hirise.evaluation import evaluate
from hirise.evaluation.confused import (
    confused_groups,
    confused_with,
    confusion_blocks,
)
from hirise.predictions import Predictions


def measured(true, predicted, n_classes):
    names = tuple(f"class {i}" for i in range(n_classes))
    return evaluate(Predictions(np.array(predicted), names, np.array(true)))


@pytest.fixture
def scrambled():
    """300 classes in 100 triples whose members are confused, in a random order."""
    rng = np.random.default_rng(0)
    place = rng.permutation(300)
    true = np.repeat(np.arange(300), 20)
    within = 3 * (true // 3) + rng.integers(0, 3, len(true))
    anywhere = rng.integers(0, 300, len(true))
    predicted = np.where(rng.random(len(true)) < 0.95, within, anywhere)
    return measured(place[true], place[predicted], 300)


def test_a_pair_in_both_directions():
    evaluation = measured([0, 0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 1, 0, 1], 4)
    pair = evaluation.pair("class 0", "class 1")
    assert (pair.n, pair.n_reverse, pair.of_true, pair.of_predicted) == (
        3,
        1,
        0.75,
        0.6,
    )
    nothing = evaluation.pair("class 3", "class 3")
    assert nothing.n == 0
    assert np.isnan([nothing.of_true, nothing.of_predicted]).all()


def test_neighbours_are_those_confused_most_in_either_direction():
    true = [0, 0, 2, 2, 2, 3, 4, 1]
    predicted = [1, 2, 0, 0, 2, 1, 4, 1]
    table = measured(true, predicted, 5).confused_with("class 0", "class 1")
    # 3 images between 0 and 2, one between 1 and 3, none with 4.
    assert list(table.index) == ["class 0", "class 1", "class 2", "class 3"]
    assert table.loc["class 2", "class 0"] == 2
    assert table.to_numpy().sum() == 7
    evaluation = measured(true, predicted, 5)
    names = evaluation.class_names
    two = confused_with(evaluation.cells, names, "class 0", "class 1", most=2)
    assert list(two.columns) == ["class 0", "class 1"]


def test_neighbours_of_any_class_are_the_most_confused():
    table = measured([0, 1, 1, 2], [0, 2, 2, 1], 4).confused_with("", "")
    assert set(table.index) == {"class 1", "class 2"}
    whole = measured([0, 1], [0, 1], 2).confused_with("", "")
    assert whole.empty


@pytest.mark.parametrize("most", [1, 7, 300])
def test_each_class_is_in_one_group(scrambled, most):
    groups = confused_groups(scrambled.cells, most=most)
    assert sorted(i for ids in groups for i in ids) == list(range(300))
    assert max(map(len, groups)) <= most


def test_confused_classes_come_to_lie_beside_each_other(scrambled):
    """95% of the errors are inside triples; blocks of six classes hold nearly all."""
    blocks = confusion_blocks(scrambled.cells, scrambled.class_names, n_blocks=50)
    table = blocks.table
    inside = table.loc[table["true"] == table["predicted"], "n"].sum()
    assert inside / table["n"].sum() > 0.8
    plain = scrambled.confusion.to_numpy()
    as_given = sum(
        np.triu(plain[i : i + 6, i : i + 6], 1).sum()
        + np.tril(plain[i : i + 6, i : i + 6], -1).sum()
        for i in range(0, 300, 6)
    )
    assert as_given / table["n"].sum() < 0.1


def test_blocks_add_up_as_the_matrix_does(scrambled):
    blocks = confusion_blocks(scrambled.cells, scrambled.class_names, n_blocks=40)
    assert len(blocks.classes) <= 40
    assert sum(map(len, blocks.classes)) == len(set().union(*blocks.classes)) == 300
    confusion = scrambled.confusion
    wrong = confusion.to_numpy() - np.diag(np.diag(confusion.to_numpy()))
    wrong = pd.DataFrame(wrong, confusion.index, confusion.columns)
    for row in blocks.table.iloc[::50].to_dict("records"):
        part = wrong.loc[
            list(blocks.classes[row["true"]]), list(blocks.classes[row["predicted"]])
        ]
        assert row["n"] == part.to_numpy().sum()
        of = confusion.loc[list(blocks.classes[row["true"]])].to_numpy().sum()
        assert row["frequency"] == pytest.approx(row["n"] / of)
        assert row["n_pair"] == part.to_numpy().max()
        assert part.loc[row["true_class"], row["predicted_class"]] == row["n_pair"]


def test_without_errors_there_are_no_blocks():
    assert measured([0, 1], [0, 1], 2).blocks.table.empty
