"""Other labels, and classes left out."""

from dataclasses import replace

import pandas as pd
import pytest

from hirise.data.catalog import Catalog, read_labels, with_labels, without_classes
from hirise.errors import InputError

NAMES = ("other", "crater", "dune")


@pytest.fixture
def catalog(tmp_path):
    table = pd.DataFrame(
        {
            "image": ["a.jpg", "b.jpg", "c.jpg", "d.jpg"],
            "label": [0, 1, 2, 0],
            "class_name": ["other", "crater", "dune", "other"],
        }
    )
    none = pd.DataFrame(columns=["image", "problem", "detail"])
    return Catalog(tmp_path, table, none, NAMES, "csv", 4, labelled=(2, 1, 1))


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_both_forms_are_read(tmp_path):
    one = written(tmp_path, "l.csv", "image,class_name\na.jpg,dune\nb.jpg,other\n")
    two = written(tmp_path, "l.txt", "a.jpg 2\nb.jpg 0\n")
    for path in (one, two):
        found = read_labels(path, NAMES)
        assert found["image"].tolist() == ["a.jpg", "b.jpg"]
        assert found["class_name"].tolist() == ["dune", "other"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("l.csv", "image,class_name\na.jpg,duen\n", "'duen' is not a class"),
        ("l.txt", "a.jpg 3\n", "'id 3' is not a class"),
        (
            "l.csv",
            "image,label\na.jpg,1\n",
            "Expected: the columns image,class_name",
        ),
        ("l.csv", "image,class_name\na.jpg,\n", "line 2: An image and a class"),
        ("l.txt", "a.jpg 0\na.jpg 1\n", "a.jpg has two labels"),
    ],
)
def test_bad_files_are_one_line(tmp_path, name, text, told):
    with pytest.raises(InputError, match=told) as caught:
        read_labels(written(tmp_path, name, text), NAMES)
    assert "\n" not in str(caught.value)


def test_given_labels_replace_and_others_stay(catalog):
    labels = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "class_name": ["dune"] * 2})
    found, told = with_labels(catalog, labels)
    assert found.table["class_name"].tolist() == ["dune", "dune", "dune", "other"]
    assert found.table["label"].tolist() == [2, 2, 2, 0]
    assert told.startswith(
        "2 of 4 labels are replaced by the given labels. 2 images have no"
    )
    assert found.fingerprint != catalog.fingerprint


def test_labels_of_other_images_are_refused(catalog):
    labels = pd.DataFrame({"image": ["x.jpg"], "class_name": ["dune"]})
    with pytest.raises(InputError, match="None of the 1 labelled images"):
        with_labels(catalog, labels)


def test_classes_are_left_out_and_the_rest_counted_anew(catalog):
    found = without_classes(catalog, ["other"])
    assert found.class_names == ("crater", "dune")
    assert found.table["image"].tolist() == ["b.jpg", "c.jpg"]
    assert found.table["label"].tolist() == [0, 1]
    assert found.table.index.tolist() == [0, 1]
    assert found.labelled == (1, 1)
    assert replace(found).class_counts == (1, 1)


def test_classes_that_are_not_there_or_too_many_are_refused(catalog):
    with pytest.raises(InputError, match=r"to leave out\. Did you mean 'other'\?"):
        without_classes(catalog, ["othr"])
    with pytest.raises(InputError, match="Only 1 of 3 classes would be left"):
        without_classes(catalog, ["other", "dune"])
