"""What the numbers of scores are is told before they are used."""

import numpy as np
import pandas as pd
import predictions_read as six
import pytest

from hirise.errors import InputError
from hirise.predictions import predictions_of, read_predictions
from hirise.predictions import read_predictions as read

PROBA = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5]])
NAMES = ["cat", "dog", "owl"]


def table_of(values):
    return pd.DataFrame(values, columns=NAMES).assign(y_true=NAMES)


def test_per_cent_as_numbers_and_as_text():
    found = predictions_of(table_of(PROBA * 100))
    np.testing.assert_allclose(found.proba, PROBA)
    assert found.notes == ("The scores are percentages, so they were divided by 100.",)
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
    assert found.notes[-1].startswith("'pred_prob' was ignored: one score")


def test_predictions_that_are_fractions_are_a_score(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("y_true,y_pred\n0,0.2\n1,0.7\n1,0.4\n0,0.1\n")
    found = read_predictions(path)
    np.testing.assert_allclose(found.proba[:, 1], [0.2, 0.7, 0.4, 0.1])
    assert found.y_pred.tolist() == [0, 1, 0, 0]


def test_probabilities_by_number_are_in_the_order_of_ids(write):
    text = "y_true," + ",".join(f"proba_{i}" for i in range(11)) + "\n"
    text += "10," + ",".join(["0"] * 10) + ",1\n"
    found = read(write(text))
    assert found.class_names == tuple(map(str, range(11)))
    assert found.y_pred.tolist() == [10]


def test_probabilities_by_number_for_named_labels_say_the_order(write):
    found = read(write("y_true,proba_0,proba_1\nb,.25,.75\na,.75,.25\n"))
    assert found.class_names == ("a", "b")
    assert "order of the labels: a, b" in found.notes[0]


def test_one_sigmoid_column(write):
    found = read(write("y_true,proba\n0,.25\n1,.75\n"))
    np.testing.assert_array_equal(found.proba, [[0.75, 0.25], [0.25, 0.75]])
    assert found.y_pred.tolist() == [0, 1]
    assert "'1'" in found.notes[0]


def test_logits_by_flag_or_by_name(write):
    expected = [[0.9, 0.1], [0.5, 0.5]]
    logits = np.log(expected)
    frame = pd.DataFrame(logits, columns=["cat", "dog"]).assign(y_true=["cat", "dog"])
    path = write(frame, "p.parquet")
    np.testing.assert_allclose(read(path, logits=True).proba, expected)
    named = frame.rename(columns={"cat": "logit_0", "dog": "logit_1"})
    np.testing.assert_allclose(read(write(named, "q.parquet")).proba, expected)


def test_argmax_comes_before_any_rounding_and_the_first_of_equals_wins(write):
    close = np.float64(0.5) + 1e-12
    frame = pd.DataFrame({"proba_0": [1 - close, 0.5], "proba_1": [close, 0.5]})
    assert read(write(frame, "p.parquet")).y_pred.tolist() == [1, 0]


def test_y_pred_rules_over_the_probabilities(write):
    found = read(write("y_true,y_pred,a,b\na,b,.9,.1\nb,b,.1,.9\n"))
    assert found.y_pred.tolist() == [1, 1]


def test_logits_by_name_and_by_flag():
    logits = pd.DataFrame(np.log(six.PROBA), columns=[f"logits_{n}" for n in six.NAMES])
    table = logits.assign(label=six.NAMES[six.TRUTH])
    np.testing.assert_allclose(predictions_of(table).proba, six.PROBA)
    plain = table.rename(columns=lambda name: name.removeprefix("logits_"))
    with pytest.raises(InputError, match=r"outside 0 to 1.*If they are logits"):
        predictions_of(plain)
    found = predictions_of(plain, logits=True)
    assert (six.accuracy(found), found.y_true is not None) == (4 / 6, True)
    with pytest.raises(InputError, match=r"holds probabilities.*Leave `logits` out"):
        predictions_of({"y_true": six.TRUTH, "proba": six.PROBA}, logits=True)
