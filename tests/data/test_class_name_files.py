"""Labels that are ids, beside a file of their names."""

from __future__ import annotations

import pytest
from image_folders import make_folder

from hirise.data import read_catalog
from hirise.errors import InputError

IMAGES = ("images/a.png", "images/b.png", "images/c.png")
LABELS = "filename,label\na.png,2\nb.png,0\nc.png,2\n"


def make(tmp_path, **files):
    texts = {name.replace("__", "."): text for name, text in files.items()}
    return make_folder(tmp_path / "d", IMAGES, {"labels.csv": LABELS, **texts})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes__txt", "cat\ndog\nbird\n"),
        ("class_names__txt", "0 cat\n1 dog\n2 bird\n"),
        ("labels__txt", "0: cat\n2: bird\n1: dog\n"),
        ("label_num_to_disease_map__json", '{"0": "cat", "1": "dog", "2": "bird"}'),
        ("class_indices__json", '{"bird": 2, "cat": 0, "dog": 1}'),
        ("classes__json", '["cat", "dog", "bird"]'),
        ("class_map__csv", "id,name\n0,cat\n1,dog\n2,bird\n"),
        ("categories__csv", "name,id\ncat,0\ndog,1\nbird,2\n"),
    ],
)
def test_names_stand_for_ids_in_the_order_of_the_ids(tmp_path, name, text):
    catalog = read_catalog(make(tmp_path, **{name: text}))
    assert catalog.class_names == ("cat", "dog", "bird")
    assert list(catalog.table["class_name"]) == ["bird", "cat", "bird"]
    assert catalog.problems[["image", "problem"]].to_numpy().tolist() == [
        ["dog", "empty"]
    ]
    assert any("ids, whose names are those in" in note for note in catalog.notes)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes__txt", "cat\ndog\n"),  # none for 2
        ("classes__txt", "cat\ndog\ndog\n"),
        ("classes__json", '{"0": ["cat"], "2": 1}'),
        ("classes__json", "{"),
        ("notes__txt", "cat\ndog\nbird\n"),
        ("classes__csv", "a.png,2\nb.png,0\nc.png,1\n"),
    ],
)
def test_other_files_leave_the_ids(tmp_path, name, text):
    assert read_catalog(make(tmp_path, **{name: text})).class_names == ("0", "2")


def test_a_mere_list_does_not_name_ids_that_may_count_from_1(tmp_path):
    root = make(tmp_path, classes__txt="cat\ndog\nbird\n")
    (root / "labels.csv").write_text("filename,label\na.png,2\nb.png,1\nc.png,2\n")
    assert read_catalog(root).class_names == ("1", "2")


def test_two_files_that_disagree_are_refused(tmp_path):
    root = make(tmp_path, classes__txt="a\nb\nc\n", labels__txt="c\nb\na\n")
    with pytest.raises(
        InputError, match=r"classes\.txt and labels\.txt give the class"
    ):
        read_catalog(root)
