"""The label tests as one table in one unit."""

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import Evidence
from hirise.diagnosis.checks.labels import alignment_table, shuffle_statement
from hirise.diagnosis.labels import LabelEvidence, LabelTables, Shuffle


def make_evidence(label, right, **curves):
    """Ten val images without copies or features."""
    seen = pd.DataFrame(
        {
            "image": [f"{i}.jpg" for i in range(10)],
            "split": "val",
            "source": "labels_seen",
            "label": label,
            "right": right,
            "landmark": "",
            "texture": -1,
            "embedding": -1,
        }
    )
    labels = LabelEvidence(lambda: LabelTables(seen, ("a", "b")))
    return Evidence("test", labels=labels, **curves)


def row(table, test):
    (found,) = table[table["test"] == test].to_dict("records")
    return found


def test_disagreement_with_the_catalog_becomes_agreement():
    label, right = [0] * 6 + [1] * 4, [0] * 8 + [1] * 2
    found = row(alignment_table(make_evidence(label, right)), "catalog")
    # 8 of 10 agree; by chance .6 × .8 + .4 × .2.
    assert found["observed"] == pytest.approx(0.8)
    assert found["shuffled"] == pytest.approx(0.56)
    assert (found["right"], found["answer"], found["reason"]) == (1.0, "foreign", "")


def test_a_test_that_cannot_be_made_says_why():
    found = row(alignment_table(make_evidence([0] * 10, [0] * 10)), "siblings")
    assert found["answer"] == "unsure"
    assert found["reason"] == "there are no pairs of copies of one landmark"


def test_without_labels_there_are_only_the_numbers():
    table = alignment_table(Evidence("test"))
    assert list(table["test"]) == ["numbers"]
    assert table["reason"].iloc[0] == "kappa of the training images is unknown"


@pytest.mark.parametrize(
    ("train", "val", "answer"),
    [(0.9, 0.0, "foreign"), (0.9, 0.8, "belong"), (0.1, 0.0, "unsure")],
)
def test_a_network_that_learned_nothing_tells_nothing(train, val, answer):
    # Two classes of equal size, both named equally often: accuracy .5 is chance.
    history = {"accuracy": (1 + train) / 2, "val_accuracy": (1 + val) / 2}
    counts = [(1, s, c, 50) for s in ("train", "val") for c in "ab"]
    halves = pd.Series({"a": 0.5, "b": 0.5})
    evidence = Evidence(
        "test",
        history=pd.DataFrame([{"epoch": 1, **history}]),
        predicted_counts=pd.DataFrame(
            counts, columns=["epoch", "split", "class_name", "n"]
        ),
        training_shares=halves,
        split_counts=pd.DataFrame({"train": halves * 100, "val": halves * 100}),
    )
    found = row(alignment_table(evidence), "numbers")
    assert found["answer"] == answer
    np.testing.assert_allclose(
        [found["observed"], found["shuffled"], found["right"]], [val, 0, train]
    )


def test_the_proof_names_each_split_with_its_passes():
    proofs = [
        Shuffle("train", 123, 2, 700, 820, -90.0),
        Shuffle("val", 123, 3, 120, 820, -30.0),
    ]
    assert str(shuffle_statement(proofs)).startswith(
        "The labels are the correct ones, shuffled with seed 123: those of train twice "
        "more than intended (all 700 match), those of val three times more than "
        "intended (all 120 match)."
    )
    assert shuffle_statement(()) is None
