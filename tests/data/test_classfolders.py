"""A folder per class, as Keras reads it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hirise.data import assign_split, load_images, read_catalog
from hirise.errors import InputError


@pytest.fixture
def make_folders(tmp_path):
    """A folder with an image at each of the given paths; the suffix is the format."""

    def make(*places: str, name="pets"):
        root = tmp_path / name
        for number, place in enumerate(places):
            path = root / place
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8), (number, 90, 200)).save(path)
        return root

    return make


def problems_of(catalog):
    return [tuple(row) for row in catalog.problems.itertuples(index=False)]


def test_classes_are_the_folders_sorted_as_text(make_folders):
    root = make_folders(
        "9/a.jpg", "10/a.jpg", "100/a.jpg", "Z/a.png", "a/deep/er/b.png"
    )
    catalog = read_catalog(root)
    assert catalog.layout == "folder-per-class"
    assert catalog.class_names == ("10", "100", "9", "Z", "a")
    assert list(catalog.table["image"]) == [
        "10/a.jpg",
        "100/a.jpg",
        "9/a.jpg",
        "Z/a.png",
        "a/deep/er/b.png",
    ]
    assert list(catalog.table["path"]) == list(catalog.table["image"])
    assert list(catalog.table["label"]) == [0, 1, 2, 3, 4]
    assert list(catalog.table["class_name"]) == ["10", "100", "9", "Z", "a"]
    assert set(catalog.table["landmark"]) == {""}
    assert (catalog.n_labels, catalog.n_absent) == (5, 0)


def test_keras_has_the_same_ids(make_folders):
    """Its rule, as its source has it: sorted names of the subfolders."""
    root = make_folders("dog/1.jpg", "Cat/1.jpg", "cat/1.jpg", "élan/1.jpg")
    names = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
    assert read_catalog(root).class_names == tuple(names)


def test_train_val_and_test_above(make_folders):
    root = make_folders(
        "Train/cat/1.jpg",
        "Train/dog/1.jpg",
        "valid/cat/1.jpg",
        "test/dog/1.jpg",
        "extra/fox/1.jpg",
        "test/loose.jpg",
    )
    (root / "docs").mkdir()
    catalog = read_catalog(root)
    assert dict(zip(catalog.table["image"], catalog.table["split"], strict=True)) == {
        "Train/cat/1.jpg": "train",
        "Train/dog/1.jpg": "train",
        "valid/cat/1.jpg": "val",
        "test/dog/1.jpg": "test",
    }
    assert catalog.class_names == ("cat", "dog")
    assert problems_of(catalog) == [
        ("extra", "unlabelled", "a folder of images beside Train"),
        ("test/loose.jpg", "unlabelled", "not in a class folder"),
    ]
    published = assign_split(catalog, "published")
    assert "No image of 'dog' in val (2 in all)." in published.notes


def test_without_split_folders_no_split_is_published_and_others_are_named(make_folders):
    catalog = read_catalog(make_folders(*(f"{c}/{n}.jpg" for c in "ab" for n in "123")))
    with pytest.raises(InputError, match=r"no train, val .* Possible here: random\."):
        assign_split(catalog, "published")
    with pytest.raises(InputError, match="The file names do not tell the observation"):
        assign_split(catalog, "observation")
    # No names to group by: three sides, not one giant group on one of them.
    assert set(assign_split(catalog, "random").split) == {"train", "val", "test"}


def test_a_class_named_test_is_a_class_beside_others(make_folders):
    catalog = read_catalog(make_folders("test/1.jpg", "control/1.jpg"))
    assert catalog.class_names == ("control", "test")
    assert set(catalog.table["split"]) == {""}
    assert catalog.notes == ("The folder test is read as a class, not as a split.",)


def test_images_in_split_folders_without_classes_are_refused(make_folders):
    root = make_folders("test/1.jpg", "train/1.jpg")
    (root / "annotations").mkdir()
    with pytest.raises(InputError, match="lie in test and train without a folder per"):
        read_catalog(root)


def test_an_unzipped_folder_in_its_own_folder(make_folders):
    root = make_folders("inner/cat/1.jpg", "inner/dog/1.jpg")
    assert read_catalog(root).root == root / "inner"
    twice = make_folders("a/b/cat/1.jpg", "a/b/dog/1.jpg", name="twice")
    assert read_catalog(twice).root == twice / "a" / "b"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("TRAIN", "train"),
        ("training", "train"),
        ("train_images", "train"),
        ("Training_set", "train"),
        ("train2017", "train"),
        ("test1", "test"),
        ("validation", "val"),
        ("dev", "val"),
        ("Val", "val"),
        ("testing", "test"),
        ("eval", "test"),
        ("evaluation", "test"),
    ],
)
def test_usual_names_of_splits(make_folders, name, split):
    catalog = read_catalog(make_folders(f"{name}/cat/1.jpg", f"{name}/dog/1.jpg"))
    assert set(catalog.table["split"]) == {split}
    assert catalog.split_names == {name: split}
    assert catalog.class_names == ("cat", "dog")


def test_splits_below_images_beside_a_folder_without_images(make_folders):
    root = make_folders("images/train/cat/1.jpg", "images/dev/dog/1.jpg")
    (root / "labels" / "train").mkdir(parents=True)
    catalog = read_catalog(root)
    assert catalog.root == root / "images"
    assert list(catalog.table["split"]) == ["val", "train"]


def test_a_class_with_a_folder_train_is_no_dataset_folder(make_folders):
    root = make_folders("cat/train/deep/1.jpg", "dog/1.jpg")
    catalog = read_catalog(root)
    assert (catalog.class_names, set(catalog.table["split"])) == (("cat", "dog"), {""})


def test_splits_whose_names_begin_alike_and_repeat_inside(make_folders):
    root = make_folders(
        "seg_train/seg_train/sea/1.jpg",
        "seg_train/seg_train/wood/1.jpg",
        "seg_test/seg_test/sea/1.jpg",
        "seg_pred/seg_pred/1.jpg",
    )
    catalog = read_catalog(root)
    assert catalog.class_names == ("sea", "wood")
    assert catalog.split_names == {"seg_test": "test", "seg_train": "train"}
    assert dict(zip(catalog.table["image"], catalog.table["split"], strict=True)) == {
        "seg_test/seg_test/sea/1.jpg": "test",
        "seg_train/seg_train/sea/1.jpg": "train",
        "seg_train/seg_train/wood/1.jpg": "train",
    }
    assert problems_of(catalog) == [
        ("seg_pred", "unlabelled", "a folder of images beside seg_test")
    ]


def test_a_class_whose_name_ends_in_train_is_a_class(make_folders):
    root = make_folders("bullet train/east/1.jpg", "car/1.jpg")
    assert read_catalog(root).class_names == ("bullet train", "car")


def test_splits_in_every_class(make_folders):
    root = make_folders("cat/train/1.jpg", "cat/test/2.jpg", "dog/train/1.jpg")
    catalog = read_catalog(root)
    assert catalog.class_names == ("cat", "dog")
    assert dict(zip(catalog.table["image"], catalog.table["split"], strict=True)) == {
        "cat/test/2.jpg": "test",
        "cat/train/1.jpg": "train",
        "dog/train/1.jpg": "train",
    }


def test_class_names_that_differ_only_in_capital_letters_are_told(make_folders):
    catalog = read_catalog(make_folders("train/Cat/1.jpg", "val/cat/1.jpg"))
    assert catalog.class_names == ("Cat", "cat")
    assert catalog.notes[0].startswith("Cat and cat are different classes")


def test_empty_classes_and_what_systems_leave_behind(make_folders):
    root = make_folders("cat/1.jpg", "dog/1.jpg")
    for place in ("dog/Thumbs.db", "dog/.DS_Store", "dog/._1.jpg", "dog/.hidden/x.jpg"):
        (root / place).parent.mkdir(exist_ok=True)
        (root / place).write_bytes(b"x")
    (root / "fox").mkdir()
    (root / "fox" / "Thumbs.db").write_bytes(b"x")
    (root / ".git").mkdir()
    (root / "__MACOSX" / "cat").mkdir(parents=True)
    shutil.copy(root / "cat/1.jpg", root / "__MACOSX/cat/1.jpg")
    catalog = read_catalog(root)
    assert catalog.class_names == ("cat", "dog", "fox")
    assert catalog.class_counts == catalog.labelled == (1, 1, 0)
    ((folder, problem, detail),) = problems_of(catalog)
    assert (folder, problem) == ("fox", "empty")
    assert "PNG, JPEG, TIFF, BMP, WebP, AVIF, GIF or PPM" in detail


@pytest.mark.skipif(os.name == "nt", reason="links, pipes and such names are POSIX")
def test_hostile_names_and_files(make_folders):
    root = make_folders("cat/1.jpg", "cat/two\nlines.jpg", f"dog/{'x' * 251}.jpg")
    os.mkfifo(root / "dog" / "pipe.jpg")
    (root / "dog" / "gone.jpg").symlink_to("nowhere.jpg")
    (root / "dog" / "page.jpg").write_text("<html>")
    try:
        (root / "cat" / os.fsdecode(b"\xff.jpg")).write_bytes(b"x")
        (root / os.fsdecode(b"\xfe")).mkdir()
    except OSError:
        pytest.skip("this file system refuses names that are no text")
    catalog = read_catalog(root)
    assert list(catalog.table["image"]) == [
        "cat/1.jpg",
        "cat/two\nlines.jpg",
        f"dog/{'x' * 251}.jpg",
    ]
    assert problems_of(catalog) == [
        ("cat/\\udcff.jpg", "unreadable", "its name is not text"),
        ("\\udcfe", "unreadable", "its name is not text"),
        ("dog/gone.jpg", "corrupt", "No such file or directory"),
        ("dog/page.jpg", "corrupt", "not an image"),
        ("dog/pipe.jpg", "corrupt", "not a file"),
    ]
    assert load_images(catalog, size=8).kept.all()


@pytest.mark.skipif(os.name == "nt", reason="links, pipes and such names are POSIX")
def test_links_are_followed_but_never_round_in_circles(make_folders, tmp_path):
    root = make_folders("cat/1.jpg", "dog/1.jpg")
    elsewhere = make_folders("fox/1.jpg", name="elsewhere")
    (root / "fox").symlink_to(elsewhere / "fox")
    (root / "cat" / "2.jpg").symlink_to(elsewhere / "fox" / "1.jpg")
    (root / "all").symlink_to("/")
    (root / "dog" / "round").symlink_to(root)
    catalog = read_catalog(root)
    assert list(catalog.table["image"]) == [
        "cat/1.jpg",
        "cat/2.jpg",
        "dog/1.jpg",
        "fox/1.jpg",
    ]
    assert problems_of(catalog) == [
        ("all", "unreadable", "a link that leads back above itself")
    ]


def test_folders_that_cannot_be_read(make_folders, monkeypatch):
    root = make_folders("cat/1.jpg", "dog/1.jpg", "fox/1.jpg")
    scandir = os.scandir
    closed = [root / "fox"]

    def refusing(folder="."):
        if not isinstance(folder, int) and Path(folder) in closed:
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    monkeypatch.setattr(
        os, "listdir", lambda folder: [e.name for e in refusing(folder)]
    )
    catalog = read_catalog(root)
    assert problems_of(catalog) == [("fox", "unreadable", "Permission denied")]
    assert catalog.class_counts == (1, 1, 0)
    closed.append(root)
    with pytest.raises(
        InputError, match=r"cannot be read \(Permission denied\)\. Change"
    ):
        read_catalog(root)


def test_every_format_becomes_three_channels_where_one_has_colour(make_folders):
    suffixes = (
        "avif",
        "bmp",
        "gif",
        "jpeg",
        "jpg",
        "png",
        "ppm",
        "tif",
        "TIFF",
        "webp",
    )
    root = make_folders("b/1.png", *(f"a/1.{suffix}" for suffix in suffixes))
    Image.new("RGBA", (8, 8), (255, 255, 255, 128)).save(root / "b/2.png")
    Image.new("P", (8, 8)).save(root / "b/3.png")
    sixteen = np.full((8, 8), 65_535, dtype=np.uint16)
    Image.fromarray(sixteen).save(root / "b/4.tif")
    decoded = load_images(read_catalog(root), size=8)
    assert decoded.pixels.shape == (14, 8, 8, 3)
    assert decoded.kept.all()
    assert decoded.pixels[-1].min() == 255


def test_huge_images_are_left_out(make_folders, monkeypatch):
    root = make_folders("cat/1.png", "dog/1.png")
    Image.new("L", (60, 60)).save(root / "cat/2.png")
    with (root / "dog/2.bmp").open("wb") as file:
        file.truncate(2_000_000_000)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2_000)
    assert problems_of(read_catalog(root)) == [
        ("cat/2.png", "corrupt", "too many pixels (over 2,000)"),
        ("dog/2.bmp", "corrupt", "too large (over 1,000,000,000 bytes)"),
    ]


def test_one_class_or_none_is_refused(make_folders, tmp_path):
    with pytest.raises(InputError, match="one class only, 'cat'"):
        read_catalog(make_folders("cat/1.jpg", name="one"))
    (tmp_path / "one" / "docs").mkdir()
    with pytest.raises(InputError, match="one class only, 'cat'"):
        read_catalog(tmp_path / "one")
    loose = make_folders("1.jpg", name="loose")
    with pytest.raises(InputError, match="holds no dataset"):
        read_catalog(loose)
    (tmp_path / "no-images" / "cat").mkdir(parents=True)
    with pytest.raises(InputError, match="a folder of images per class"):
        read_catalog(tmp_path / "no-images")
