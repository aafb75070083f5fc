"""Jobs, with small stand-ins for the training program."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from hirise.errors import InputError
from hirise.jobs import (
    Jobs,
    TrainRequest,
    drop,
    log_tail,
    look,
    run_of,
    start,
    stop,
    why_no_training,
)
from hirise.runs import create_run

ENDS = (sys.executable, "-S", "-c", "print('done')")
FAILS = (
    sys.executable,
    "-S",
    "-c",
    "import sys; print('a warning'); sys.exit('hirise: no such folder.')",
)
STAYS = (sys.executable, "-S", "-c", "import time; print('here'); time.sleep(600)")
DEAF = (
    sys.executable,
    "-S",
    "-c",
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('deaf')\ntime.sleep(600)",
)


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


def wait_for_end(artifacts):
    wait_for(lambda: look(artifacts).running is None)
    return look(artifacts).ended


def test_the_command_says_all_that_was_asked(tmp_path):
    request = make_request(3, split="random", settings={"epochs": "2"}, title="-x")
    assert request.arguments(tmp_path) == [
        "train",
        "--data=/mars",
        "--recipe=small-cnn",
        "--split=random",
        "--seed=3",
        "--title=-x",
        f"--artifacts={tmp_path}",
        "--set=epochs=2",
    ]
    assert "--title=small-cnn" in make_request().arguments(tmp_path)


def test_a_job_runs_and_finishes_and_its_output_is_kept(artifacts):
    code = "import os, sys; print(os.environ['HIRISE_JOB'], *sys.argv[1:3], sep='\\n')"
    job = start(artifacts, make_request(), program=(sys.executable, "-S", "-c", code))
    assert job.state == "running"
    assert psutil.Process(job.pid).create_time() == pytest.approx(job.process_started)
    ended = wait_for_end(artifacts)
    assert (ended.id, ended.state, ended.error) == (job.id, "finished", "")
    assert log_tail(artifacts, job.id) == [job.id, "train", "--data=/mars"]
    assert look(artifacts) == Jobs(ended=ended)


def test_a_process_is_in_a_session_of_its_own(artifacts):
    job = start(artifacts, make_request(), program=STAYS)
    assert os.getsid(job.pid) == job.pid != os.getsid(0)


def test_what_failed_says_its_last_error(artifacts):
    start(artifacts, make_request(), program=FAILS)
    ended = wait_for_end(artifacts)
    assert (ended.state, ended.error) == ("failed", "no such folder.")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import sys; sys.exit(3)", "It ended with status 3 without a word"),
        ("import sys; print('oh'); sys.exit(1)", "It ended with status 1 after: oh"),
    ],
)
def test_what_failed_without_an_error_says_how_it_ended(artifacts, code, error):
    start(artifacts, make_request(), program=(sys.executable, "-S", "-c", code))
    assert wait_for_end(artifacts).error == error


def test_a_killed_process_is_noticed(artifacts):
    job = start(artifacts, make_request(), program=STAYS)
    os.kill(job.pid, signal.SIGKILL)
    ended = wait_for_end(artifacts)
    assert ended.state == "failed"
    assert "ended from outside (signal 9)" in ended.error


@pytest.mark.parametrize("program", [STAYS, DEAF])
def test_stop_ends_even_what_does_not_listen(artifacts, program):
    job = start(artifacts, make_request(), program=program)
    wait_for(lambda: log_tail(artifacts, job.id))
    jobs = stop(artifacts, job.id, patience=0.3)
    assert jobs.running is None
    assert (jobs.ended.id, jobs.ended.state) == (job.id, "stopped")
    assert not psutil.pid_exists(job.pid)
    assert stop(artifacts, job.id) == jobs


def test_one_trains_and_one_waits(artifacts):
    first = start(artifacts, make_request(0), program=STAYS)
    second = start(artifacts, make_request(1), program=STAYS)
    assert (second.state, second.pid) == ("waiting", None)
    assert look(artifacts)[:2] == (first, second)
    with pytest.raises(InputError, match="'small-cnn' waits already"):
        start(artifacts, make_request(2), program=STAYS)
    for seed, doing in ((0, "runs"), (1, "waits")):
        with pytest.raises(InputError, match=f"This very training {doing} already"):
            start(artifacts, make_request(seed), program=STAYS)


def test_what_waits_is_started_by_whoever_looks_and_only_once(artifacts):
    first = start(artifacts, make_request(0), program=STAYS)
    second = start(artifacts, make_request(1), program=STAYS)
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: psutil.Process(first.pid).status() == psutil.STATUS_ZOMBIE)
    before = set(psutil.Process().children())
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: look(artifacts, program=STAYS), range(8)))
    assert {jobs.running.id for jobs in found} == {second.id}
    assert len({jobs.running.pid for jobs in found}) == 1
    assert len(set(psutil.Process().children()) - before) == 1
    assert found[0].ended.id == first.id


def test_two_processes_that_start_at_once_start_one(artifacts):
    code = (
        "import sys; from pathlib import Path; from hirise.jobs import *\n"
        "request = TrainRequest(data='/mars', recipe='blog', seed=int(sys.argv[2]))\n"
        f"print(start(Path(sys.argv[1]), request, program={STAYS!r}).state)"
    )
    words = [sys.executable, "-W", "ignore", "-c", code, str(artifacts)]
    both = [
        subprocess.Popen([*words, seed], stdout=subprocess.PIPE, text=True)
        for seed in "12"
    ]
    assert sorted(one.communicate()[0].strip() for one in both) == [
        "running",
        "waiting",
    ]


def test_drop_takes_back_what_waits_and_forgets_what_ended(artifacts):
    first = start(artifacts, make_request(0), program=STAYS)
    second = start(artifacts, make_request(1), program=STAYS)
    drop(artifacts, first.id)
    assert look(artifacts).running == first
    drop(artifacts, second.id)
    assert look(artifacts).waiting is None
    wait_for(lambda: log_tail(artifacts, first.id) == ["here"])
    stop(artifacts, first.id)
    assert log_tail(artifacts, first.id) == ["here"]
    drop(artifacts, first.id)
    assert look(artifacts) == Jobs()
    assert log_tail(artifacts, first.id) == []


def test_the_run_is_known_as_soon_as_its_folder_appears(artifacts, monkeypatch):
    job = start(artifacts, make_request(), program=STAYS)
    create_run(artifacts, title="another", class_names=["a"])
    assert run_of(artifacts, job) is None
    monkeypatch.setenv("HIRISE_JOB", job.id)
    made = create_run(artifacts, title="this", class_names=["a"])
    assert run_of(artifacts, job).info.id == made.id


def test_after_a_restart_of_the_server_the_run_tells_how_it_ended(
    artifacts, monkeypatch
):
    """The process is nobody's child then, so its exit status is lost."""
    for status in ("finished", "failed"):
        job = start(artifacts, make_request(), program=ENDS)
        monkeypatch.setenv("HIRISE_JOB", job.id)
        create_run(artifacts, title="this", class_names=["a"]).finish(status)
        monkeypatch.setattr("hirise.jobs.queue.exit_status", lambda job: None)
        assert wait_for_end(artifacts).state == status
    assert look(artifacts).ended.error == "The process ended after: done"


def test_a_full_disk_is_one_line_and_starts_nothing(artifacts, monkeypatch):
    start(artifacts, make_request(0), program=STAYS)
    start(artifacts, make_request(1), program=STAYS)
    monkeypatch.setattr("hirise.jobs.room.LEAST_FREE", 10**18)
    with pytest.raises(InputError, match="MB are free") as caught:
        start(artifacts, make_request(2), program=STAYS)
    assert "\n" not in str(caught.value)
    jobs = stop(artifacts, look(artifacts).running.id)
    assert (jobs.running, jobs.waiting) == (None, None)
    assert (jobs.ended.request.seed, jobs.ended.state) == (1, "failed")
    assert "MB are free" in jobs.ended.error


def test_a_missing_tensorflow_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("hirise.jobs.room.find_spec", lambda name: None)
    assert why_no_training(tmp_path).startswith("Training needs TensorFlow")


@pytest.mark.slow
def test_a_real_training_is_followed_from_start_to_end(artifacts, make_dataset):
    root = make_dataset(observations=12, landmarks=4, size=32)
    small = {"image_size": "32", "filters": "4,8", "depth": "1", "patience": "0"}
    request = TrainRequest(
        data=str(root),
        recipe="small-cnn",
        split="random",
        settings={**small, "batch_size": "8", "epochs": "2"},
        title="followed",
    )
    job = start(artifacts, request)
    wait_for(lambda: run_of(artifacts, job), seconds=90)
    assert run_of(artifacts, job).info.status == "training"
    wait_for(lambda: look(artifacts).running is None, seconds=90)
    assert look(artifacts).ended.state == "finished"
    run = run_of(artifacts, job)
    assert (run.info.title, run.info.status) == ("followed", "finished")
    assert len(run.history()) == 2
    assert run.splits() == ("val", "test")
    assert log_tail(artifacts, job.id)[-2].startswith(f"run {run.info.id} (")
