from __future__ import annotations

import pytest

from hirise.data import read_catalog, read_split_file
from hirise.errors import InputError

A, B, C, D = (f"ESP_000001_1450_RED-{number:04d}.jpg" for number in range(4))


@pytest.fixture
def catalog(make_dataset):
    return read_catalog(make_dataset({A: 0, B: 1, C: 1, D: 1}))


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "split.csv"
        path.write_text(text, "utf-8")
        return path

    return write


def test_splits_aliases_and_images_that_do_not_match(catalog, write):
    text = f"Split,image\ntrain,{A}\nvalidation,{B}\n\nTEST,{C}\ntest,elsewhere.jpg\n"
    result = read_split_file(write(text), catalog)
    assert list(result.split) == ["train", "val", "test", ""]
    assert result.notes[:2] == (
        "1 images of split.csv are not in the folder.",
        "1 images are not in split.csv and are left out.",
    )
    assert "No image of 'other' in val (1 in all)." in result.notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: The columns are .* Expected: the columns image,split"),
        (
            "name,split\na,train\n",
            "line 1: The columns are .* Expected: the columns image,split",
        ),
        (f"image,split\n{A},train\n{B},trian\n", r"line 3: .*'trian'. .*'train'\?"),
        (f"image,split\n{A},\n", "line 2: The split is .* It must be"),
        (
            f"image,split\n{A},train,x\n",
            "line 2: There are 3 values where 2 are expected",
        ),
        (f"image,split\n{A},train\n{A},test\n", "line 3: .* is in train and in test"),
        (f"image,split\n{A},test\n", "puts no image of .* in train"),
        ("image,split\nx,train\n", "None of its 1 images is in"),
        ("image,split\n", "names no image"),
    ],
)
def test_an_invalid_file_is_one_clear_line(catalog, write, text, message):
    with pytest.raises(InputError, match=message):
        read_split_file(write(text), catalog)


def test_a_missing_file(catalog, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_split_file(tmp_path / "gone.csv", catalog)
