"""The replay that ships: whole, in no list, proven, and open on every page."""

import pytest

from hirise.__main__ import run as command
from hirise.diagnosis import diagnose, gather
from hirise.mars.blog import PUBLISHED
from hirise.runs import find_run, list_runs
from hirise.runs.replays import find_replays

PAGES = (
    *("learning_curves", "confusion_matrix", "classes", "predicted_labels"),
    *("confidence", "runs"),
)
KEYS = ("first", "second", "third", "fourth")


@pytest.fixture(scope="module")
def replay(shipped):
    (found,) = find_replays(shipped)
    return found


def test_the_replay_holds_each_exercise_with_both_labels_and_is_in_no_list(
    shipped, replay
):
    assert replay.shipped
    keys = tuple(one.exercise for one in PUBLISHED)
    assert replay.exercises() == keys
    assert all(replay.run(key, way) for key in keys for way in ("recorded", "right"))
    assert len(list_runs(shipped).runs) == 4


def test_the_story_holds(replay):
    scores = replay.scores().set_index("exercise")
    chance = scores["majority_share"].iloc[0]
    for exercise in ("1", "2a", "2b", "3", "4a"):
        assert scores.loc[exercise, "val_accuracy"] < chance - 0.05
        assert scores.loc[exercise, "right_val_accuracy"] > chance + 0.03
    three = replay.run("3").history().iloc[-1]
    assert three["accuracy"] > 0.95
    # Without the shuffle the same exercise is the same training, only judged rightly.
    right = replay.run("3", "right").history().iloc[-1]
    assert right["val_accuracy"] == three["right_val_accuracy"]


@pytest.mark.parametrize(
    ("exercise", "cause", "proofs"),
    [
        ("3", "validation-labels-scrambled", {"val": "shuffled once more"}),
        (
            "4b",
            "training-labels-scrambled",
            {"train": "shuffled twice more", "val": "three times more"},
        ),
        ("final", "network-dead", {"val": "shuffled once more"}),
    ],
)
def test_the_cause_ranks_first_and_the_shuffle_is_proven(
    replay, exercise, cause, proofs
):
    diagnosis = diagnose(gather(replay.run(exercise), split=None))
    assert diagnosis.causes[0].key == cause
    foreign = {f.subject: f.evidence for f in diagnosis.findings if f.code == "HR101"}
    assert foreign.keys() == proofs.keys()
    for split, words in proofs.items():
        assert words in foreign[split]
        assert "with seed 123" in foreign[split]


def test_the_command_finds_its_runs(shipped, replay, capsys):
    run = replay.entry("3", "recorded").run
    assert command(["check", run, "--artifacts", str(shipped)]) == 1
    assert "shuffled once more" in capsys.readouterr().out
    assert find_run(shipped, run).is_example


def test_its_runs_open_on_every_page(shipped, replay, open_page):
    run = replay.entry("4b", "recorded").run
    app = open_page(shipped, run=run)
    assert not app.exception
    assert app.selectbox(key="run").value == run
    for page in PAGES:
        app.switch_page(f"app_pages/{page}/page.py").run()
        assert not app.exception, (page, [e.value for e in app.exception])
        assert app.selectbox(key="run").value == run


def test_the_story_is_told_of_it_with_pictures(shipped, open_page):
    app = open_page(shipped, "story")
    for key in KEYS:
        app.radio(key=key).set_value("I do not know: show me").run()
        assert not app.exception, (key, [e.value for e in app.exception])
    assert len(app.get("image")) == 6
    assert app.get("image")[0].proto.imgs[0].caption.startswith("correct label ")
    assert "Collapsed" in app.error[0].value
    badges = [
        block.value for block in app.markdown if "simulated images" in block.value
    ]
    assert badges
