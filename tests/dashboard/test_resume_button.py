"""The button that lets an interrupted training go on, wherever such a run is seen."""

import json

import pytest
from app_parts import text_of
from job_parts import reporting, wait_for

from hirise.actions.train import ResumeRequest
from hirise.jobs import log_tail, poll, read_progress, request_fields, stop
from hirise.recipes import recipe_named, to_dict
from hirise.runs import read_run
from hirise.runs.manage import CHECKPOINT

pytestmark = pytest.mark.usefixtures("stand_in")


def make_resumable(folder):
    """Give the run all that `hirise train` would have kept."""
    document = json.loads((folder / "run.json").read_text())
    document["recipe"] = to_dict(recipe_named("blog-final"))
    document["dataset"] = {"path": "mars", "split": "random", "fingerprint": "x"}
    (folder / "run.json").write_text(json.dumps(document))
    (folder / CHECKPOINT).touch()


@pytest.fixture
def run(artifacts, make_run):
    name = make_run("interrupted", artifacts)
    make_resumable(artifacts / name)
    return name


def resumed(artifacts, run):
    return request_fields(artifacts, ResumeRequest(run=run))


def buttons(app):
    return {one.label: one for one in app.button}


@pytest.mark.parametrize("page", ["runs", "overview", "confusion_matrix"])
def test_one_press_queues_the_rest_of_the_training(artifacts, open_page, run, page):
    app = open_page(artifacts, page)
    buttons(app)["Resume"].click().run()
    assert not app.exception
    assert poll(artifacts).running.request == resumed(artifacts, run)
    app = open_page(artifacts, page)
    assert not app.exception
    assert "Resume" not in buttons(app)


def test_while_another_trains_it_is_next_and_only_one_waits(
    artifacts, open_page, run, begin
):
    begin()
    app = open_page(artifacts, "runs")
    buttons(app)["Resume next"].click().run()
    assert not app.exception
    assert poll(artifacts).waiting.request["run"] == run


def test_where_one_waits_already_it_is_greyed_out(artifacts, open_page, run, begin):
    begin(seed=0)
    begin(seed=1)
    assert buttons(open_page(artifacts, "runs"))["Resume next"].disabled


def test_what_cannot_be_resumed_has_no_button(artifacts, open_page, make_run):
    make_run("interrupted", artifacts)
    make_run("healthy", artifacts)
    app = open_page(artifacts, "runs")
    assert not app.exception
    assert "Resume" not in buttons(app)


def test_a_full_disk_is_reported_before_anything_starts(
    artifacts, open_page, run, monkeypatch
):
    monkeypatch.setattr("hirise.actions.preconditions.LEAST_FREE", 10**18)
    app = open_page(artifacts, "runs")
    buttons(app)["Resume"].click().run()
    assert not app.exception
    assert "MB are free" in app.error[0].value
    assert poll(artifacts).running is None


def test_a_stopped_job_shows_its_last_message_and_goes_on(artifacts, open_page, begin):
    job, run = begin("interrupted")
    make_resumable(artifacts / run)
    wait_for(lambda: log_tail(artifacts, job.id))
    stop(artifacts, job.id, patience=2)
    app = open_page(artifacts, "train")
    assert app.code[0].value == "here"
    buttons(app)["Resume"].click().run()
    assert not app.exception
    assert poll(artifacts).running.request == resumed(artifacts, run)
    app = open_page(artifacts, "train")
    assert not app.exception
    progress = app.get("progress")[0].proto
    assert "loading TensorFlow" in progress.text
    assert len(read_run(artifacts / run).history()) == 1


def test_a_job_that_waits_for_a_training_in_a_terminal_says_so(
    artifacts, open_page, begin
):
    begin()
    message = "Waiting for the training 'x' in a_b to end."
    job, _ = begin(seed=1, program=reporting(message=message))
    wait_for(lambda: read_progress(artifacts, job.id).message)
    text = text_of(open_page(artifacts, "train"))
    assert message in text
    assert "is next" in text
