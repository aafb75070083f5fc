"""What a run does not allow, as lines of the user's framework."""

from __future__ import annotations

import json

import pytest

from hirise.actions.examine import ExamineRequest, plan_examination
from hirise.actions.import_ import ImportRequest, import_
from hirise.diagnosis.causes.experiments import EXPERIMENTS
from hirise.experiments.by_hand import KERAS, TORCH
from hirise.runs import read_run


@pytest.fixture
def collapsed(tmp_path):
    path = tmp_path / "collapsed.csv"
    path.write_text("y_true,y_pred\n" + "a,a\nb,a\nc,a\n" * 40)
    return import_(ImportRequest(path, artifacts=tmp_path / "runs"))


@pytest.mark.parametrize("code", [*KERAS.values(), *TORCH.values()])
def test_every_snippet_is_python(code):
    compile(code, "snippet", "exec")
    assert max(map(len, code.splitlines())) <= 80


def test_both_frameworks_cover_the_same_experiments():
    assert set(KERAS) == set(TORCH)
    assert set(KERAS) <= {experiment.key for experiment in EXPERIMENTS}


def test_an_import_gets_the_most_telling_ones_in_keras(collapsed):
    planned = plan_examination(ExamineRequest(collapsed))
    titles = [title for title, _ in planned.by_hand]
    assert len(titles) == 3
    assert "Fit 50 images until they are memorised" in titles
    assert all(code in KERAS.values() for _, code in planned.by_hand)


def test_a_run_trained_with_pytorch_gets_pytorch(collapsed):
    path = collapsed.folder / "run.json"
    document = json.loads(path.read_text())
    document["versions"] = {**document["versions"], "torch": "2.9.0"}
    path.write_text(json.dumps(document))
    planned = plan_examination(ExamineRequest(read_run(collapsed.folder)))
    assert all(code in TORCH.values() for _, code in planned.by_hand)
