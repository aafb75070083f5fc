"""Columns of any usual name have their roles, and no truth is dropped in silence."""

import pandas as pd
import pytest
from predictions_read import FILES, NAMES, PREDICTED, PROBA, TRUTH, accuracy

from hirise.errors import InputError
from hirise.predictions import predictions_of


def test_ids_beside_names_are_used_where_they_agree_with_the_other_column():
    table = {"true": NAMES[TRUTH], "true_idx": TRUTH, "pred_idx": PREDICTED}
    found = predictions_of(pd.DataFrame(table))
    assert found.class_names == ("0", "1", "2")
    both = pd.DataFrame({**table, "pred": NAMES[PREDICTED]})
    assert predictions_of(both).class_names == ("cat", "dog", "horse")
    assert accuracy(predictions_of(both)) == 4 / 6


def test_two_truths_that_differ_are_refused():
    table = pd.DataFrame({"gt": [0, 1, 1], "true_label": [1, 0, 0], "pred": [0, 1, 1]})
    assert accuracy(predictions_of(table)) == 1  # one-to-one, so the same classes
    table["true_label"] = [1, 1, 0]
    with pytest.raises(InputError, match="Both 'gt' and 'true_label' could hold"):
        predictions_of(table)
    found = predictions_of(table, columns={"y_true": "gt"})
    assert "'true_label' also looks like the true classes" in " ".join(found.notes)


def test_a_label_alone_is_a_prediction_and_told_so():
    found = predictions_of(pd.DataFrame({"id": range(6), "label": PREDICTED}))
    assert found.y_true is None
    assert found.y_pred.tolist() == PREDICTED.tolist()
    assert "'label' was read as the prediction" in found.notes[1]
    confident = {"file": FILES, "class": NAMES[PREDICTED], "confidence": PROBA.max(1)}
    assert predictions_of(pd.DataFrame(confident)).y_true is None


def test_folds_are_no_splits_and_patients_are_groups():
    table = pd.DataFrame(
        {"label": TRUTH, "pred": PREDICTED, "fold": [0, 1] * 3, "patient_id": TRUTH}
    )
    found = predictions_of(table)
    assert (found.split, list(found.group)) == ("", ["0", "1", "2"] * 2)
    subsets = table.assign(subset=["train", "val"] * 3)
    assert predictions_of(subsets).split == "val"


def test_one_hot_truth_and_several_ones():
    table = pd.DataFrame(PROBA, columns=[f"pred_{n}" for n in NAMES])
    for i, name in enumerate(NAMES):
        table[f"true_{name}"] = (i == TRUTH).astype(int)
    assert accuracy(predictions_of(table)) == 4 / 6
    table.loc[0, "true_dog"] = 1
    with pytest.raises(InputError, match="Multi-label targets cannot be evaluated"):
        predictions_of(table)
