"""Tables of labels, at once or row by row."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from hirise.data.layouts import labelled
from hirise.data.layouts.image_files import ImageFiles
from hirise.data.layouts.labelled import LabelTable, Row, Rows, list_tables
from hirise.errors import InputError

FILES = ("train/1.png", "test/1.png", "val/2.png", "3.png", "test/4.png", "more/5.png")
PLAIN = (
    Row(2, "train/1.png", "cat"),
    Row(3, "test/1.png", "test"),  # the folder is the class
    Row(4, "val/2.png", "dog", "train"),
    Row(5, "3.png", "dog", "val"),
    Row(6, "test/4.png", "dog"),
)
TABLES = {
    "plain": (PLAIN, ""),
    "of a split": ([row._replace(split="") for row in PLAIN], "Validation"),
    "no split": ([Row(2, "3.png", "cat"), Row(3, "more/5.png", "dog")], ""),
    "an absent image": ((*PLAIN, Row(7, "6.png", "cat")), ""),
    "a row without a label": ((*PLAIN, Row(7, "more/5.png", "")), ""),
    "by its name": ((*PLAIN, Row(7, "5.png", "cat")), ""),
    "a name of several": ((*PLAIN, Row(7, "1", "cat")), ""),
    "an image twice": ((*PLAIN, Row(7, "3.png", "cat", "val")), ""),
}


@pytest.fixture
def root(tmp_path):
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def listed(root, *tables):
    found = [
        LabelTable(root / f"{number}.csv", Rows.of(rows), split_name=split)
        for number, (rows, split) in enumerate(tables)
    ]
    listing = list_tables(root, found, layout="csv", files=ImageFiles(root))
    fields = {f.name: getattr(listing, f.name) for f in dataclasses.fields(listing)}
    frames = {name: fields.pop(name) for name in ("lines", "problems")}
    return fields, frames


@pytest.mark.parametrize("name", TABLES)
def test_at_once_is_the_same_as_row_by_row(root, monkeypatch, name):
    fields, frames = listed(root, TABLES[name])
    monkeypatch.setattr(labelled, "_add_clear_table", lambda *_: False)
    slow_fields, slow_frames = listed(root, TABLES[name])
    assert fields == slow_fields
    for key, frame in frames.items():
        pd.testing.assert_frame_equal(frame, slow_frames[key])


def test_the_splits_of_a_clear_table(root):
    fields, frames = listed(root, TABLES["plain"])
    # test/1.png is of the class test; test/4.png lies in the folder test.
    assert fields["split"] == {
        "train/1.png": "train",
        "val/2.png": "train",
        "3.png": "val",
        "test/4.png": "test",
    }
    assert fields["class_names"] == ("cat", "dog", "test")
    assert frames["problems"]["image"].tolist() == ["more/5.png"]


def test_a_clear_table_is_added_at_once(root, monkeypatch):
    monkeypatch.setattr(labelled, "_add_row", None)
    assert len(listed(root, TABLES["plain"])[1]["lines"]) == 5


def test_an_image_in_two_splits_of_two_clear_tables_is_refused(root):
    first = ([Row(2, "3.png", "cat"), Row(3, "train/1.png", "dog")], "train")
    second = ([Row(2, "3.png", "cat"), Row(3, "test/4.png", "dog")], "test")
    with pytest.raises(InputError, match=r"'3.png' is in train and in test"):
        listed(root, first, second)
