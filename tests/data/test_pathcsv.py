"""A CSV of paths and labels."""

from __future__ import annotations

import os

import pytest
from PIL import Image

from hirise.data import assign_split, read_catalog
from hirise.errors import InputError

HEAD = "path,label\n"
TWO = "cat/1.png,cat\ndog/1.png,dog\n"


@pytest.fixture
def folder(tmp_path):
    for place in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
        path = tmp_path / "pets" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8)).save(path)
    return tmp_path / "pets"


@pytest.fixture
def read(folder):
    """The catalog of a CSV with this text."""

    def read(text, name="labels.csv"):
        (folder / name).write_text(text, "utf-8")
        return read_catalog(folder / name)

    return read


def labels_of(catalog):
    return dict(zip(catalog.table["image"], catalog.table["class_name"], strict=True))


@pytest.mark.parametrize("path", ["image", "path", "file", "filename", "FileName "])
@pytest.mark.parametrize("label", ["label", "class", "class_name", "target", "Label"])
def test_names_of_columns(read, path, label):
    catalog = read(f"\ufeffid,{path},{label}\n1,cat/1.png,cat\n2,dog/1.png,dog\n")
    assert labels_of(catalog) == {"cat/1.png": "cat", "dog/1.png": "dog"}
    assert catalog.layout == "csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(read, delimiter):
    rows = ("path", "label"), ("cat/1.png", "cat"), ("dog/1.png", "dog")
    text = "\r\n".join(delimiter.join(row) for row in rows)
    assert len(read(text).table) == 2


def test_given_as_the_folder_it_is_the_only_csv_with_such_columns(folder, read):
    read(HEAD + TWO)
    (folder / "split.csv").write_text("image,split\ncat/1.png,train\n")
    (folder / "raw.csv").write_bytes(b"\xff\xfe\x00")
    catalog = read_catalog(folder)
    assert (catalog.layout, catalog.root, len(catalog.table)) == ("csv", folder, 2)
    # With two of them the folders speak for themselves; without, one must be named.
    (folder / "more.csv").write_text(HEAD + TWO)
    assert read_catalog(folder).layout == "folder-per-class"
    for place in ("cat", "dog"):
        for image in (folder / place).iterdir():
            image.unlink()
    with pytest.raises(InputError, match=r"several CSV files: labels\.csv, more\.csv"):
        read_catalog(folder)


def test_ids_follow_the_text_and_floats_of_whole_numbers_are_whole(read):
    rows = "cat/1.png,10.0\ncat/2.png,9.0\ndog/1.png,1.0\n"
    assert read(HEAD + rows).class_names == ("1", "10", "9")
    assert read(HEAD + rows.replace("9.0", "9.5")).class_names == ("1.0", "10.0", "9.5")
    odd = read(HEAD + "cat/1.png,None\ncat/2.png,007\ndog/1.png,NA\n")
    assert odd.class_names == ("007", "NA", "None")


def test_a_split_column(read):
    text = "path,label,split\ncat/1.png,cat,Training\ndog/1.png,dog,valid\n"
    catalog = read(text + "dog/2.png,dog,\n")
    assert list(catalog.table["split"]) == ["train", "val", ""]
    with pytest.raises(InputError, match="The CSV has no column split"):
        assign_split(read(HEAD + TWO), "published")


def test_problems_are_rows(read, folder):
    (folder / "dog/2.png").write_bytes(b"")
    catalog = read(
        HEAD
        + TWO
        + "cat/1.png,cat\n./dog//1.png,dog\n"
        + "cat/2.png,cat\ncat/2.png,dog\n"
        + "dog/2.png,dog\ngone.png,dog\ncat,dog\nnew.png,\n"
    )
    assert labels_of(catalog) == {"cat/1.png": "cat", "dog/1.png": "dog"}
    assert [tuple(row) for row in catalog.problems.itertuples(index=False)] == [
        ("cat/1.png", "repeated", "line 2 says cat, line 4 says cat"),
        ("dog/1.png", "repeated", "line 3 says dog, line 5 says dog"),
        ("cat/2.png", "conflicting", "line 6 says cat, line 7 says dog"),
        ("new.png", "unlabelled", "line 11 has no label"),
        ("dog/2.png", "corrupt", "empty file"),
    ]
    assert (catalog.n_labels, catalog.n_absent) == (6, 2)


def test_paths_of_windows_and_absolute_ones_below_the_folder(read, folder):
    catalog = read(f"{HEAD}cat\\1.png,cat\n{folder.resolve()}/dog/1.png,dog\n")
    assert set(catalog.table["image"]) == {"cat/1.png", "dog/1.png"}


@pytest.mark.parametrize(
    "path",
    [
        "../x.png",
        "cat/../../x.png",
        "/etc/x.png",
        "C:\\x.png",
        "..\\x.png",
        ".",
        "a/..",
    ],
)
def test_a_path_that_leaves_the_folder_is_refused(read, path):
    with pytest.raises(InputError, match=r"line 4: The path '.*' is not below .*pets"):
        read(f"{HEAD}{TWO}{path},cat\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: The columns are .* Expected: an image column"),
        (
            "name,label\na,b\n",
            "line 1: The columns are .* Expected: an image column",
        ),
        (HEAD, "holds no label. A dataset needs at least two"),
        (HEAD + "cat/1.png,cat\n", "only the class 'cat'"),
        (
            HEAD + TWO + "cat/2.png,cat,x\n",
            "line 4: There are 3 values where 2 are expected",
        ),
        (HEAD + TWO + f"{'x' * 200_000},cat\n", "line 4: .*field larger"),
        (HEAD + "x.png,a\ny.png,b\n", "None of the 2 images in .* first is x.png"),
        (
            "path,label,split\ncat/1.png,a,tain\n",
            "line 2: The split is 'tain'.*'train'",
        ),
        (
            "path,label,split\ncat/1.png,a,train\ncat/1.png,a,val\ndog/1.png,b,val\n",
            "line 3: 'cat/1.png' is in train and in val",
        ),
        (HEAD + "cat/1.png,a\n\udcff", "not UTF-8"),
    ],
)
def test_an_invalid_file_is_one_clear_line(folder, text, message):
    path = folder / "labels.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=message) as error:
        read_catalog(path)
    assert "\n" not in str(error.value)


@pytest.mark.skipif(os.name == "nt", reason="no line breaks in names there")
def test_names_with_line_breaks_and_names_beyond_all_measure(read, folder):
    (folder / "cat/1.png").rename(folder / "cat/a\nb.png")
    long = f"{'x/' * 3_000}x.png"
    nul = "cat/\0.png"
    catalog = read(f'{HEAD}"cat/a\nb.png",cat\ndog/1.png,dog\n{long},cat\n{nul},cat\n')
    assert list(catalog.table["image"]) == ["cat/a\nb.png", "dog/1.png"]
    assert catalog.n_absent == 2


TWO_LABELS = (
    "image_name,diagnosis,benign_malignant,target\n"
    "cat/1,nevus,benign,0\n"
    "cat/2,unknown,benign,0\n"
    "dog/1,melanoma,malignant,1\n"
    "dog/2,nevus,benign,0\n"
)


def test_labels_that_disagree_name_the_option_that_chooses(read):
    with pytest.raises(InputError) as refused:
        read(TWO_LABELS)
    line = str(refused.value)
    assert "'target' and 'diagnosis' both hold labels" in line
    assert line.endswith("Choose one with `label_column`: 'target' or 'diagnosis'.")


@pytest.mark.parametrize(
    ("column", "names", "labels"),
    [
        ("diagnosis", ("melanoma", "nevus", "unknown"), "nevus unknown melanoma nevus"),
        # Found by no name of its own, and in any letters.
        ("Benign-Malignant", ("benign", "malignant"), "benign benign malignant benign"),
        ("target", ("0", "1"), "0 0 1 0"),
    ],
)
def test_the_column_of_labels_is_chosen(folder, read, column, names, labels):
    with pytest.raises(InputError):
        read(TWO_LABELS)
    catalog = read_catalog(folder, label_column=column)
    assert catalog.class_names == names
    assert " ".join(labels_of(catalog).values()) == labels
    assert catalog.chosen == {"label_column": column}
    (note,) = (n for n in catalog.notes if n.startswith("The labels"))
    assert note.endswith("of labels.csv.")


def test_a_column_that_no_table_has_cannot_be_chosen(folder, read):
    read(HEAD + TWO)
    for path in (folder / "labels.csv", folder):
        with pytest.raises(InputError, match="'path,label', and none is 'stage'"):
            read_catalog(path, label_column="stage")


def test_class_folders_have_no_column_to_choose(folder):
    with pytest.raises(InputError, match="whose labels are in no column 'stage'"):
        read_catalog(folder, label_column="stage")


def test_the_key_of_metadata_is_chosen(folder):
    lines = [
        '{"file_name": "cat/1.png", "label": 0, "fur": "long"}',
        '{"file_name": "dog/1.png", "label": 0, "fur": "short"}',
    ]
    (folder / "metadata.jsonl").write_text("\n".join(lines))
    catalog = read_catalog(folder, label_column="fur")
    assert labels_of(catalog) == {"cat/1.png": "long", "dog/1.png": "short"}
