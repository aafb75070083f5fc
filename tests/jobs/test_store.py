"""The files of jobs: broken, hostile, deleted, of another machine or another form."""

import json
import os
import time

import psutil
import pytest
from job_parts import PYTHON, STAYS, Wish, wait_for, wait_for_end

from hirise.errors import InputError
from hirise.jobs import Job, Jobs, log_tail, poll, read_progress, start, stop
from hirise.jobs.store import job_folder, read_job, write_job
from hirise.progress import Status

ID = "0123456789ab"


def write(artifacts, document=(), *, name=ID, request="{}", text=None):
    """The files of a job, as someone else might write them."""
    folder = artifacts / ".jobs" / name
    folder.mkdir(parents=True)
    document = {"id": name, "action": "map", **dict(document)}
    (folder / "job.json").write_text(json.dumps(document) if text is None else text)
    (folder / "request.json").write_text(request)
    return folder


def change(artifacts, job, **values):
    path = artifacts / ".jobs" / job.id / "job.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_job_survives_a_round_trip(artifacts):
    job = Job(id=ID, action="train", request={"epochs": "2"}, title="τ", created=1.5)
    job_folder(artifacts, ID).mkdir(parents=True)
    write_job(artifacts, job)
    assert read_job(artifacts / ".jobs" / ID) == job


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "null", '{"id": "x"}', "[" * 10_000, "\x00", '"' + "x" * 2_000_000],
)
def test_a_broken_file_is_no_job(artifacts, text):
    write(artifacts, text=text)
    assert poll(artifacts) == Jobs()


@pytest.mark.parametrize(
    "values",
    [
        {"state": "odd"},
        {"state": 3},
        {"id": "ba9876543210"},
        {"action": "../train"},
        {"action": "train; rm"},
        {"pid": 0},
        {"pid": 1},
        {"pid": -1},
        {"pid": 2**40},
        {"pid": "12"},
        {"pid": 1.5},
        {"process_started": "then"},
        {"host": ["here"]},
        {"error": "text"},
        {"takes_turn": "yes"},
    ],
)
def test_a_field_of_another_kind_is_no_job(artifacts, values):
    write(artifacts, values)
    assert poll(artifacts) == Jobs()


@pytest.mark.parametrize("request_", ["[]", "{", "3"])
def test_a_broken_request_is_no_job(artifacts, request_):
    write(artifacts, request=request_)
    assert poll(artifacts) == Jobs()


@pytest.mark.parametrize("name", ["map", "0123456789AB", "0123456789abc", "..x"])
def test_a_folder_of_another_name_is_no_job(artifacts, name):
    write(artifacts, name=name)
    assert poll(artifacts) == Jobs()


@pytest.mark.parametrize("name", ["../../etc", "", ID + "\n", "/" + ID, "0123456789AB"])
def test_an_id_is_never_a_path(artifacts, name):
    for read in (job_folder, log_tail, read_progress):
        with pytest.raises(ValueError, match="12 hexadecimal digits"):
            read(artifacts, name)
    assert stop(artifacts, name) == Jobs()


def test_the_previous_form_is_left_aside(artifacts):
    folder = artifacts / ".jobs"
    (folder / "predict").mkdir(parents=True)
    (folder / "predict" / "job.json").write_text('{"id": "x", "state": "running"}')
    (folder / "jobs.json").write_text('{"running": {"id": "a"}}')
    (folder / "abc.log").write_text("old")
    (folder / "lock").touch()
    assert poll(artifacts) == Jobs()
    job = start(artifacts, "predict", Wish(), program=STAYS)
    assert poll(artifacts).jobs == (job,)


def test_a_link_is_no_job(artifacts, tmp_path):
    elsewhere = write(tmp_path)
    (artifacts / ".jobs").mkdir(parents=True)
    (artifacts / ".jobs" / ID).symlink_to(elsewhere, target_is_directory=True)
    assert poll(artifacts) == Jobs()


def test_a_deleted_folder_is_no_jobs_and_stays_deleted(artifacts):
    assert poll(artifacts) == Jobs()
    assert not artifacts.exists()


def test_no_signal_reaches_a_process_that_a_file_only_claims(artifacts):
    """Pid, start and host are right, but the process is none of the job's."""
    job = start(artifacts, "map", Wish(), program=STAYS)
    victim = psutil.Process()
    claim = {"pid": victim.pid, "process_started": victim.create_time()}
    folder = write(artifacts, {**claim, "host": job.host, "action": "predict"})
    jobs = stop(artifacts, folder.name, patience=0.1)
    assert jobs.get(folder.name).state == "stopped"
    assert victim.is_running()


def test_a_command_line_that_is_not_shown_yet_is_no_end(artifacts, monkeypatch):
    job = start(artifacts, "map", Wish(), program=STAYS)
    with monkeypatch.context() as patched:
        patched.setattr(psutil.Process, "cmdline", lambda process: [])
        assert poll(artifacts).get(job.id) == job
        assert stop(artifacts, job.id, patience=0.1).get(job.id).state == "running"
    assert stop(artifacts, job.id, patience=2).get(job.id).state == "stopped"


def test_a_pid_that_was_given_away_counts_as_ended(artifacts):
    job = start(artifacts, "train", Wish(queue=True), program=STAYS)
    change(artifacts, job, process_started=1.0)
    assert poll(artifacts).get(job.id).state == "failed"
    assert psutil.pid_exists(job.pid)
    psutil.Process(job.pid).kill()


def test_a_job_of_another_machine_is_left_to_it(artifacts):
    job = start(artifacts, "train", Wish(queue=True), program=STAYS)
    change(artifacts, job, host="elsewhere")
    assert poll(artifacts).running.host == "elsewhere"
    with pytest.raises(InputError, match="runs on another machine, elsewhere"):
        stop(artifacts, job.id)
    change(artifacts, job, host=job.host)


def test_a_job_elsewhere_is_known_by_its_heartbeat(artifacts):
    folder = write(artifacts, {"pid": 77, "process_started": 1.0, "host": "elsewhere"})
    beat = folder / "heartbeat"
    beat.touch()
    assert poll(artifacts).get(ID).state == "running"
    os.utime(beat, (time.time() - 26,) * 2)
    job = poll(artifacts).get(ID)
    assert (job.state, str(job.error)) == (
        "failed",
        "The process ended before it gave a result.",
    )


def test_progress_is_read_as_it_stands_and_empty_where_it_is_not(artifacts):
    folder = write(artifacts)
    assert read_progress(artifacts, ID) == Status()
    (folder / "progress.json").write_text('{"step": "Epoch 1 of 2", "fraction": 0.5}')
    assert read_progress(artifacts, ID) == Status("Epoch 1 of 2", 0.5)
    (folder / "progress.json").write_text('{"step": 3}')
    assert read_progress(artifacts, ID) == Status()


def test_the_log_is_its_last_lines(artifacts):
    code = "print('a' * 30_000); print('drawn\\rover'); print(); print('last')"
    job = start(artifacts, "map", Wish(), program=(*PYTHON, code))
    wait_for_end(artifacts, job)
    assert log_tail(artifacts, job.id)[1:] == ["over", "last"]
    assert log_tail(artifacts, job.id, n_lines=1) == ["last"]
    wait_for(lambda: poll(artifacts).get(job.id).has_ended)
