"""What is no table of one row per image: read where it can be, else told what it is."""

import json

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.evaluation import evaluate
from hirise.importing import kind_of
from hirise.predictions import predictions_of, read_predictions

COUNTS = np.array([[8, 1, 1], [2, 15, 3], [0, 0, 20]])
"""By true and predicted class: 43 of 50 are correct."""
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


def counted(found):
    confusion = np.zeros((3, 3), dtype=int)
    np.add.at(confusion, (found.y_true, found.y_pred), 1)
    return confusion


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


def test_training_curves_stay_curves(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss,accuracy,true_positives\n0,.9,.5,3\n1,.8,.6,4\n")
    assert kind_of(path) == "history"
    path = tmp_path / "log.json"
    path.write_text('{"loss": [0.9, 0.8], "val_accuracy": [0.5, 0.6]}')
    assert kind_of(path) == "history"


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


ROWS = [
    {"image": "1.jpg", "y_true": "cat", "y_pred": "cat"},
    {"image": "2.jpg", "y_true": "owl", "y_pred": "dog"},
]
TABLE = pd.DataFrame(ROWS)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(ROWS),
        "\n".join(map(json.dumps, ROWS)),
        json.dumps({"predictions": ROWS, "model": "resnet"}),
        json.dumps({"results": ROWS}),
        TABLE.to_json(),
        TABLE.to_json(orient="split"),
        TABLE.to_json(orient="table", index=False),
        json.dumps(TABLE.to_dict(orient="list")),
        json.dumps(
            {r["image"]: {"true": r["y_true"], "pred": r["y_pred"]} for r in ROWS}
        ),
        json.dumps(json.dumps(ROWS)),
    ],
    ids=[
        "list",
        "lines",
        "key",
        "results",
        "columns",
        "split",
        "table",
        "lists",
        "images",
        "twice",
    ],
)
@pytest.mark.parametrize("name", ["p.json", "p.jsonl"])
def test_json_in_every_form(tmp_path, content, name):
    found = read(tmp_path / name, content)
    names = found.class_names
    assert [names[i] for i in found.y_true] == ["cat", "owl"]
    assert [names[i] for i in found.y_pred] == ["cat", "dog"]
    assert list(found.image) == ["1.jpg", "2.jpg"]


@pytest.mark.parametrize(
    "document",
    [
        [{"file": "1.jpg", "label": "cat", "probs": {"cat": 0.75, "dog": 0.25}}],
        {
            "classes": ["cat", "dog"],
            "predictions": [{"file": "1.jpg", "label": 0, "probs": [0.75, 0.25]}],
        },
        [
            {
                "file": "1.jpg",
                "label": "cat",
                "scores": [
                    {"label": "cat", "score": 0.75},
                    {"label": "dog", "score": 0.25},
                ],
            }
        ],
        {"y_true": [0], "y_prob": [[0.75, 0.25]], "class_names": ["cat", "dog"]},
    ],
    ids=["dict", "list", "pipeline", "arrays"],
)
def test_scores_in_json(tmp_path, document):
    found = read(tmp_path / "p.json", json.dumps(document))
    assert found.class_names == ("cat", "dog")
    np.testing.assert_array_equal(found.proba, [[0.75, 0.25]])
    assert found.y_true.tolist() == [0]


def test_a_confusion_matrix_in_json(tmp_path):
    document = {"accuracy": 0.86, "labels": NAMES, "confusion_matrix": COUNTS.tolist()}
    found = read(tmp_path / "m.json", json.dumps(document))
    assert found.class_names == tuple(NAMES)
    np.testing.assert_array_equal(counted(found), COUNTS)


def test_values_instead_of_a_header(tmp_path):
    with pytest.raises(InputError, match="first line holds values"):
        read(tmp_path / "p.csv", "1.jpg,cat,dog\n2.jpg,dog,dog\n")
