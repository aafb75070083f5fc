"""The Train page while a training runs and after, with stand-ins for its program."""

import json
import os
import shutil
import signal
import sys
import time
from contextlib import suppress

import pandas as pd
import psutil
import pytest
from app_parts import button, text_of, wait_for_job

from hirise.jobs import log_tail, look
from hirise.jobs.store import read_jobs
from hirise.runs import find_run, list_runs

FAILS = (sys.executable, "-S", "-c", "import sys; sys.exit('hirise: no such thing.')")

pytestmark = pytest.mark.usefixtures("stand_in")


def wait_for_death(pid):
    """Until the process has ended; who looks at the queue is left to the test."""
    deadline = time.monotonic() + 120
    with suppress(psutil.NoSuchProcess):
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def wait_for_print(artifacts, job):
    deadline = time.monotonic() + 120
    while not log_tail(artifacts, job.id):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def labels(app):
    return [one.label for one in app.button]


def test_how_far_the_simulation_is_is_read_from_what_it_prints(
    artifacts, open_page, begin
):
    code = "import time; print('Simulating: 450 of 2,000 landmarks'); time.sleep(600)"
    program = (sys.executable, "-S", "-c", code)
    job, _ = begin(data="simulated:2000:0", program=program)
    wait_for_print(artifacts, job)
    app = open_page(artifacts, "train")
    progress = app.get("progress")[0].proto
    assert (progress.value, "450 of 2,000" in progress.text) == (22, True)


def test_before_the_run_folder_it_says_what_goes_on(artifacts, open_page, begin):
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
    _, run = begin("training")
    truth = {"other": 80, "crater": 20}
    names = [name for name, n in truth.items() for _ in range(n)]
    catalog = pd.DataFrame({"class_name": names, "split": "val"})
    catalog.to_parquet(artifacts / run / "catalog.parquet")
    app = open_page(artifacts, "train")
    assert not app.exception
    progress = app.get("progress")[0].proto
    assert progress.text == "Epoch 3 of 3, batch 20 of 80, about 2 min left"
    assert progress.value == 75  # two of three epochs and a quarter
    assert len(app.get("plotly_chart")) == 5
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    (alarm,) = app.error
    assert "Collapsing" in alarm.value
    assert "Epochs 1 to 2: all 100 val images are called" in alarm.value


def test_one_more_waits_and_can_be_taken_back(artifacts, open_page, begin):
    begin("training")
    begin(seed=1)
    app = open_page(artifacts, "train")
    assert "is next: it starts when" in text_of(app)
    button(app, "Take back").click().run()
    assert not app.exception
    assert look(artifacts).waiting is None


def test_stop_keeps_what_there_is(artifacts, open_page, begin):
    job, run = begin("training")
    path = artifacts / run / "run.json"
    document = json.loads(path.read_text())
    owner = {"pid": job.pid, "process_started": job.process_started}
    path.write_text(json.dumps(document | owner))
    app = open_page(artifacts, "train")
    button(app, "Stop it").click().run()
    assert not app.exception
    assert look(artifacts).ended.state == "stopped"
    assert find_run(artifacts, run).info.status == "interrupted"
    assert "2 of 3 epochs done." in text_of(app)
    button(app, "Close").click().run()
    assert look(artifacts).ended is None
    assert len(find_run(artifacts, run).history()) == 2


@pytest.mark.parametrize("page", ["train", "overview"])
def test_whoever_looks_starts_what_waits(artifacts, open_page, begin, page):
    job, _ = begin("training")
    waiting, _ = begin(seed=1)
    os.kill(job.pid, signal.SIGKILL)
    wait_for_death(job.pid)
    app = open_page(artifacts, page)
    assert not app.exception
    assert read_jobs(artifacts).running.id == waiting.id


def test_a_training_killed_under_the_page_is_told(artifacts, open_page, begin):
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
    assert "no such thing." in app.error[0].value.replace("\\", "")
    assert "no run was made" in text_of(app)


def test_a_finished_training_gives_its_verdict_and_a_link(
    artifacts, open_page, begin, make_run
):
    _, run = begin("collapsed", program=(sys.executable, "-S", "-c", ""))
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
