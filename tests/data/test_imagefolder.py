"""Image folders of Hugging Face with a file of metadata."""

from __future__ import annotations

import json

import pytest
from image_folders import make_folder

from hirise.data import read_catalog
from hirise.errors import InputError

IMAGES = ("train/1.png", "train/2.png", "test/3.png")
LABELS = {"train/1.png": "cat", "train/2.png": "dog", "test/3.png": "dog"}


def jsonl(labels, key="label"):
    rows = ({"file_name": name, key: label} for name, label in labels.items())
    return "".join(json.dumps(row) + "\n" for row in rows)


def csv(labels):
    return "file_name,label\n" + "".join(f"{n},{c}\n" for n, c in labels.items())


def labels_of(catalog):
    return dict(zip(catalog.table["image"], catalog.table["class_name"], strict=True))


@pytest.mark.parametrize(("name", "write"), [("csv", csv), ("jsonl", jsonl)])
@pytest.mark.parametrize("is_per_split", [True, False])
def test_metadata_above_the_splits_or_in_each(tmp_path, name, write, is_per_split):
    if is_per_split:
        texts = {
            f"train/metadata.{name}": write({"1.png": "cat", "2.png": "dog"}),
            f"test/metadata.{name}": write({"3.png": "dog"}),
        }
    else:
        texts = {f"metadata.{name}": write(LABELS)}
    catalog = read_catalog(make_folder(tmp_path / "d", IMAGES, texts))
    assert labels_of(catalog) == LABELS
    assert catalog.layout == "imagefolder"
    assert list(catalog.table["split"]) == ["test", "train", "train"]


def test_labels_may_be_whole_numbers_lists_of_one_or_absent(tmp_path):
    text = jsonl({"1.png": 3, "2.png": [4.0], "3.png": None, "4.png": []})
    images = tuple(f"{number}.png" for number in range(1, 5))
    catalog = read_catalog(make_folder(tmp_path, images, {"metadata.jsonl": text}))
    assert labels_of(catalog) == {"1.png": "3", "2.png": "4"}
    assert catalog.problem_counts == {"unlabelled": 2}


def test_without_labels_folders_give_the_classes(tmp_path):
    text = jsonl({"cat/1.png": "a cat", "dog/1.png": "a dog"}, key="caption")
    images = ("cat/1.png", "dog/1.png")
    for name, written in (
        ("metadata.jsonl", text),
        ("metadata.csv", "file_name,caption\ncat/1.png,a cat\ndog/1.png,a dog\n"),
    ):
        root = make_folder(tmp_path / name[-3:], images, {name: written})
        assert read_catalog(root).layout == "folder-per-class"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (jsonl({"1.png": ["cat", "dog"]}), "line 1: This is a multi-label dataset"),
        (jsonl({"1.png": {"id": 3}}), "line 1: The label is neither text nor"),
        (jsonl({"../1.png": "cat"}), "line 1: The path .* is not below"),
        (jsonl({"1.png": "cat"}) + "{", "line 2: This is not JSON"),
        (jsonl({"1.png": "cat"}) + "[1]\n", "line 2: This is not a JSON object"),
        (jsonl({"1.png": "cat"}) + '{"label": "a"}\n', "line 2: There is no file_name"),
        (jsonl({"1.png": "cat"}), "only the class 'cat'"),
    ],
)
def test_an_invalid_file_is_one_clear_line(tmp_path, text, message):
    root = make_folder(tmp_path, ("1.png", "2.png"), {"metadata.jsonl": text})
    with pytest.raises(InputError, match=message) as error:
        read_catalog(root)
    assert "\n" not in str(error.value)
