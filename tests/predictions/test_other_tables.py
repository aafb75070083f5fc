"""What is no table of one row per image: read where it can be, else told what it is."""

import json
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.importing import kind_of
from hirise.predictions import predictions_of, read_predictions

NAMES = ["cat", "dog", "owl"]
REPORT = {
    "cat": {"precision": 0.8, "recall": 0.8, "f1-score": 0.8, "support": 10},
    "accuracy": 0.86,
    "macro avg": {"precision": 0.8, "recall": 0.8, "f1-score": 0.8, "support": 50},
}


def read(path, content):
    path.write_text(content, encoding="utf-8")
    assert kind_of(path) == "predictions"
    return read_predictions(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "r.txt",
            "              precision    recall  f1-score   support\n\n   cat  1\n",
        ),
        ("r.json", json.dumps(REPORT)),
        ("r.csv", pd.DataFrame(REPORT).drop(columns="accuracy").T.to_csv()),
        ("t.csv", pd.DataFrame(REPORT).drop(columns="accuracy").to_csv()),
        ("m.csv", "Species,Precision,Recall,F1 Score\njay,.9,.8,.85\ntit,.9,.8,.8\n"),
        ("a.csv", "Class,Top 1 Accuracy\njay,.9\ntit,.8\n"),
    ],
)
def test_a_classification_report_is_refused_as_what_it_is(tmp_path, name, content):
    line = "This is a classification report.*Give the predictions that it was made from"
    with pytest.raises(InputError, match=line):
        read(tmp_path / name, content)


@pytest.mark.parametrize(
    "text",
    [
        "Name,State,epoch,val_loss,val_accuracy\nr1,ok,25,.1,.9\nr2,ok,29,.2,.8\n",
        "model,accuracy,f1\nresnet,.9,.8\nvgg,.8,.7\n",
        "run_id,lr,val_acc\nab12,.1,.9\ncd34,.01,.8\n",
    ],
)
def test_one_row_per_run_is_refused_as_what_it_is(tmp_path, text):
    with pytest.raises(InputError, match="This is a table of 2 runs, one in each row"):
        read(tmp_path / "runs.csv", text)


def test_counted_pairs_are_no_images(tmp_path):
    with pytest.raises(InputError, match="Each row counts the images"):
        read(tmp_path / "top.csv", "true,pred,count\ncat,dog,9\ndog,owl,5\n")


@pytest.mark.parametrize("flag", [True, False])
def test_one_row_per_image_and_class(flag):
    proba = {"1.jpg": [0.7, 0.2, 0.1], "2.jpg": [0.1, 0.3, 0.6]}
    truth = {"1.jpg": "cat", "2.jpg": "dog"}
    rows = [
        {"image": image, "class": name, "probability": p}
        | ({"target": int(name == truth[image])} if flag else {"true": truth[image]})
        for image, row in proba.items()
        for name, p in zip(NAMES, row, strict=True)
    ]
    found = predictions_of(pd.DataFrame(rows).sample(frac=1, random_state=1))
    order = list(found.image)
    np.testing.assert_allclose(found.proba, [proba[image] for image in order])
    assert [found.class_names[i] for i in found.y_true] == [truth[i] for i in order]


@pytest.mark.parametrize("role", ["id", "image", "class", "true", "pred", "model"])
def test_lists_in_the_cells_of_any_column_raise_nothing_else(tmp_path, role):
    row = {"author": [1, 2], "turns": {"a": 1}, "score": 0.5, "accuracy": 0.5}
    path = tmp_path / "p.json"
    path.write_text(json.dumps([row | {"count": 3, role: [1, 2]}] * 4))
    with suppress(InputError):
        assert len(read_predictions(path).y_pred) == 4


def test_metrics_by_name_are_no_scores_of_images(tmp_path):
    text = (
        "metric,n_total,auprc,p_at_90r,p_at_95r,p_at_99r,auroc\n"
        "rouge,756,.24,.18,.16,.12,.72\nbleu,756,.25,.19,.15,.13,.73\n"
        "chrf,756,.22,.17,.16,.11,.7\nmeteor,756,.2,.15,.13,.1,.69\n"
    )
    with pytest.raises(InputError, match="This is a table of 4 runs"):
        read(tmp_path / "summary.csv", text)


def test_a_gold_answer_is_the_truth_of_a_predicted_answer():
    table = pd.DataFrame(
        {"gold_answer": ["red", "blue"], "pred_answer": ["red", "red"], "lang": "en"}
    )
    part = predictions_of(table)
    names = part.class_names
    assert [names[i] for i in part.y_true] == ["red", "blue"]
    assert [names[i] for i in part.y_pred] == ["red", "red"]
