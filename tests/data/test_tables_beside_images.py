"""CSV files as competitions have them: ids, folders of images, columns of 0 and 1."""

from __future__ import annotations

import pytest
from image_folders import make_folder

from hirise.data import read_catalog
from hirise.errors import InputError

TWO = ("train/0001.png", "train/0002.png")
IDS = "id_code,diagnosis\n0001,2\n0002,0\n"


@pytest.fixture
def make(tmp_path):
    def make(images, **texts):
        named = {f"{name}.csv": text for name, text in texts.items()}
        return make_folder(tmp_path / "data", images, named)

    return make


def labels_of(catalog):
    return dict(zip(catalog.table["image"], catalog.table["class_name"], strict=True))


@pytest.mark.parametrize("folder", ["train", "train_images", "images", "a/b"])
def test_ids_without_ending_are_found_in_the_folder_of_images(make, folder):
    root = make([f"{folder}/0001.png", f"{folder}/0002.jpeg"], train=IDS)
    catalog = read_catalog(root)
    assert labels_of(catalog) == {
        f"{folder}/0001.png": "2",
        f"{folder}/0002.jpeg": "0",
    }
    assert catalog.layout == "csv"
    assert catalog.split_names == {"train": "train"}
    assert set(catalog.table["split"]) == {"train"}
    assert catalog.notes == (f"2 images were found by their names, in {folder}.",)


def test_the_images_to_be_predicted_are_unlabelled_and_no_submission_is_read(make):
    root = make(
        [*TWO, "test/0001.png", "test/0009.png"],
        train=IDS,
        test="id_code\n0001\n0009\n",
        sample_submission="id_code,diagnosis\n0001,0\n0009,0\n",
    )
    catalog = read_catalog(root)
    assert labels_of(catalog) == {"train/0001.png": "2", "train/0002.png": "0"}
    assert catalog.problem_counts == {"unlabelled": 2}
    assert list(catalog.problems["image"]) == ["test/0001.png", "test/0009.png"]


def test_an_id_of_train_is_not_the_image_of_that_name_in_test(make):
    text = "id_code,diagnosis\n0001,2\n0002,0\n0003,1\n"
    root = make([*TWO, "test/0003.png"], train=text)
    catalog = read_catalog(root)
    assert labels_of(catalog) == {"train/0001.png": "2", "train/0002.png": "0"}
    assert catalog.n_absent == 1
    # Nor is it where the images of train lie in a folder of another name.
    (root / "train").rename(root / "pictures")
    assert set(labels_of(read_catalog(root))) == {
        "pictures/0001.png",
        "pictures/0002.png",
    }


def test_val_may_name_images_of_the_folder_train_if_there_is_no_other(make):
    rows = "id_code,diagnosis\n0002,0\n"
    root = make(TWO, train="id_code,diagnosis\n0001,2\n", val=rows)
    table = read_catalog(root).table
    assert table[["image", "split"]].to_numpy().tolist() == [
        ["train/0001.png", "train"],
        ["train/0002.png", "val"],
    ]


def test_a_file_per_split(make):
    root = make(
        [*TWO, "val/0001.png"],
        train=IDS,
        valid="id_code,diagnosis\n0001,1\n",
        stats="image,class\nx.png,9\n",
    )
    catalog = read_catalog(root)
    assert labels_of(catalog) == {
        "train/0001.png": "2",
        "train/0002.png": "0",
        "val/0001.png": "1",
    }
    assert list(catalog.table["split"]) == ["train", "train", "val"]
    assert catalog.split_names == {"train": "train", "valid": "val"}
    assert "stats.csv is not read." in catalog.notes


def test_names_in_the_only_folder_of_images(make):
    text = "filename,label\na.png,cat\nb.png,dog\n"
    root = make(["pictures/a.png", "pictures/b.png"], labels=text)
    for place in (root, root / "labels.csv"):
        assert labels_of(read_catalog(place)) == {
            "pictures/a.png": "cat",
            "pictures/b.png": "dog",
        }


def test_names_in_several_folders_are_found_where_they_are_unique(make):
    text = "image_id,dx\na,nv\nb,mel\nc,nv\n"
    root = make(["part_1/a.jpg", "part_2/b.jpg", "part_1/c.jpg"], metadata=text)
    catalog = read_catalog(root)
    assert labels_of(catalog) == {
        "part_1/a.jpg": "nv",
        "part_1/c.jpg": "nv",
        "part_2/b.jpg": "mel",
    }
    assert "in part_1 and 1 more folders." in catalog.notes[0]


def test_a_name_that_fits_several_files_is_left_out_and_told(make):
    text = "image,label\na.png,cat\nb.png,dog\nc.png,dog\n"
    root = make(["x/a.png", "x/b.png", "x/c.png", "y/c.png"], labels=text)
    catalog = read_catalog(root)
    assert set(labels_of(catalog)) == {"x/a.png", "x/b.png"}
    (told,) = catalog.problems[catalog.problems["problem"] == "ambiguous"].to_dict(
        "records"
    )
    assert told["detail"] == "line 4 may mean x/c.png or y/c.png"
    both = make(["y/a.png", "y/b.png"])
    with pytest.raises(
        InputError, match=r"labels\.csv each fit several files\. a\.png"
    ):
        read_catalog(both)


@pytest.mark.parametrize("one", ["1", "1.0", "True"])
def test_columns_of_0_and_1(make, one):
    zero = {"1": "0", "1.0": "0.0", "True": "False"}[one]
    rows = f"0001,{zero},{one}\n0002,{one},{zero}\n"
    catalog = read_catalog(make(TWO, train=f"image_id,rust,healthy\n{rows}"))
    assert catalog.class_names == ("rust", "healthy")
    assert list(catalog.table["class_name"]) == ["healthy", "rust"]


def test_two_columns_of_labels_that_say_the_same_are_told(make):
    text = "image,label,class_name\n0001.png,7,cat\n0002.png,3,dog\n"
    catalog = read_catalog(make(TWO, train=text))
    assert catalog.class_names == ("cat", "dog")
    assert (
        "The labels are the column 'class_name'. The same labels are in 'label'."
        in catalog.notes
    )


def test_a_second_column_of_labels_may_have_gaps(make):
    text = "image,label,class_name\n0001.png,7,cat\n0002.png,,dog\n"
    assert read_catalog(make(TWO, train=text)).class_names == ("cat", "dog")


def test_two_columns_of_labels_that_disagree_are_refused(make):
    text = "image,label,target\n0001.png,cat,1\n0002.png,dog,1\n"
    with pytest.raises(InputError, match=r"line 3: The columns 'label' and 'target'"):
        read_catalog(make(TWO, train=text))
    twice = text.replace("target", "label")
    with pytest.raises(InputError, match=r"line 3: The columns 'label' and 'label'"):
        read_catalog(make(TWO, train=twice))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("image,labels\n0001.png,scab\n0002.png,rust\na.png,scab rust\n", "line 4"),
        ("image,labels\na.png,a|b\n0001.png,a\n0002.png,b\n", "line 2"),
        ("image,cat,dog\n0001.png,0,1\n0002.png,1,1\n", "line 3"),
    ],
)
def test_several_labels_per_image_are_refused(make, text, where):
    message = rf"{where}: This is a multi-label dataset: .* and "
    with pytest.raises(InputError, match=message):
        read_catalog(make(TWO, train=text))


def test_a_class_of_several_words_is_no_multi_label(make):
    text = "image,label\n0001.png,dark dune\n0002.png,dune\n"
    assert read_catalog(make(TWO, train=text)).class_names == ("dark dune", "dune")


def test_the_only_other_column_holds_the_labels_if_they_repeat(make):
    images = [f"train/{number}.png" for number in range(4)]
    rows = "0.png,whale\n1.png,seal\n2.png,seal\n3.png,whale\n"
    catalog = read_catalog(make(images, train=f"Image,Id\n{rows}"))
    assert catalog.class_names == ("seal", "whale")
    assert "The labels are the column 'Id' of train.csv." in catalog.notes
    ages = "0.png,31\n1.png,40\n2.png,57\n3.png,31\n"
    with pytest.raises(InputError, match="'years' has 3 different values in 4 rows"):
        read_catalog(make(images, train=f"Image,years\n{ages}"))


def test_a_csv_that_names_none_of_the_images_gives_way_to_class_folders(make):
    text = "path,label\nold/1.png,cat\nold/2.png,dog\nold/3.png,dog\n"
    root = make(["cat/1.png", "dog/1.png"], labels=text)
    catalog = read_catalog(root)
    assert catalog.layout == "folder-per-class"
    assert catalog.notes == ("labels.csv names none of the images and is not read.",)


def test_a_csv_of_class_ids_and_their_names_is_no_table_of_images(make):
    text = "id,class\n0,cat\n1,dog\n2,fox\n"
    root = make(["cat/1.png", "dog/2.png"], classes=text)
    assert labels_of(read_catalog(root)) == {"cat/1.png": "cat", "dog/2.png": "dog"}


def test_an_unzipped_folder_in_its_own_folder(make):
    root = make(TWO, train=IDS)
    (root / "train.csv").unlink()
    inner = make_folder(root / "archive", TWO, {"train.csv": IDS})
    for place in TWO:
        (root / place).unlink()
    (root / "train").rmdir()
    assert read_catalog(root).root == inner


@pytest.mark.parametrize("name", ["../0001", "/etc/0001", "train/../../0001"])
def test_a_name_that_leaves_the_folder_is_refused(make, name):
    text = f"id_code,diagnosis\n{name},2\n0002,0\n"
    with pytest.raises(InputError, match=r"line 2: The path .* is not below"):
        read_catalog(make(TWO, train=text))


def test_folders_named_as_splits_in_the_paths(make):
    text = "path,label\ntrain/0001.png,cat\ntest/0001.png,dog\nextra/1.png,dog\n"
    root = make([*TWO, "test/0001.png", "extra/1.png"], labels=text)
    catalog = read_catalog(root)
    assert dict(zip(catalog.table["image"], catalog.table["split"], strict=True)) == {
        "extra/1.png": "",
        "test/0001.png": "test",
        "train/0001.png": "train",
    }


def test_a_csv_that_could_not_be_read_is_named(make):
    root = make(["0001.png"], train="a,b\n1,2\n")
    with pytest.raises(
        InputError, match=r"No images and labels were found in train\.csv"
    ):
        read_catalog(root)
