"""`hirise explore`: what remedies without training would do."""

import json

import pytest
from thresholded_predictions import write_thresholded_run

from hirise.__main__ import run


@pytest.fixture
def explore(capsys, tmp_path):
    parent = write_thresholded_run(tmp_path)

    def explore(*words):
        status = run(["explore", parent, *words, "--artifacts", str(tmp_path)])
        return status, *capsys.readouterr()

    return explore


def test_the_command_shows_steps_of_tau_and_the_thresholds(explore):
    status, out, err = explore("--split", "test")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Logit adjustment (τ)"
    steps = [line.split() for line in lines if line.startswith("   ")]
    assert steps[0][:2] == ["τ", "changed"]
    assert steps[1][:2] == ["0.00", "0"]
    assert "optimistic" not in out
    assert "Per-class thresholds" in lines


def test_json_has_every_step_and_why_calibration_would_mislead(explore):
    document = json.loads(explore("--split", "test", "--json")[1])
    adjustment = document["logit_adjustment"]
    assert len(adjustment["steps"]) == 61
    best = max(adjustment["steps"], key=lambda step: step["macro_f1"])
    assert best["macro_f1"] > adjustment["steps"][0]["macro_f1"]
    assert "Calibration would mislead" in document["temperature_scaling"]["reason"]
    assert [row["class_name"] for row in document["thresholds"]["classes"]]
    assert document["on_val"] is False


def test_effects_on_val_itself_are_told_to_be_optimistic(explore):
    assert "so the effects are optimistic" in explore()[1].replace("\n", " ")
