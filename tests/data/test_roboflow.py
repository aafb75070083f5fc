"""Classifications exported by Roboflow."""

from __future__ import annotations

import pytest
from image_folders import make_folder

from hirise.data import read_catalog
from hirise.errors import InputError

HEAD = "filename, rust, healthy, leaf spot\n"


@pytest.fixture
def root(tmp_path):
    return make_folder(
        tmp_path / "leaves",
        ("train/a_jpg.rf.01.jpg", "train/b_jpg.rf.02.jpg", "valid/c_jpg.rf.03.jpg"),
        {
            "train/_classes.csv": f"{HEAD}a_jpg.rf.01.jpg, 0, 1, 0\n"
            "b_jpg.rf.02.jpg, 1, 0, 0\n",
            "valid/_classes.csv": f"{HEAD}c_jpg.rf.03.jpg, 0, 1, 0\n",
            "README.roboflow.txt": "leaves",
        },
    )


def test_all_splits_with_the_classes_in_the_order_of_their_columns(root):
    catalog = read_catalog(root)
    assert catalog.layout == "roboflow"
    assert catalog.class_names == ("rust", "healthy", "leaf spot")
    assert catalog.table[["path", "label", "split"]].to_numpy().tolist() == [
        ["train/a_jpg.rf.01.jpg", 1, "train"],
        ["train/b_jpg.rf.02.jpg", 0, "train"],
        ["valid/c_jpg.rf.03.jpg", 1, "val"],
    ]
    assert catalog.split_names == {"train": "train", "valid": "val"}
    assert catalog.problems.to_numpy().tolist() == [
        ["leaf spot", "empty", "a class without images"]
    ]


def test_one_split_by_itself(root):
    catalog = read_catalog(root / "valid")
    assert (catalog.layout, list(catalog.table["image"])) == (
        "roboflow",
        ["c_jpg.rf.03.jpg"],
    )
    assert catalog.class_counts == (0, 1, 0)


def test_an_unzipped_folder_in_its_own_folder(root):
    assert read_catalog(root.parent).root == root


def test_images_without_a_class_absent_and_unnamed_ones_are_told(root):
    table = root / "train" / "_classes.csv"
    table.write_text(f"{HEAD}a_jpg.rf.01.jpg, 0, 0, 0\ngone.jpg, 1, 0, 0\n")
    catalog = read_catalog(root)
    assert catalog.problem_counts == {"unlabelled": 2, "empty": 1, "absent": 1}
    assert catalog.problems.to_numpy().tolist()[:2] == [
        ["train/a_jpg.rf.01.jpg", "unlabelled", "line 2 has no label"],
        [
            "train/b_jpg.rf.02.jpg",
            "unlabelled",
            "not in train/_classes.csv or valid/_classes.csv",
        ],
    ]


def test_classes_may_be_named_as_columns_are(tmp_path):
    text = "filename, text, label, image\na.jpg, 1, 0, 0\nb.jpg, 0, 0, 1\n"
    root = make_folder(tmp_path, ("a.jpg", "b.jpg"), {"_classes.csv": text})
    catalog = read_catalog(root)
    assert catalog.class_names == ("text", "label", "image")
    assert list(catalog.table["class_name"]) == ["text", "image"]


def test_images_of_another_folder_are_not_those_of_a_split(root):
    (root / "train" / "b_jpg.rf.02.jpg").rename(root / "b_jpg.rf.02.jpg")
    catalog = read_catalog(root)
    assert list(catalog.table["image"]) == [
        "train/a_jpg.rf.01.jpg",
        "valid/c_jpg.rf.03.jpg",
    ]
    assert catalog.problem_counts == {"unlabelled": 1, "empty": 1, "absent": 1}


def test_several_classes_of_an_image_are_refused(root):
    table = root / "valid" / "_classes.csv"
    table.write_text(f"{HEAD}c_jpg.rf.03.jpg, 1, 1, 0\n")
    message = (
        r"_classes\.csv, line 2: This is a multi-label dataset: .* rust and healthy"
    )
    with pytest.raises(InputError, match=message):
        read_catalog(root)


def test_values_other_than_0_and_1_are_refused(root):
    rows = "a_jpg.rf.01.jpg, 0, 1, 0\n" * 30 + "b_jpg.rf.02.jpg, 0.5, 0, 0\n"
    (root / "train" / "_classes.csv").write_text(HEAD + rows)
    with pytest.raises(InputError, match=r"line 32: The column 'rust' holds '0\.5'"):
        read_catalog(root)


def test_a_class_without_a_name_is_refused(root):
    (root / "train" / "_classes.csv").write_text("filename, rust, \na.jpg, 1, 0\n")
    with pytest.raises(InputError, match="line 1: A column of 0 and 1 has no name"):
        read_catalog(root)


def test_classes_of_pixels_are_no_labels_of_images(tmp_path):
    text = "Pixel Value, Class\n0, background\n1, leaf\n"
    root = make_folder(
        tmp_path, ("train/cat/1.png", "train/dog/1.png"), {"train/_classes.csv": text}
    )
    assert read_catalog(root).layout == "folder-per-class"


def test_a_path_out_of_the_folder_is_refused(root):
    (root / "train" / "_classes.csv").write_text(f"{HEAD}../valid/c.jpg, 1, 0, 0\n")
    with pytest.raises(InputError, match=r"The path '\.\./valid/c\.jpg' is not below"):
        read_catalog(root)
