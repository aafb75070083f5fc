"""What the numbers of scores are is told before they are used."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.predictions import predictions_of, read_predictions

PROBA = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5]])
NAMES = ["cat", "dog", "owl"]


def table_of(values):
    return pd.DataFrame(values, columns=NAMES).assign(y_true=NAMES)


def test_per_cent_as_numbers_and_as_text():
    found = predictions_of(table_of(PROBA * 100))
    np.testing.assert_allclose(found.proba, PROBA)
    assert found.notes == ("The scores are per cent, so they were divided by 100.",)
    texts = [[f"{value:.0%}" for value in row] for row in PROBA]
    np.testing.assert_allclose(predictions_of(table_of(texts)).proba, PROBA)


def test_rounded_probabilities_are_divided_by_their_sum():
    found = predictions_of(table_of([[0.33, 0.33, 0.33], [0.5, 0.3, 0.2], [0, 0, 1]]))
    np.testing.assert_allclose(found.proba[0], [1 / 3] * 3)
    assert "rounded" in found.notes[0]


def test_one_sigmoid_per_class_gives_labels_alone():
    found = predictions_of(
        table_of([[0.9, 0.4, 0.1], [0.2, 0.1, 0.7], [0.3, 0.6, 0.9]])
    )
    assert found.proba is None
    assert found.y_pred.tolist() == [0, 2, 2]
    # Rows sum to 1.4, 1.0 and 1.8.
    assert "sum to 1 to 1.8, as if from one sigmoid per class" in found.notes[0]


def test_zeros_and_ones_with_several_ones_are_several_labels():
    with pytest.raises(InputError, match="Multi-label targets"):
        predictions_of(table_of([[1, 1, 0], [0, 1, 0], [1, 0, 1]]))


def test_a_few_broken_rows_are_named_and_no_logits_suspected():
    values = np.vstack([PROBA, PROBA])
    values[4, 0] = 0.5
    with pytest.raises(InputError) as refused:
        predictions_of({"y_true": [0, 1, 2] * 2, "proba": values})
    assert "of row 5 sum to 1.4, not 1 (1 such rows)" in str(refused.value)
    assert "logits" not in str(refused.value)


@pytest.mark.parametrize(
    ("predicted", "score", "second"),
    [
        (["a", "b", "b"], [0.2, 0.7, 0.9], [0.2, 0.7, 0.9]),
        (["a", "b", "b"], [0.2, 0.3, 0.9], [0.2, 0.3, 0.9]),
        (["a", "b", "b"], [0.9, 0.2, 0.1], [0.1, 0.8, 0.9]),
        (["a", "b", "a"], [0.9, 0.6, 0.7], [0.1, 0.6, 0.3]),
        (["a", "b", "b"], [10, 70, 90], [0.1, 0.7, 0.9]),
    ],
    ids=["of the second", "threshold", "of the first", "confidence", "per cent"],
)
def test_one_score_beside_two_predicted_classes(predicted, score, second):
    table = pd.DataFrame({"true": list("abb"), "pred": predicted, "score": score})
    found = predictions_of(table)
    np.testing.assert_allclose(found.proba[:, 1], second)
    assert "was read as the probability of" in found.notes[-1]


def test_one_score_of_three_classes_is_left_aside_and_told():
    table = {"true": list("abc"), "pred": list("abb"), "pred_prob": [0.9, 0.8, 0.7]}
    found = predictions_of(pd.DataFrame(table))
    assert found.proba is None
    assert found.notes[-1].startswith("'pred_prob' was left aside: one score")


def test_predictions_that_are_fractions_are_a_score(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("y_true,y_pred\n0,0.2\n1,0.7\n1,0.4\n0,0.1\n")
    found = read_predictions(path)
    np.testing.assert_allclose(found.proba[:, 1], [0.2, 0.7, 0.4, 0.1])
    assert found.y_pred.tolist() == [0, 1, 0, 0]


def test_semicolons_and_decimal_commas_in_other_languages(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(
        "Bild;Wahre Klasse;Wahrscheinlichkeit a;Wahrscheinlichkeit b\n"
        "1.jpg;a;0,75;0,25\n2.jpg;b;0,5;0,5\n"
    )
    found = read_predictions(path)
    assert found.class_names == ("a", "b")
    np.testing.assert_array_equal(found.proba, [[0.75, 0.25], [0.5, 0.5]])
