from __future__ import annotations

import json
import subprocess
import sys

import pytest
from image_folders import make_folder

from hirise.__main__ import run

A, B, C = (f"ESP_000001_1450_RED-{number:04d}.jpg" for number in range(3))


def test_info_counts_what_is_there(make_dataset, capsys):
    root = make_dataset({A: 0, B: 1, C: 1}, present=[A, B])
    (root / "map-proj-v3" / B).write_bytes(b"no image")
    assert run(["data", "info", str(root)]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == f"{root.as_posix()} (hirise-v3)"
    for expected in (
        "labels 3",
        "images present 2",
        "images absent 1",
        "usable images 1",
        "landmarks 1",
        "observations 1",
        "augmented copies 0",
        "0 other 1 33.3% 1 100.0%",
        "1 crater 2 66.7% 0 0.0%",
        "problems: 1 corrupt",
        f"{B}: corrupt, not an image",
        "random not possible: There is only 1 image.",
        "published not possible: hirise-v3 comes without a split.",
    ):
        assert expected in lines


def test_info_says_how_a_dataset_was_read(tmp_path, capsys):
    root = make_folder(
        tmp_path / "d",
        ("training/cat/1.png", "training/dog/1.png", "dev/cat/1.png", "odd/1.png"),
    )
    assert run(["data", "info", str(root)]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    splits = "It comes with splits: 2 train (named training), 1 val (named dev)."
    assert splits in lines
    assert "Images are in colour, 8 × 8 pixels." in lines
    assert "odd: unlabelled, a folder of images beside dev" in lines
    run(["data", "info", str(root), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["split_counts"] == {"train": 2, "val": 1}
    assert found["split_names"] == {"training": "train", "dev": "val"}
    assert found["image_sizes"] == {
        "least_width": 8,
        "most_width": 8,
        "least_height": 8,
        "most_height": 8,
    }
    assert found["notes"] == [splits, "Images are in colour, 8 × 8 pixels."]


def test_info_shows_ten_problems_and_counts_the_rest(make_dataset, capsys):
    root = make_dataset({A: 0})
    for number in range(13):
        (root / "map-proj-v3" / f"{number}.jpg").write_bytes(b"")
    run(["data", "info", str(root)])
    shown = capsys.readouterr().out
    assert shown.count(": unlabelled, ") == 10
    assert "and 3 more (--json lists all)" in shown


def test_json_is_one_document(make_dataset, capsys):
    assert run(["data", "info", str(make_dataset()), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["format"] == 1
    assert found["n_labels"] == found["n_present"] == found["n_usable"] == 48
    assert (found["n_landmarks"], found["n_observations"]) == (24, 6)
    assert found["n_copies"] == 24
    assert found["classes"][1] == {
        "id": 1,
        "class_name": "crater",
        "labelled": 12,
        "usable": 12,
    }
    assert found["splits"]["landmark"] is None
    assert "without" in found["splits"]["published"]


def test_a_folder_without_a_dataset_is_one_line(tmp_path, capsys):
    assert run(["data", "info", str(tmp_path / "gone")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "does not exist" in captured.err


@pytest.mark.real
def test_the_real_sample(real_v3):
    command = [sys.executable, "-m", "hirise", "data", "info", str(real_v3), "--json"]
    done = subprocess.run(command, capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert (found["n_labels"], found["n_present"], found["n_absent"]) == (
        73_031,
        6_004,
        67_027,
    )
    assert (found["n_landmarks"], found["n_observations"]) == (4_198, 133)
