"""The file of the jobs: broken, deleted, or another machine's."""

import json
import os
import signal
import sys
import time

import pytest

from hirise.errors import InputError
from hirise.jobs import Job, Jobs, TrainRequest, drop, look, start, stop
from hirise.jobs.job import jobs_document, parse_jobs
from hirise.runs import create_run

ENDS = (sys.executable, "-S", "-c", "print('done')")
STAYS = (sys.executable, "-S", "-c", "import time; print('here'); time.sleep(600)")


@pytest.fixture
def artifacts(tmp_path):
    folder = tmp_path / "artifacts"
    yield folder
    running = look(folder).running
    if running is not None:
        drop(folder, getattr(look(folder).waiting, "id", ""))
        stop(folder, running.id, patience=2)


def make_request(seed=0, **values):
    return TrainRequest(data="/mars", recipe="small-cnn", seed=seed, **values)


def wait_for(condition, *, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_file_survives_a_round_trip(artifacts):
    job = Job("a1", make_request(settings={"epochs": "2"}), "waiting")
    jobs = Jobs(None, job, None)
    assert parse_jobs(json.loads(json.dumps(jobs_document(jobs)))) == jobs


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"running": {"id": "a"}}',
        '{"running": {"id": "a", "state": "odd", "request": '
        '{"data": "d", "recipe": "r"}}}',
        '{"waiting": {"id": "a", "state": "waiting", "request": '
        '{"data": "d", "recipe": "r", "settings": {"epochs": 3}}}}',
        '{"waiting": {"id": "a", "state": "waiting", "command": ["rm"]}}',
    ],
)
def test_a_broken_file_is_no_jobs(artifacts, text):
    (artifacts / ".jobs").mkdir(parents=True)
    (artifacts / ".jobs" / "jobs.json").write_text(text)
    assert look(artifacts) == Jobs()


def test_a_deleted_folder_is_no_jobs_and_stays_deleted(artifacts):
    assert look(artifacts) == Jobs()
    assert not artifacts.exists()


def test_a_job_of_another_machine_is_left_to_it(artifacts):
    job = start(artifacts, make_request(), program=STAYS)
    path = artifacts / ".jobs" / "jobs.json"
    text = path.read_text()
    path.write_text(text.replace(json.dumps(job.host), '"another"'))
    assert look(artifacts).running.host == "another"
    with pytest.raises(InputError, match="another machine, another"):
        stop(artifacts, job.id)
    path.write_text(text)


def test_a_job_elsewhere_is_known_by_the_heartbeat_of_its_run(artifacts, monkeypatch):
    job = start(artifacts, make_request(), program=STAYS)
    monkeypatch.setenv("HIRISE_JOB", job.id)
    writer = create_run(artifacts, title="this", class_names=["a"])
    for path in (artifacts / ".jobs" / "jobs.json", writer.folder / "run.json"):
        path.write_text(path.read_text().replace(json.dumps(job.host), '"another"'))
    beat = writer.folder / "heartbeat"
    beat.touch()
    assert look(artifacts).running.id == job.id
    os.utime(beat, (time.time() - 26,) * 2)
    assert look(artifacts).ended.state == "failed"
    os.kill(job.pid, signal.SIGKILL)
