"""Replays are found with their runs, one's own and the one that ships."""

import json
import math
import shutil

import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.runs import create_run, find_run, hide_examples, list_runs, rename_run
from hirise.runs.folder import find_replayed
from hirise.runs.replays import (
    Replay,
    ReplayedRun,
    find_replays,
    largest_class,
    paired_labels,
    write_replay,
)

VAL = {"a.png": 0, "b.png": 0, "c.png": 0, "d.png": 1}


def add_run(folder, exercise, labels, *, val, right):
    """A run of one epoch, with 3 of 4 right validation labels of class 0."""
    title = f"Exercise {exercise} {labels}"
    writer = create_run(folder, title=title, class_names=["x", "y"], status="finished")
    row = {"epoch": 1, "accuracy": 0.9, "val_accuracy": val}
    writer.append_epoch(row | {"right_val_accuracy": right})
    catalog = pd.DataFrame({"image": list(VAL), "label": list(VAL.values())})
    catalog["class_name"] = catalog["label"].map({0: "x", 1: "y"})
    writer.write_table("catalog.parquet", catalog.assign(split="val"))
    seen = catalog[["image"]].assign(split="val", label=[0, 1, 0, 0])
    writer.write_table("labels_seen.parquet", seen)
    return ReplayedRun(exercise, labels, writer.id, test_accuracy=0.75)


def add_replay(folder, key="20260102-000000"):
    """Exercise 3 as recorded and with the right labels, 4b only as recorded."""
    runs = (
        add_run(folder, "3", "recorded", val=0.5, right=0.75),
        add_run(folder, "4b", "recorded", val=0.25, right=0.5),
        add_run(folder, "3", "right", val=0.875, right=0.875),
    )
    replay = Replay(key, data="mars", epochs=1, n_images=4, runs=runs)
    write_replay(folder, replay)
    return replay


@pytest.fixture
def artifacts(tmp_path):
    return tmp_path / "artifacts"


def test_ones_own_come_first_the_newest_of_them_first(artifacts):
    shipped = add_replay(artifacts / "examples" / "replay", "20270101-000000")
    for key in ("20260101-000000", "20260301-000000"):
        add_replay(artifacts, key)
    found = find_replays(artifacts)
    assert [(one.replay.id, one.shipped) for one in found] == [
        ("20260301-000000", False),
        ("20260101-000000", False),
        (shipped.id, True),
    ]
    hide_examples(artifacts)
    assert [one.shipped for one in find_replays(artifacts)] == [False, False]


def test_no_list_holds_the_runs_that_ship_but_their_id_finds_them(artifacts):
    replay = add_replay(artifacts / "examples" / "replay")
    assert list_runs(artifacts).runs == []
    name = replay.runs[0].run
    run = find_run(artifacts, name)
    assert run.info.id == name
    assert run.is_example
    assert find_replayed(artifacts, name) == run
    assert find_replayed(artifacts, f"../replay/{name}") is None
    with pytest.raises(InputError, match="ships with hirise"):
        rename_run(run, "mine")


def test_ones_own_folder_called_replay_holds_no_examples(tmp_path):
    replay = add_replay(tmp_path / "replay")
    (run, *_) = list_runs(tmp_path / "replay").runs
    assert not run.is_example
    assert find_replayed(tmp_path / "replay", replay.runs[0].run) is None


def test_scores_are_those_of_the_last_epochs(artifacts):
    add_replay(artifacts)
    (found,) = find_replays(artifacts)
    scores = found.scores().set_index("exercise")
    assert scores.loc["3"].to_dict() == {
        "val_accuracy": 0.5,
        "right_val_accuracy": 0.75,
        "retrained_val_accuracy": 0.875,
        "test_accuracy": 0.75,
        "retrained_test_accuracy": 0.75,
        "majority_share": 0.75,
        "published_val_accuracy": 0.729,
    }
    assert math.isnan(scores.loc["4b", "retrained_val_accuracy"])


def test_a_run_that_was_deleted_leaves_its_place_empty(artifacts):
    replay = add_replay(artifacts)
    shutil.rmtree(artifacts / replay.runs[1].run)
    (found,) = find_replays(artifacts)
    assert found.run("4b") is None
    assert found.entry("4b", "recorded") == replay.runs[1]
    assert found.run("final") is None
    scores = found.scores().set_index("exercise")
    assert math.isnan(scores.loc["4b", "val_accuracy"])
    assert scores.loc["4b", "test_accuracy"] == 0.75


def test_a_replay_names_only_runs_beside_it(artifacts, tmp_path):
    replay = add_replay(artifacts)
    document = json.loads((artifacts / "replay.json").read_text("utf-8"))
    document["replays"][0]["runs"][0]["run"] = f"../artifacts/{replay.runs[0].run}"
    (artifacts / "replay.json").write_text(json.dumps(document), encoding="utf-8")
    (found,) = find_replays(artifacts)
    assert found.run("3") is None


def test_the_labels_of_an_image_stand_next_to_each_other(artifacts):
    add_replay(artifacts)
    (found,) = find_replays(artifacts)
    run = found.run("3")
    assert largest_class(run) == ("x", 0.75)
    assert largest_class(run, "test") is None
    table = paired_labels(run, "val")
    assert table.to_dict("list") == {
        "image": ["a.png", "b.png", "c.png", "d.png"],
        "label_seen": ["x", "y", "x", "x"],
        "right_label": ["x", "x", "x", "y"],
    }
    assert paired_labels(run, "test").empty
