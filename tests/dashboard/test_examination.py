"""The button *Run the deciding test*, its job, and what the experiments decided."""

from __future__ import annotations

import pytest
from app_parts import button, labels, text_of, wait_for_job
from streamlit.testing.v1 import AppTest

from hirise.actions.examine import ExamineRequest, examine
from hirise.actions.import_ import ImportRequest, import_
from hirise.jobs import poll
from hirise.runs.experiments import read_experiments

LABEL = "Run the deciding test"
TURNED = {"a": "b", "b": "c", "c": "a"}


@pytest.fixture
def permuted(artifacts, tmp_path):
    rows = ["y_true,y_pred"]
    rows += [f"{name},{TURNED[name]}" for name in "abc" for _ in range(50)]
    path = tmp_path / "permuted.csv"
    path.write_text("\n".join(rows))
    return import_(ImportRequest(path, artifacts=artifacts))


def open_run(open_page, artifacts, page, run) -> AppTest:
    app = open_page(artifacts, page, run=run.info.id)
    assert not app.exception
    return app


def test_the_button_runs_the_experiments_as_a_job(artifacts, open_page, permuted):
    app = open_run(open_page, artifacts, "overview", permuted)
    button(app, LABEL).click().run()
    assert not app.exception
    job = poll(artifacts).newest("examine")
    assert job is not None
    assert job.request["run"] == permuted.info.id
    wait_for_job(artifacts)
    assert poll(artifacts).newest("examine").state == "finished"
    (kept,) = [r for r in read_experiments(permuted) if r.key == "relabel"]
    assert kept.outcome == "restored"


def test_what_was_decided_is_shown_with_each_experiment(artifacts, open_page, permuted):
    examine(ExamineRequest(permuted, queue=False))
    app = open_run(open_page, artifacts, "overview", permuted)
    text = text_of(app)
    assert "Confirmed: The class names are in another order" in text
    assert "**Rename the predicted classes: another class order restores" in text
    assert "Predicted:" in text
    assert "Cohen's kappa on the other 75 images: -0.50" in text
    assert any(one.label.startswith("Experiments (") for one in app.tabs)
    # The cause is decided, so that the next step is its cure.
    assert any("Classes in the correct order" in one.value for one in app.caption)
    assert "Cure" in labels(app)


def test_the_page_cure_tells_the_conclusion_alone(artifacts, open_page, permuted):
    examine(ExamineRequest(permuted, queue=False))
    text = text_of(open_run(open_page, artifacts, "cure", permuted))
    assert "Confirmed: The class names are in another order" in text
    assert "Predicted:" not in text


def test_a_sound_run_has_no_button(artifacts, open_page, tmp_path):
    path = tmp_path / "sound.csv"
    path.write_text("y_true,y_pred\n" + "a,a\nb,b\n" * 40)
    run = import_(ImportRequest(path, artifacts=artifacts))
    assert LABEL not in labels(open_run(open_page, artifacts, "overview", run))
