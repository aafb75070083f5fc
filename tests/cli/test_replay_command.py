"""`hirise replay --list`: the replays of a folder and the one that ships."""

import json

import pytest

from hirise.__main__ import run

pytestmark = pytest.mark.usefixtures("with_examples")


@pytest.fixture
def with_examples(monkeypatch):
    monkeypatch.delenv("HIRISE_EXAMPLES")


def test_the_shipped_replay_is_listed_with_its_scores(capsys, tmp_path):
    assert run(["replay", "--list", "--json", "--artifacts", str(tmp_path)]) == 0
    (replay,) = json.loads(capsys.readouterr().out)["replays"]
    assert replay["shipped"] is True
    scores = {row["exercise"]: row for row in replay["scores"]}
    assert scores["1"]["test_accuracy"] == replay["runs"][0]["test_accuracy"]


def test_the_list_tells_exercises_and_images(capsys, tmp_path):
    assert run(["replay", "--list", "--artifacts", str(tmp_path)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("16 runs, an example")
    assert second == "  exercises 1, 2a, 2b, 3, 4a, 4b, 4c, final"


def test_json_needs_the_list(capsys, tmp_path):
    words = ["replay", "--json", "--data", str(tmp_path)]
    assert run(words) == 2
    assert "--json needs --list." in capsys.readouterr().err
