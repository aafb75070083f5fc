"""Pairs of the same picture, and the tables of what is shared."""

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis.leakage import LeakageEvidence
from hirise.diagnosis.leakage.copies import duplicate_pairs, sample_pairs
from hirise.predictions import Predictions

PLACES = pd.DataFrame(
    [
        ("a1.jpg", "train", "other", "a", "o"),
        ("a2.jpg", "train", "other", "a", "o"),
        ("b1.jpg", "train", "crater", "b", "o"),
        ("b2.jpg", "val", "crater", "b", "o"),
        ("c1.jpg", "val", "other", "c", "p"),
        ("c2.jpg", "val", "crater", "d", "p"),
    ],
    columns=["image", "split", "class_name", "landmark", "observation"],
)
PICTURES = np.random.default_rng(0).integers(-99, 99, (3, 256), dtype=np.int8)
FEATURES = pd.DataFrame(
    {
        "image": PLACES["image"],
        # b2 is b1 to the byte; a2 and c2 show what a1 and c1 show.
        "digest": ["0", "1", "2", "2", "4", "5"],
        "hash": [2**40 + 7, 2**40 + 7, 3**30, 3**30, 5**25, 5**25],
        "detail": [7**20, 7**20, 11**17, 11**17, 13**16, 13**16],
        "coarse": [PICTURES[i] for i in (0, 0, 1, 1, 2, 2)],
    }
).astype({"hash": "uint64", "detail": "uint64"})


@pytest.fixture
def leakage():
    predictions = Predictions(
        y_pred=np.array([1, 0, 0]),
        y_true=np.array([1, 0, 1]),
        class_names=("other", "crater"),
        image=PLACES["image"].to_numpy()[3:],
        split="val",
    )
    return LeakageEvidence(PLACES, predictions, FEATURES)


def test_contradicting_pairs_come_first_then_those_across_the_split(leakage):
    pairs = leakage.duplicate_pairs
    assert pairs[["image", "copy", "kind"]].to_numpy().tolist() == [
        ["c1.jpg", "c2.jpg", "near"],
        ["b1.jpg", "b2.jpg", "bytes"],
        ["a1.jpg", "a2.jpg", "near"],
    ]
    contradicting = pairs.iloc[0]
    assert contradicting["class_name"] == "other"
    assert contradicting["copy_class_name"] == "crater"
    assert (pairs["split"] != pairs["copy_split"]).tolist() == [False, True, False]


def test_groups_count_images_splits_names_and_classes(leakage):
    groups = leakage.duplicates
    assert len(groups) == 3
    columns = ["n_images", "n_equal", "n_splits", "n_landmarks", "n_classes"]
    assert groups[columns].sum().tolist() == [6, 2, 4, 4, 4]


def test_without_features_there_are_no_pairs():
    keys = LeakageEvidence(PLACES).keys
    assert duplicate_pairs(PLACES, keys).empty
    assert LeakageEvidence(PLACES).duplicates.empty


def test_fractions_are_of_the_evaluated_images(leakage):
    table = leakage.shared_table().set_index("kind")
    # Of b2, c1 and c2 only b2 has a copy in training, or its observation.
    assert table["n_images"].to_dict() == {
        "landmark": 1,
        "bytes": 1,
        "near": 1,
        "copy": 1,
        "observation": 1,
    }
    assert table.loc["copy", "frequency"] == pytest.approx(1 / 3)


def test_kinds_of_groups_without_data_are_left_out(leakage):
    places = PLACES.assign(landmark="", observation="")
    bare = LeakageEvidence(places, leakage.predictions)
    assert bare.shared_table()["kind"].tolist() == ["copy"]


def test_scores_are_those_of_each_part_and_of_labels_by_rote(leakage):
    table = leakage.score_table()
    accuracy = table[table["metric"] == "accuracy"].set_index("part")
    assert accuracy["n_images"].to_dict() == {
        "copy": 1,
        "no_copy": 2,
        "new_observation": 2,
        "observation_alone": 3,
        "one_class": 3,
    }
    # b2 and c1 are named rightly; "other" is the most frequent class of training.
    assert accuracy["value"].round(3).tolist() == [1.0, 0.5, 0.5, 0.333, 0.333]


def test_without_labels_there_are_no_scores(leakage):
    nameless = Predictions(
        y_pred=np.array([1, 0, 0]),
        class_names=("other", "crater"),
        image=leakage.predictions.image,
        split="val",
    )
    assert LeakageEvidence(PLACES, nameless).score_table().empty


def test_a_sample_takes_each_class_before_any_twice():
    pairs = pd.DataFrame(
        {
            "class_name": ["a", "a", "a", "b", "a", "c"],
            "copy": ["1", "2", "2", "3", "4", "5"],
        }
    )
    assert sample_pairs(pairs, most=4)["copy"].tolist() == ["1", "2", "3", "5"]


def test_broken_files_that_were_read_as_black_are_no_copies(leakage):
    black = FEATURES.copy()
    black.loc[[0, 3], ["hash", "detail"]] = 0
    black.loc[[0, 3], "digest"] = "black"
    keys = LeakageEvidence(PLACES, leakage.predictions, black).keys
    assert keys.loc[[0, 3], ["bytes", "near"]].eq(-1).all(axis=None)
    # The same bytes without any picture: nothing says that they are plain.
    unseen = black.assign(hash=np.uint64(0), detail=np.uint64(0))
    keys = LeakageEvidence(PLACES, leakage.predictions, unseen).keys
    assert keys.loc[0, "bytes"] == keys.loc[3, "bytes"] >= 0
