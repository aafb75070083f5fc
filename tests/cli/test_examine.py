"""`hirise examine`: what it prints and keeps, and what it refuses in one line."""

from __future__ import annotations

import json

import pytest

from hirise.__main__ import run as call
from hirise.runs import list_runs
from hirise.runs.experiments import read_experiments

TURNED = {"a": "b", "b": "c", "c": "a"}


@pytest.fixture
def permuted(tmp_path, capsys):
    """A run of 150 predictions whose class names are in another order."""
    rows = ["y_true,y_pred"]
    rows += [f"{name},{TURNED[name]}" for name in "abc" for _ in range(50)]
    path = tmp_path / "permuted.csv"
    path.write_text("\n".join(rows))
    assert call(["import", str(path), "--artifacts", str(tmp_path / "runs")]) == 0
    capsys.readouterr()
    (run,) = [r for r in list_runs(tmp_path / "runs").runs if not r.is_example]
    return run


@pytest.fixture
def examine(permuted, tmp_path, capsys):
    def examine(*words):
        artifacts = ["--artifacts", str(tmp_path / "runs")]
        status = call(["examine", permuted.info.id, *words, *artifacts])
        return status, *capsys.readouterr()

    return examine


def test_the_cause_is_confirmed_and_the_experiment_kept(examine, permuted):
    status, out, err = examine()
    assert (status, err) == (0, "")
    assert "Confirmed: The class names are in another order (probability " in out
    assert "  came out   another class order restores the score. Cohen's kappa" in out
    (kept,) = [r for r in read_experiments(permuted) if r.key == "relabel"]
    assert kept.outcome == "restored"


def test_json(examine, permuted):
    status, out, err = examine("--json")
    document = json.loads(out)
    assert (status, err, document["format"]) == (0, "", 1)
    assert document["confirmed"] == "class-order-permuted"
    (cause,) = [c for c in document["causes"] if c["key"] == "class-order-permuted"]
    assert (cause["status"], cause["decided_by"]) == ("confirmed", "relabel")
    assert cause["before"] < cause["probability"] <= 1
    assert document["experiments"][-1]["key"] == "relabel"


def test_a_plan_runs_nothing(examine, permuted):
    status, out, err = examine("--plan")
    assert (status, err) == (0, "")
    assert "relabel: Rename the predicted classes" in out
    assert read_experiments(permuted) == ()
    status, out, _ = examine("--plan", "--json")
    assert next(one["key"] for one in json.loads(out)["experiments"]) == "relabel"


@pytest.mark.parametrize("budget", ["soon", "-5m", "0", "nan", "inf", ""])
def test_a_budget_that_is_no_time_is_refused(examine, budget):
    status, out, err = examine("--budget", budget)
    assert (status, out) == (2, "")
    assert "--budget must be a time such as 90s, 5m or 1h" in err


def test_an_example_stays_as_it_is(permuted, tmp_path, capsys):
    example = tmp_path / "runs" / "examples" / permuted.info.id
    example.parent.mkdir()
    permuted.folder.rename(example)
    words = ["examine", permuted.info.id, "--artifacts", str(tmp_path / "runs")]
    assert call(words) == 2
    assert "is an example that ships with hirise" in capsys.readouterr().err
    assert not (example / "experiments").exists()


def test_a_check_afterwards_says_what_confirmed_the_cause(
    examine, permuted, tmp_path, capsys
):
    words = ["check", permuted.info.id, "--artifacts", str(tmp_path / "runs")]
    call([*words, "--json"])
    (before,) = json.loads(capsys.readouterr().out)["causes"]
    assert (before["status"], before["decided_by"]) == ("undecided", None)
    examine()
    call([*words, "--json"])
    first = json.loads(capsys.readouterr().out)["causes"][0]
    assert first["key"] == before["key"] == "class-order-permuted"
    assert (first["status"], first["decided_by"]) == ("confirmed", "relabel")
    call(words)
    text = " ".join(capsys.readouterr().out.split())
    assert (
        "1. The class names are in another order (class-order-permuted): confirmed by "
        "the experiment 'Rename the predicted classes'" in text
    )


def test_a_second_examination_does_not_count_the_first(examine):
    _, first, _ = examine("--json")
    _, second, _ = examine("--json")
    causes = [json.loads(text)["causes"] for text in (first, second)]
    assert causes[0] == causes[1]
