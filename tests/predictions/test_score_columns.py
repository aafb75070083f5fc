"""Columns of scores are told from other numbers by their names and the labels."""

import numpy as np
import pandas as pd
import pytest
from predictions_read import FILES, NAMES, PREDICTED, PROBA, TRUTH, accuracy

from hirise.predictions import predictions_of
from hirise.predictions import read_predictions as read


@pytest.mark.parametrize(
    "name",
    [
        "prob_{}",
        "P({})",
        "score_{}",
        "proba_{}",
        "pred_prob_{}",
        "Probability of {}",
        "{}_prob",
        "{} (score)",
        "confidence[{}]",
        "resnet50_{}",
        "p:{}",
        "{}",
        "predicted_{}",
        "Wahrscheinlichkeit {}",
        "概率_{}",
    ],
)
def test_scores_with_words_before_or_after_the_class(name):
    table = pd.DataFrame(PROBA, columns=[name.format(n) for n in NAMES])
    table = table.assign(filename=FILES, true_label=NAMES[TRUTH], width=200, area=5)
    found = predictions_of(table)
    assert found.class_names == ("cat", "dog", "horse")
    np.testing.assert_allclose(found.proba, PROBA)
    assert accuracy(found) == 4 / 6
    assert found.notes[-1] == "Columns ignored: width, area."


@pytest.mark.parametrize("name", ["prob_{}", "class_{}", "{}", "p{}", "output {}"])
@pytest.mark.parametrize("first", [0, 1])
def test_numbered_scores_of_ids_that_count_alike(name, first):
    table = pd.DataFrame(PROBA, columns=[name.format(i + first) for i in range(3)])
    found = predictions_of(table.assign(target=TRUTH + first))
    assert found.class_names == tuple(str(i + first) for i in range(3))
    assert accuracy(found) == 4 / 6


def test_other_numbers_are_no_probabilities():
    table = pd.DataFrame(
        {
            "image_name": FILES,
            "gt": NAMES[TRUTH],
            "prediction": NAMES[PREDICTED],
            "threshold": 55.0,
            "timestamp": np.arange(6),
            "dx": -0.6,
            "index": np.arange(6),
        }
    )
    found = predictions_of(table)
    assert found.proba is None
    assert found.notes[1] == "Columns ignored: threshold, timestamp, dx, index."


def test_other_numbers_are_left_aside_and_said(write):
    found = read(write("y_true,cat,dog,width\ncat,.5,.5,227\ndog,.25,.75,227\n"))
    assert found.class_names == ("cat", "dog")
    assert found.notes == ("Columns ignored: width.",)
