"""Cures as jobs: their command, their file, and that they need no TensorFlow."""

import json
import sys
import time

import pytest

from hirise.errors import InputError
from hirise.jobs import CureRequest, Job, Jobs, TrainRequest, look, start, stop
from hirise.jobs.job import jobs_document, parse_jobs

ENDS = (sys.executable, "-S", "-c", "import sys; print(*sys.argv[1:])")
STAYS = (sys.executable, "-S", "-c", "import time; time.sleep(600)")
RUN = "20260101-000000-run"


def make_request(*remedies, **values):
    return CureRequest(run=RUN, remedies=remedies or ("thresholds",), **values)


def test_the_command_says_all_that_was_asked(tmp_path):
    request = make_request(
        "temperature-scaling",
        "prior-shift",
        options={"target-shares": '"a, b"=.5,c=.5'},
        leave_out=("--json",),
        settings={"backbone": "a b.keras"},
    )
    assert request.arguments(tmp_path) == [
        "cure",
        "--remedy=temperature-scaling",
        "--remedy=prior-shift",
        '--target-shares="a, b"=.5,c=.5',
        "--leave-out=--json",
        "--set=backbone=a b.keras",
        f"--artifacts={tmp_path}",
        "--",
        RUN,
    ]


def test_a_cure_is_called_by_its_remedies_until_its_run_is_there():
    request = make_request("early-stopping", "select-by-macro-f1")
    assert request.name == "Early stopping by macro-F1, best epoch by macro-F1"
    assert request.told == f"cure of {RUN}"
    assert make_request(options={"title": "my try"}).name == "my try"


def test_a_cure_without_training_needs_no_tensorflow(tmp_path, monkeypatch):
    monkeypatch.setattr("hirise.jobs.room.find_spec", lambda name: None)
    artifacts = tmp_path / "artifacts"
    start(artifacts, make_request(), program=ENDS)
    deadline = time.monotonic() + 120
    while look(artifacts).running is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert look(artifacts).ended.state == "finished"
    with pytest.raises(InputError, match="Cure needs TensorFlow"):
        start(artifacts, make_request("transfer"), program=ENDS)


def test_a_cure_waits_for_the_training_that_runs(tmp_path):
    artifacts = tmp_path / "artifacts"
    training = TrainRequest(data="/mars", recipe="blog")
    first = start(artifacts, training, program=STAYS)
    try:
        assert start(artifacts, make_request(), program=ENDS).state == "waiting"
        with pytest.raises(InputError, match="This very cure waits already"):
            start(artifacts, make_request(), program=ENDS)
    finally:
        look_again = look(artifacts)._replace(waiting=None)
        (artifacts / ".jobs" / "jobs.json").write_text(
            json.dumps(jobs_document(look_again))
        )
        stop(artifacts, first.id, patience=2)


def test_the_file_survives_a_round_trip():
    request = make_request(
        options={"tau": "1.5"}, leave_out=("other",), settings={"a": "1"}
    )
    jobs = Jobs(waiting=Job("a1", request, "waiting"))
    assert parse_jobs(json.loads(json.dumps(jobs_document(jobs)))) == jobs


@pytest.mark.parametrize(
    "wrong",
    [
        {"remedies": "thresholds"},
        {"remedies": [3]},
        {"leave_out": "other"},
        {"settings": {"epochs": 3}},
        {"options": {"artifacts": "/elsewhere"}},
        {"options": {"tau": 1}},
        {"run": 1},
        {"command": ["rm"]},
    ],
)
def test_another_document_is_refused(wrong):
    request = {"kind": "cure", "run": RUN, "remedies": ["thresholds"], **wrong}
    document = {"waiting": {"id": "a", "state": "waiting", "request": request}}
    with pytest.raises((TypeError, ValueError)):
        parse_jobs(document)


def test_what_has_no_kind_is_a_training():
    request = {"data": "/mars", "recipe": "blog"}
    document = {"waiting": {"id": "a", "state": "waiting", "request": request}}
    assert parse_jobs(document).waiting.request == TrainRequest(**request)
