"""Trainings that go on, as jobs."""

import json
import sys

import pytest

from hirise.errors import InputError
from hirise.jobs import Job, Jobs, ResumeRequest, look, run_of, start, stop
from hirise.jobs.job import jobs_document, parse_jobs
from hirise.runs import create_run

STAYS = (sys.executable, "-S", "-c", "import time; time.sleep(600)")
RUN = "20260101-000000-run"


def test_the_command_says_which_run(tmp_path):
    request = ResumeRequest(RUN, "a title")
    assert request.arguments(tmp_path) == [
        "train",
        f"--resume={RUN}",
        f"--artifacts={tmp_path}",
    ]
    assert (request.name, ResumeRequest(RUN).name) == ("a title", RUN)


def test_the_file_survives_a_round_trip():
    jobs = Jobs(waiting=Job("a1", ResumeRequest(RUN, "a title"), "waiting"))
    assert parse_jobs(json.loads(json.dumps(jobs_document(jobs)))) == jobs


@pytest.mark.parametrize(
    "wrong",
    [{"run": 1}, {"run": "../elsewhere"}, {"run": ""}, {"title": 2}, {"command": "rm"}],
)
def test_another_document_is_refused(wrong):
    request = {"kind": "resume", "run": RUN, **wrong}
    document = {"waiting": {"id": "a", "state": "waiting", "request": request}}
    with pytest.raises((TypeError, ValueError)):
        parse_jobs(document)


def test_its_run_is_known_from_the_beginning(tmp_path, monkeypatch):
    run = create_run(tmp_path, title="x", class_names=["a"], status="interrupted")
    job = start(tmp_path, ResumeRequest(run.id), program=STAYS)
    try:
        assert run_of(tmp_path, job).info.id == run.id
        with pytest.raises(InputError, match="This very resume runs already"):
            start(tmp_path, ResumeRequest(run.id), program=STAYS)
    finally:
        stop(tmp_path, job.id, patience=2)
    assert look(tmp_path).ended.state == "stopped"


def test_a_full_disk_is_one_line_and_starts_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("hirise.jobs.room.LEAST_FREE", 10**18)
    with pytest.raises(InputError, match="MB are free"):
        start(tmp_path, ResumeRequest(RUN), program=STAYS)
    assert look(tmp_path) == Jobs()
