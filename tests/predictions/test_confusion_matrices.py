"""Confusion matrices of counts are read as the images that were counted."""

import numpy as np
import pandas as pd
import pytest
from predictions_read import counted

from hirise.errors import InputError
from hirise.evaluation import evaluate
from hirise.importing import kind_of
from hirise.predictions import read_predictions

COUNTS = np.array([[8, 1, 1], [2, 15, 3], [0, 0, 20]])
"""By true and predicted class: 43 of 50 are correct."""
NAMES = ["cat", "dog", "owl"]


def read(path, content):
    path.write_text(content, encoding="utf-8")
    assert kind_of(path) == "predictions"
    return read_predictions(path)


MATRIX = pd.DataFrame(COUNTS, index=NAMES, columns=NAMES)
WITH_TOTALS = MATRIX.assign(All=COUNTS.sum(axis=1))
WITH_TOTALS.loc["All"] = WITH_TOTALS.sum()


@pytest.mark.parametrize(
    "text",
    [
        MATRIX.to_csv(),
        MATRIX.to_csv(sep="\t", index_label="true"),
        MATRIX.astype(float).to_csv(),
        WITH_TOTALS.to_csv(index_label="Actual"),
        MATRIX.T.to_csv(index_label="Predicted"),
        MATRIX.add_prefix("pred_").rename(lambda name: f"true_{name}").to_csv(),
        MATRIX.rename(str.title).to_csv(),
        MATRIX[["owl", "cat", "dog"]].to_csv(),
    ],
    ids=["plain", "tabs", "floats", "totals", "transposed", "words", "case", "order"],
)
def test_a_confusion_matrix_of_counts_is_read(tmp_path, text):
    found = read(tmp_path / "cm.csv", text)
    assert [name.lower() for name in found.class_names] == NAMES
    np.testing.assert_array_equal(counted(found), COUNTS)
    assert found.notes[0].startswith("This is a confusion matrix of 50 images")
    evaluation = evaluate(found)
    assert evaluation.metric("accuracy") == 43 / 50
    # Recalls are .8, .75 and 1.
    assert evaluation.metric("balanced_accuracy") == pytest.approx(0.85)


@pytest.mark.parametrize("index", [True, False, None])
def test_a_confusion_matrix_without_names(tmp_path, index):
    table = pd.DataFrame(COUNTS)
    text = table.to_csv(index=bool(index), header=index is not None)
    path = tmp_path / "cm.csv"
    assert read(path, text).class_names == ("0", "1", "2")
    found = read_predictions(path, class_names=NAMES)
    assert found.class_names == tuple(NAMES)
    np.testing.assert_array_equal(counted(found), COUNTS)


def test_a_class_that_never_occurs_in_a_matrix_stays_a_class(tmp_path):
    found = read(tmp_path / "cm.csv", ",a,b,c\na,5,0,0\nb,1,4,0\nc,0,0,0\n")
    assert found.class_names == ("a", "b", "c")


def test_fractions_do_not_tell_the_number_of_images(tmp_path):
    shares = MATRIX.div(MATRIX.sum(axis=1), axis=0).to_csv()
    with pytest.raises(InputError, match="confusion matrix of fractions"):
        read(tmp_path / "cm.csv", shares)
