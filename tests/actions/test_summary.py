"""Verdict and scores that are kept in a run, and settings beside each other."""

import json
import os

import numpy as np
import pytest

import hirise
from hirise.__main__ import run as command
from hirise.actions import summary as module
from hirise.actions.check import check as check_source
from hirise.actions.runs import find_runs
from hirise.actions.summary import SUMMARY, kept_summary, summarise
from hirise.predictions import Predictions
from hirise.runs import create_run, list_runs, tag_run


def make_run(artifacts, title="r", *, wrong=0, split="val", recipe=None, seed=None):
    """100 images, 80 of them a; the first `wrong` of these predicted as b."""
    writer = create_run(
        artifacts, title=title, class_names=["a", "b"], recipe=recipe, seed=seed
    )
    truth = np.repeat([0, 1], [80, 20])
    predicted = truth.copy()
    predicted[:wrong] = 1
    predictions = Predictions(
        y_pred=predicted, class_names=("a", "b"), y_true=truth, split=split
    )
    writer.write_predictions(split, predictions.write)
    writer.finish("finished", seconds=1)
    return writer.read()


@pytest.fixture
def counted():
    """A check that counts its calls."""

    def check(request):
        check.calls += 1
        return check_source(request)

    check.calls = 0
    return check


def test_a_summary_is_made_once_and_kept(tmp_path, counted):
    run = make_run(tmp_path, wrong=10)
    assert kept_summary(run) is None
    made = summarise(run, check=counted)
    assert (made.split, made.accuracy, made.majority_share) == ("val", 0.9, 0.8)
    assert (made.verdict, made.key) == ("No collapse found", "healthy")
    assert made.scores["val_accuracy"] == 0.9
    assert made.scores["test_accuracy"] is None
    assert summarise(run, check=counted) == made == kept_summary(run)
    assert counted.calls == 1


def test_a_changed_run_is_evaluated_anew(tmp_path, counted):
    run = make_run(tmp_path)
    summarise(run, check=counted)
    path = run.predictions_path("val")
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 10**9))
    assert kept_summary(run) is None
    summarise(run, check=counted)
    assert counted.calls == 2


def test_other_code_says_something_of_its_own(tmp_path, monkeypatch):
    run = make_run(tmp_path)
    summarise(run)
    monkeypatch.setattr(module, "_code_mark", lambda: "other")
    assert kept_summary(run) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "\x00"])
def test_a_broken_file_is_made_anew(tmp_path, text):
    run = make_run(tmp_path)
    made = summarise(run)
    (run.folder / SUMMARY).write_text(text)
    assert kept_summary(run) is None
    assert summarise(run) == made == kept_summary(run)


def test_that_of_an_example_is_kept_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HIRISE_CACHE", str(tmp_path / "cache"))
    run = make_run(tmp_path / "artifacts" / "examples")
    made = summarise(run)
    assert not (run.folder / SUMMARY).exists()
    assert kept_summary(run) == made


def test_a_run_that_cannot_be_read_is_not_kept(tmp_path):
    run = make_run(tmp_path)
    run.predictions_path("val").write_bytes(b"PAR1")
    with pytest.raises(hirise.InputError):
        summarise(run)
    assert not (run.folder / SUMMARY).exists()
    listed = hirise.list_runs(tmp_path, scores=True)
    assert "problem" in listed.to_dict()["runs"][0]


def test_the_command_lists_scores_and_finds_runs(tmp_path, capsys):
    good, bad = make_run(tmp_path, "good"), make_run(tmp_path, "bad", wrong=40)
    tag_run(bad, "again")
    words = ["runs", "--artifacts", str(tmp_path)]
    assert command([*words, "--scores"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        *("run", "title", "status", "verdict", "accuracy", "macro-F1", "disk")
    ]
    (row,) = (line for line in lines if line.startswith(good.info.id))
    assert "No collapse found  1.000     1.000" in row
    for option in (["--tag", "again"], ["--search", "BAD"], ["--search", "agai bad"]):
        assert command([*words, *option, "--json"]) == 0
        (only,) = json.loads(capsys.readouterr().out)["runs"]
        assert (only["id"], only["tags"]) == (bad.info.id, ["again"])
    assert find_runs(list_runs(tmp_path).runs, search="good bad") == []


def test_only_settings_that_differ_are_listed(tmp_path, capsys):
    first = make_run(tmp_path, "1", recipe={"epochs": 3, "rate": 0.1}, seed=7)
    second = make_run(tmp_path, "2", recipe={"epochs": 3, "rate": 0.2}, seed=7)
    third = make_run(tmp_path, "3")
    table = hirise.settings((first, second))
    assert table.index.tolist() == ["rate"]
    assert table.to_numpy().tolist() == [["0.1", "0.2"]]
    assert hirise.settings((first,)).empty
    assert (
        hirise.settings((first, second), all=True).loc["epochs"].tolist() == ["3"] * 2
    )
    table = hirise.settings((first, third))
    assert table[third.info.id].to_dict() == {"epochs": "", "rate": "", "seed": ""}
    words = ["runs", "settings", first.info.id, second.info.id]
    assert command([*words, "--artifacts", str(tmp_path)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        *("rate", "0.1", "0.2")
    ]
