"""A file is read split by split, and what is doubtful is told."""

import numpy as np
import pandas as pd
import pytest
from predictions_read import NAMES, PREDICTED, PROBA

from hirise.errors import InputError
from hirise.predictions import predictions_of, read_all_predictions
from hirise.predictions import read_predictions as read


def test_splits_of_one_file(write):
    rows = "a,a,train\nb,b,val\na,b,test\nb,a,test\n"
    path = write("y_true,y_pred,split\n" + rows)
    assert [p.split for p in read_all_predictions(path)] == ["train", "val", "test"]
    assert len(read(path, split="test")) == 2
    assert read(path).split == "val"
    assert read(write("y_true,y_pred,split\na,a,train\nb,b,test\n")).split == "test"
    assert read(write("y_true,y_pred,split\na,a,hold\nb,b,hold\n")).split == "hold"


def test_a_label_that_always_agrees_with_the_scores_is_doubted():
    table = pd.DataFrame(np.tile(PROBA, (5, 1)), columns=NAMES)
    table["label"] = np.tile(NAMES[PREDICTED], 5)
    assert "If it holds the predictions, say so" in predictions_of(table).notes[-1]
    assert not predictions_of(table.iloc[:29]).notes[1:]


def test_texts_that_differ_in_every_row_are_no_classes():
    table = pd.DataFrame({"Prediction: 0.97": [f"text {i}" for i in range(60)]})
    with pytest.raises(InputError, match="No predictions were found"):
        predictions_of(table)
    table = pd.DataFrame({"prediction": [f"text {i}" for i in range(60)]})
    with pytest.raises(InputError, match="has 60 different values in 60 rows"):
        predictions_of(table)
