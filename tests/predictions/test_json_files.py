"""JSON and JSON Lines in every form that tools write."""

import json

import numpy as np
import pandas as pd
import pytest
from predictions_read import counted

from hirise.errors import InputError
from hirise.importing import kind_of
from hirise.predictions import read_predictions

NAMES = ["cat", "dog", "owl"]
COUNTS = np.array([[8, 1, 1], [2, 15, 3], [0, 0, 20]])
"""By true and predicted class: 43 of 50 are correct."""


def read(path, content):
    path.write_text(content, encoding="utf-8")
    assert kind_of(path) == "predictions"
    return read_predictions(path)


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


def test_the_description_of_a_figure_holds_no_predictions(tmp_path):
    path = tmp_path / "bars.json"
    document = {"$schema": "https://vega.github.io", "data": {"values": "<DATA>"}}
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match="but the description of a figure"):
        read_predictions(path)
