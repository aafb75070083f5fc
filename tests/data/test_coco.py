"""COCO annotations as classes."""

from __future__ import annotations

import json

import pytest
from image_folders import make_folder

from hirise.data import read_catalog
from hirise.errors import InputError

CATEGORIES = ({"id": 3, "name": "dog"}, {"id": 1, "name": "cat"})


def coco(of_image, categories=CATEGORIES):
    """Annotations of a mapping from image to the ids of its categories."""
    images = [{"id": n, "file_name": name} for n, name in enumerate(of_image)]
    pairs = [(n, c) for n, ids in enumerate(of_image.values()) for c in ids]
    annotations = [
        {"id": number, "image_id": image, "category_id": category, "bbox": [0, 0, 1, 1]}
        for number, (image, category) in enumerate(pairs)
    ]
    document = {"images": images, "annotations": annotations}
    return json.dumps(document | {"categories": list(categories)})


def labels_of(catalog):
    return dict(zip(catalog.table["image"], catalog.table["class_name"], strict=True))


def test_one_category_per_image_is_its_class(tmp_path):
    text = coco({"a.png": [3], "b.png": [1, 1], "c.png": []})
    images = ("images/a.png", "images/b.png", "images/c.png")
    root = make_folder(tmp_path, images, {"annotations.json": text})
    for place in (root, root / "annotations.json"):
        catalog = read_catalog(place)
        assert catalog.layout == "coco"
        assert catalog.class_names == ("cat", "dog")
        assert labels_of(catalog) == {"images/a.png": "dog", "images/b.png": "cat"}
        assert catalog.problems.to_numpy().tolist() == [
            ["images/c.png", "unlabelled", "has no category"]
        ]


def test_several_categories_of_an_image_are_no_classification(tmp_path):
    text = coco({"a.png": [3], "b.png": [1, 3]})
    root = make_folder(tmp_path, ("a.png", "b.png"), {"annotations.json": text})
    message = (
        r"not a classification: 1 of 2 images have .* such as b\.png with cat and dog"
    )
    with pytest.raises(InputError, match=message) as error:
        read_catalog(root)
    assert "\n" not in str(error.value)


def test_splits_of_coco_and_of_roboflow(tmp_path):
    coco_root = make_folder(
        tmp_path / "coco",
        ("train2017/1.png", "val2017/1.png", "val2017/2.png"),
        {
            "annotations/instances_train2017.json": coco({"1.png": [3]}),
            "annotations/instances_val2017.json": coco({"1.png": [1], "2.png": [3]}),
        },
    )
    catalog = read_catalog(coco_root)
    assert labels_of(catalog) == {
        "train2017/1.png": "dog",
        "val2017/1.png": "cat",
        "val2017/2.png": "dog",
    }
    assert list(catalog.table["split"]) == ["train", "val", "val"]
    group = {"id": 0, "name": "animals", "supercategory": "none"}
    categories = [group, *(c | {"supercategory": "animals"} for c in CATEGORIES)]
    roboflow = make_folder(
        tmp_path / "roboflow",
        ("train/1.png", "valid/1.png"),
        {
            "train/_annotations.coco.json": coco({"1.png": [3]}, categories),
            "valid/_annotations.coco.json": coco({"1.png": [1]}, categories),
        },
    )
    catalog = read_catalog(roboflow)
    assert catalog.class_names == ("cat", "dog")
    assert labels_of(catalog) == {"train/1.png": "dog", "valid/1.png": "cat"}
    assert catalog.split_names == {"train": "train", "valid": "val"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (coco({"../a.png": [3]}), "image 0: The path .* is not below"),
        (coco({"/etc/a.png": [3]}), "image 0: The path .* is not below"),
        (coco({"a.png": [9]}), "names category 9, which is absent"),
        (
            coco({"a.png": [3]}, [*CATEGORIES, {"id": 4, "name": "cat"}]),
            "the same name",
        ),
        (
            coco({"a.png": [3]}, [*CATEGORIES, {"id": 4, "name": " "}]),
            "category has no name",
        ),
        (
            coco({"a.png": [3], "b.png": [1]}).replace(
                '"id": 1, "file', '"id": 0, "file'
            ),
            "Two images have the same id",
        ),
        ('{"images": 1, "annotations": [], "categories": []}', "not a file of COCO"),
        (coco({"a.png": []}, CATEGORIES[:1]), "only the class 'dog'"),
    ],
)
def test_an_invalid_file_is_one_clear_line(tmp_path, text, message):
    root = make_folder(tmp_path, ("a.png", "b.png"), {"annotations.json": text})
    with pytest.raises(InputError, match=message) as error:
        read_catalog(root)
    assert "\n" not in str(error.value)


def test_another_json_file_is_passed_over_unless_it_is_named(tmp_path):
    root = make_folder(
        tmp_path, ("cat/a.png", "dog/b.png"), {"annotations.json": '{"a": 1}'}
    )
    assert read_catalog(root).layout == "folder-per-class"
    with pytest.raises(InputError, match="not a file of COCO annotations"):
        read_catalog(root / "annotations.json")
