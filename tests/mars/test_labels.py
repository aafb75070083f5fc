from __future__ import annotations

import pytest

from hirise.errors import InputError
from hirise.mars.labels import (
    find_class_map,
    find_label_file,
    find_split_file,
    read_class_map,
    read_label_file,
    read_release_split,
)


@pytest.fixture
def write(tmp_path):
    def write(content, name="file.txt"):
        path = tmp_path / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return path

    return write


def test_label_lines_with_their_numbers(write):
    table = read_label_file(write("\ufeffa.jpg 0\r\n\r\n  b c.jpg\t7 \r\n"))
    assert table.to_dict("list") == {
        "image": ["a.jpg", "b c.jpg"],
        "label": [0, 7],
        "line": [1, 3],
    }
    assert table["label"].dtype == "int64"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a.jpg 0\nb.jpg\n", r"line 2: The line is 'b\.jpg'"),
        ("a.jpg 0\n\nb.jpg crater\n", r"line 3: .*'b\.jpg crater'"),
        ("a.jpg 0.5\n", r"line 1"),
        ("a.jpg 99999999999\n", r"line 1"),
        ("\n\n", r"holds no label"),
        ("", r"holds no label"),
        (b"a.jpg 0\nb\xff.jpg 1\n", r"line 2: This is not UTF-8"),
    ],
)
def test_a_malformed_label_line_is_named(write, content, message):
    with pytest.raises(InputError, match=message):
        read_label_file(write(content))


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read \(No such file"):
        read_label_file(tmp_path / "gone.txt")


def test_class_map_is_in_the_order_of_the_ids(write):
    assert read_class_map(write('1,"a, b"\n0,шар\n\n')) == {0: "шар", 1: "a, b"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0,other\n1\n", "line 2: .* Expected: ID,NAME"),
        ("0,other\n1,\n", "line 2"),
        ("id,name\n0,other\n", "line 1"),
        ("0,other,2\n", "line 1"),
        ("0,other\n0,crater\n", "line 2: Class 0,crater is repeated"),
        ("0,other\n1,other\n", "line 2: Class 1,other is repeated"),
        ("0,other\n2,crater\n", "ids are 0, 2.* without a gap"),
        ("", "… without a gap"),
        (b"\xff\xfe0\x00", "not UTF-8"),
    ],
)
def test_a_malformed_class_map_is_refused(write, content, message):
    with pytest.raises(InputError, match=message):
        read_class_map(write(content))


def test_release_split_repeats_rows(write):
    path = write("a.jpg 0 train\nb.jpg 1 val\na.jpg 0 train\n")
    assert read_release_split(path).to_dict("list") == {
        "image": ["a.jpg", "b.jpg"],
        "split": ["train", "val"],
    }
    with pytest.raises(InputError, match=r"line 2: 'a\.jpg' is in two splits"):
        read_release_split(write("a.jpg 0 train\na.jpg 0 test\n"))
    with pytest.raises(InputError, match="Expected: IMAGE ID SPLIT"):
        read_release_split(write("a.jpg 0 dev\n"))


@pytest.mark.parametrize(
    "name",
    [
        "labels-map-proj.txt",
        "labels-map-proj-v3.txt",
        "labels-map-proj_v3_2.txt",
        "labels-map-proj-v3_2.txt",
        "labels-map-proj-v3-2.txt",
    ],
)
def test_every_spelling_of_the_label_file_is_found(write, name):
    for other in (f"._{name}", "labels-map-proj-v4.txt", "readme.txt"):
        write("", other)
    write("", "labels-map-proj_v3_2_train_val_test.txt")
    write("", "landmarks_map-proj-v3_2_classmap.csv")
    path = write("", name)
    assert find_label_file(path.parent) == path
    assert find_split_file(path.parent).name.endswith("train_val_test.txt")
    assert find_class_map(path.parent).name.endswith("classmap.csv")


def test_several_label_files_are_not_chosen_from(write):
    write("", "labels-map-proj-v3.txt")
    path = write("", "labels-map-proj_v3_2.txt")
    with pytest.raises(
        InputError, match=r"several label files: labels-map-proj-v3\.txt"
    ):
        find_label_file(path.parent)


def test_a_class_map_of_many_lines_or_digits(write):
    lines = "".join(f"{number},name {number}\n" for number in range(20_000))
    assert len(read_class_map(write(lines))) == 20_000
    with pytest.raises(InputError, match=r"line 1: .* Expected: ID,NAME"):
        read_class_map(write("9" * 5_000 + ",other\n"))
