from __future__ import annotations

import re

import pandas as pd
import pytest

from hirise.mars.labels import read_label_file
from hirise.mars.names import GRAMMAR, first_of_landmarks, parse_names


@pytest.mark.parametrize(
    ("name", "observation", "landmark", "augmentation"),
    [
        (
            "ESP_011623_2100_RED-0069.jpg",
            "ESP_011623_2100",
            "ESP_011623_2100_RED-0069",
            "",
        ),
        (
            "PSP_001234_0950_RED-0123-r270.jpg",
            "PSP_001234_0950",
            "PSP_001234_0950_RED-0123",
            "r270",
        ),
        (
            "map/TRA_000873_1780_RED-0001-brt.jpg",
            "TRA_000873_1780",
            "TRA_000873_1780_RED-0001",
            "brt",
        ),
        (
            "a\\ESP_011623_2100_RED-0069-fv.jpg",
            "ESP_011623_2100",
            "ESP_011623_2100_RED-0069",
            "fv",
        ),
        ("ESP_011623_2100_RED-0069-r45.jpg", "", "", ""),
        ("ESP_011623_2100_RED-0069.jpg.bak", "", "", ""),
        ("XESP_011623_2100_RED-0069.jpg", "", "", ""),
        ("ESP_011623_2100_RED-069.jpg", "", "", ""),
        ("cat.jpg", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_parts_of_a_name(name, observation, landmark, augmentation):
    (row,) = parse_names([name]).to_dict("records")
    assert row == {
        "observation": observation,
        "landmark": landmark,
        "augmentation": augmentation,
    }


def test_index_is_kept_and_no_names_are_fine():
    images = pd.Series(["cat.jpg", "ESP_011623_2100_RED-0069-fh.jpg"], index=[7, 3])
    assert list(parse_names(images).index) == [7, 3]
    assert list(parse_names(images)["augmentation"]) == ["", "fh"]
    assert len(parse_names([])) == 0


@pytest.mark.real
def test_all_real_names_follow_the_grammar(real_v3):
    images = read_label_file(real_v3 / "labels-map-proj-v3.txt")["image"]
    parts = parse_names(images)
    assert (parts["landmark"] != "").all()
    assert parts["landmark"].nunique() == 10_433
    # Python's own regular expressions find the same parts.
    for image, row in parts.set_axis(images).iloc[::997].iterrows():
        assert re.fullmatch(GRAMMAR, image).groupdict(default="") == row.to_dict()


def test_first_of_landmarks_leaves_copies_out_and_keeps_other_names():
    names = pd.Series(
        [
            "ESP_000012_1985_RED-0031-r90.jpg",
            "ESP_000012_1985_RED-0031.jpg",
            "cat.png",
            "ESP_000012_1985_RED-0032.jpg",
            "dog.png",
        ]
    )
    kept = first_of_landmarks(names)
    assert list(kept.index) == [0, 2, 3, 4]
    assert list(kept) == list(names[[0, 2, 3, 4]])
