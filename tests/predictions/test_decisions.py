"""From scores to predicted classes: a threshold, no answer, an order."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.evaluation import evaluate
from hirise.predictions import predictions_of, read_predictions

BINARY = {"y_true": [0, 1, 1], "proba": [0.2, 0.4, 0.9]}


def test_a_threshold_decides_between_two_classes(tmp_path):
    assert predictions_of(BINARY).y_pred.tolist() == [0, 0, 1]
    found = predictions_of(BINARY, threshold=0.3)
    assert found.y_pred.tolist() == [0, 1, 1]
    assert found.notes[-1] == "'1' is predicted at a probability of 0.3 or more."
    assert evaluate(found).n_disagreeing == 0
    found.write(tmp_path / "p.parquet")
    again = read_predictions(tmp_path / "p.parquet")
    assert (again.threshold, again.y_pred.tolist()) == (0.3, [0, 1, 1])


@pytest.mark.parametrize(
    ("given", "threshold", "line"),
    [
        (BINARY, 1.5, "A threshold lies between 0 and 1"),
        ({"y_true": [0, 1], "y_pred": [0, 1]}, 0.5, "there are no probabilities"),
        (
            {"y_true": [0, 1], "proba": np.full((2, 4), 0.25)},
            0.5,
            "there are 4 classes",
        ),
    ],
)
def test_thresholds_that_do_not_fit(given, threshold, line):
    with pytest.raises(InputError, match=line):
        predictions_of(given, threshold=threshold)


def test_a_class_that_is_no_answer_is_left_out_and_coverage_told():
    table = pd.DataFrame(
        {"y_true": list("abab"), "y_pred": ["a", "unsure", "unsure", "b"]}
    )
    found = predictions_of(table, abstain="unsure")
    assert found.class_names == ("a", "b")
    assert (found.y_true.tolist(), found.y_pred.tolist()) == ([0, 1], [0, 1])
    assert found.notes[-1] == (
        "Coverage is 50.0%: 2 of 4 images have no answer ('unsure') and are left out."
    )
    with pytest.raises(InputError, match="Did you mean 'unsure'"):
        predictions_of(table, abstain="unsur")
    with pytest.raises(InputError, match="'a' is also a true class"):
        predictions_of(table, abstain="a")


def test_probabilities_without_that_class_are_divided_by_their_sum():
    table = pd.DataFrame(
        {"y_true": ["a", "b"], "p:a": [0.6, 0.1], "p:b": [0.2, 0.2], "p:?": [0.2, 0.7]}
    )
    found = predictions_of(table, abstain="?")
    np.testing.assert_allclose(found.proba, [[0.75, 0.25]])


def test_classes_in_order_have_a_quadratic_kappa(tmp_path):
    labels = {"y_true": list("lllmmmhhhh"), "y_pred": list("llmmmmlhhh")}
    with pytest.raises(InputError, match="The order of the classes is not known"):
        predictions_of(labels, ordinal=True)
    found = predictions_of(labels, ordinal=True, class_names=["l", "m", "h"])
    evaluation = evaluate(found)
    # Errors of one class and of two: 1 + 4 = 5. By chance, with true counts 3, 3, 4 and
    # predicted 3, 4, 3: (3·4 + 3·3 + 4·4 + 4·3·4 + 4·3·3 + 3·3) / 10 = 13.
    assert evaluation.metric("quadratic_kappa") == pytest.approx(1 - 5 / 13)
    assert evaluation.notes[-1] == "1 of 2 errors (50.0%) are off by one class."
    found.write(tmp_path / "p.parquet")
    assert read_predictions(tmp_path / "p.parquet").ordinal
    plain = evaluate(predictions_of(labels))
    assert "quadratic_kappa" not in plain.metric_keys


def test_top_5_accuracy_from_20_classes_on():
    proba = np.full((2, 20), 0.02)
    proba[:, :6] = [0.2, 0.15, 0.12, 0.1, 0.09, 0.06]
    truth = np.array([4, 5])  # fifth and sixth
    evaluation = evaluate(predictions_of({"y_true": truth, "proba": proba}))
    assert evaluation.metric("top5_accuracy") == 0.5
    assert "top5_accuracy" in evaluation.metric_keys
    few = {"y_true": [0, 1], "proba": np.full((2, 19), 1 / 19)}
    assert "top5_accuracy" not in evaluate(predictions_of(few)).metric_keys
