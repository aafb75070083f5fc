"""The Train page while a training runs and after, with stand-ins for its program."""

import json
import os
import shutil
import signal

import pandas as pd
import pytest
from app_parts import button, text_of, wait_for_job
from job_parts import ENDS, FAILS, THIRD_EPOCH, THIRD_EPOCH_TEXT, reporting, wait_for

from hirise.jobs import log_tail, poll, read_progress
from hirise.runs import find_run, list_runs

pytestmark = pytest.mark.usefixtures("stand_in")


def wait_for_print(artifacts, job):
    wait_for(lambda: log_tail(artifacts, job.id))


def labels(app):
    return [one.label for one in app.button]


def test_progress_is_what_the_job_reports(artifacts, open_page, begin):
    status = {"step": "Simulating", "fraction": 0.225, "unit": "landmarks"}
    counts = {"done": 450, "total": 2000, "seconds_left": 50}
    job, _ = begin(data="simulated:2000:0", program=reporting(**status, **counts))
    wait_for(lambda: read_progress(artifacts, job.id).step)
    app = open_page(artifacts, "train")
    progress = app.get("progress")[0].proto
    text = "Simulating: 450 of 2,000 landmarks, about 50 s left"
    assert (progress.value, progress.text) == (22, text)


def test_before_the_run_folder_the_step_is_shown(artifacts, open_page, begin):
    job, _ = begin()
    wait_for_print(artifacts, job)
    app = open_page(artifacts, "train")
    assert not app.exception
    assert "loading TensorFlow" in app.get("progress")[0].proto.text
    assert not app.get("plotly_chart")
    assert app.code[0].value == "here"


def test_a_training_shows_curves_and_announces_its_collapse(
    artifacts, open_page, begin
):
    job, run = begin("training", program=THIRD_EPOCH)
    wait_for(lambda: read_progress(artifacts, job.id).step)
    truth = {"other": 80, "crater": 20}
    names = [name for name, n in truth.items() for _ in range(n)]
    catalog = pd.DataFrame({"class_name": names, "split": "val"})
    catalog.to_parquet(artifacts / run / "catalog.parquet")
    app = open_page(artifacts, "train")
    assert not app.exception
    progress = app.get("progress")[0].proto
    assert progress.text == THIRD_EPOCH_TEXT
    assert progress.value == 75
    assert len(app.get("plotly_chart")) == 5
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    (alarm,) = app.error
    assert "Collapsing" in alarm.value
    assert "Epochs 1 to 2: all 100 val images are predicted as" in alarm.value


def test_one_more_waits_and_can_be_taken_back(artifacts, open_page, begin):
    begin("training")
    begin(seed=1)
    app = open_page(artifacts, "train")
    assert "is next. It starts when" in text_of(app)
    button(app, "Take back").click().run()
    assert not app.exception
    assert poll(artifacts).waiting is None


def test_stop_keeps_what_there_is(artifacts, open_page, begin):
    job, run = begin("training")
    path = artifacts / run / "run.json"
    document = json.loads(path.read_text())
    owner = {"pid": job.pid, "process_started": job.process_started}
    path.write_text(json.dumps(document | owner))
    app = open_page(artifacts, "train")
    button(app, "Stop it").click().run()
    assert not app.exception
    assert poll(artifacts).ended.state == "stopped"
    assert find_run(artifacts, run).info.status == "interrupted"
    assert "2 of 3 epochs done." in text_of(app)
    button(app, "Close").click().run()
    assert poll(artifacts).ended is None
    assert len(find_run(artifacts, run).history()) == 2


def test_a_training_killed_under_the_page_is_reported(artifacts, open_page, begin):
    job, run = begin("interrupted")
    app = open_page(artifacts, "train")
    os.kill(job.pid, signal.SIGKILL)
    wait_for_job(artifacts)
    app.run()
    assert not app.exception
    assert "ended from outside (signal 9)" in text_of(app)
    assert run in [one.info.id for one in list_runs(artifacts).runs]


def test_what_failed_before_its_folder_says_why(artifacts, open_page, begin):
    begin(program=FAILS)
    wait_for_job(artifacts)
    app = open_page(artifacts, "train")
    assert not app.exception
    assert "no such folder." in app.error[0].value.replace("\\", "")
    assert "No run was made" in text_of(app)


def test_a_finished_training_gives_its_verdict_and_a_link(
    artifacts, open_page, begin, make_run
):
    _, run = begin("collapsed", program=ENDS)
    make_run("healthy", artifacts)
    wait_for_job(artifacts)
    app = open_page(artifacts, "train")
    assert not app.exception
    assert "7 of 8 classes are never predicted" in app.error[0].value
    button(app, "Open its Overview").click().run()
    assert not app.exception
    assert app.title[0].value == "Overview"
    assert app.selectbox(key="run").value == run


def test_the_folder_deleted_under_the_page_breaks_nothing(
    artifacts, open_page, begin, make_dataset
):
    job, _ = begin("training")
    app = open_page(artifacts, "train", data=str(make_dataset()))
    shutil.rmtree(artifacts)
    app.run()
    assert not app.exception
    assert "Start training" in labels(app)
    os.kill(job.pid, signal.SIGKILL)
