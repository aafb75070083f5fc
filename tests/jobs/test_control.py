"""Jobs are started, polled and stopped, with small stand-ins for the program."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from job_parts import (
    ENDS,
    FAILS,
    PYTHON,
    STAYS,
    Wish,
    states,
    wait_for,
    wait_for_end,
)

from hirise.errors import InputError
from hirise.jobs import Jobs, forget, log_tail, poll, run_of, start, stop
from hirise.jobs.control import request_fields
from hirise.runs import create_run

DEAF = (
    *PYTHON,
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('deaf')\ntime.sleep(600)",
)
PARENT = (
    *PYTHON,
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-S', '-c', "
    "'import time; time.sleep(600)'])\nprint(child.pid)\ntime.sleep(600)",
)
QUEUES = (
    sys.executable,
    "-c",
    "import sys, time\nfrom pathlib import Path\n"
    "from hirise.actions.__main__ import carry_out\n"
    "def act(progress):\n    print('it is on', flush=True)\n    time.sleep(600)\n"
    "carry_out(Path(sys.argv[-1]), act)",
)


def make_training(word="one"):
    return Wish(word, queue=True)


def test_the_process_gets_the_action_its_folder_and_the_id(artifacts):
    code = "import os, sys; print(os.environ['HIRISE_JOB'], *sys.argv[1:], sep='\\n')"
    job = start(artifacts, "map", Wish(), program=(*PYTHON, code))
    folder = (artifacts / ".jobs" / job.id).resolve()
    wait_for_end(artifacts, job)
    assert log_tail(artifacts, job.id) == [job.id, "map", str(folder)]


def test_the_request_is_kept_and_no_command(artifacts):
    job = start(artifacts, "map", Wish("--hi"), title="A map", program=STAYS)
    folder = artifacts / ".jobs" / job.id
    request = json.loads((folder / "request.json").read_text())
    assert request == {
        "word": "--hi",
        "queue": False,
        "artifacts": str(artifacts.resolve()),
    }
    assert job.request == request == request_fields(artifacts, Wish("--hi"))
    assert poll(artifacts).newest("map") == job
    assert sys.executable not in (folder / "job.json").read_text()


def test_a_job_runs_to_its_end_and_is_forgotten(artifacts):
    job = start(artifacts, "map", Wish(), program=ENDS)
    assert job.state == "running"
    assert wait_for_end(artifacts, job).state == "finished"
    assert log_tail(artifacts, job.id) == ["done"]
    forget(artifacts, job.id)
    assert poll(artifacts) == Jobs()
    assert log_tail(artifacts, job.id) == []


def test_what_the_action_refused_is_the_reason(artifacts):
    job = wait_for_end(artifacts, start(artifacts, "map", Wish(), program=FAILS))
    assert (job.state, str(job.error)) == ("failed", "no such folder.")


def test_a_process_that_ends_without_a_result_has_failed(artifacts):
    program = (*PYTHON, "import sys; print('a last line'); sys.exit(3)")
    job = wait_for_end(artifacts, start(artifacts, "map", Wish(), program=program))
    assert job.state == "failed"
    assert str(job.error) == (
        "The process ended with status 3 before it gave a result. The last line that "
        "it printed: a last line"
    )


def test_a_killed_process_is_reported_with_its_signal(artifacts):
    job = start(artifacts, "train", make_training(), program=STAYS)
    os.kill(job.pid, signal.SIGKILL)
    ended = wait_for_end(artifacts, job)
    assert ended.state == "failed"
    assert "ended from outside (signal 9)" in str(ended.error)
    assert poll(artifacts).running is None
    assert poll(artifacts).ended == ended


def test_after_a_restart_of_the_server_the_files_hold_how_a_job_ended(
    artifacts, monkeypatch
):
    """The process is nobody's child then, so its exit status is lost."""
    monkeypatch.setattr("hirise.jobs.control.exit_status", lambda job: None)
    for program, state in ((ENDS, "finished"), (FAILS, "failed")):
        job = start(artifacts, "train", make_training(state), program=program)
        assert wait_for_end(artifacts, job).state == state
    job = start(artifacts, "train", make_training("x"), program=(*PYTHON, ""))
    error = "The process ended before it gave a result."
    assert str(wait_for_end(artifacts, job).error) == error


@pytest.mark.parametrize("program", [STAYS, DEAF])
def test_stop_ends_a_process_that_ignores_signals(artifacts, program):
    job = start(artifacts, "train", make_training(), program=program)
    wait_for(lambda: log_tail(artifacts, job.id))
    jobs = stop(artifacts, job.id, patience=0.5)
    assert (jobs.running, jobs.ended.state) == (None, "stopped")
    assert not psutil.pid_exists(job.pid)
    assert stop(artifacts, job.id) == jobs


@pytest.mark.skipif(sys.platform == "win32", reason="no sessions there")
def test_a_process_is_in_a_session_of_its_own(artifacts):
    """So that neither Ctrl-C nor the end of the server reaches it."""
    job = start(artifacts, "train", make_training(), program=STAYS)
    assert os.getsid(job.pid) == job.pid != os.getsid(0)


def test_stop_ends_its_children_too(artifacts):
    job = start(artifacts, "predict", Wish(), program=PARENT)
    wait_for(lambda: log_tail(artifacts, job.id))
    child = int(log_tail(artifacts, job.id)[0])
    stop(artifacts, job.id, patience=2)
    wait_for(lambda: not psutil.pid_exists(child))


def test_one_of_each_action_at_a_time(artifacts):
    first = start(artifacts, "map", Wish("a"), title="The map", program=STAYS)
    with pytest.raises(InputError, match=r"'The map' is under way already") as caught:
        start(artifacts, "map", Wish("b"), program=STAYS)
    assert "\n" not in str(caught.value)
    other = start(artifacts, "saliency", Wish("b"), program=STAYS)
    training = start(artifacts, "train", make_training(), program=STAYS)
    forget(artifacts, first.id)
    assert poll(artifacts).jobs == (first, other, training)
    stop(artifacts, first.id, patience=2)
    again = start(artifacts, "map", Wish("b"), program=STAYS)
    assert poll(artifacts).jobs == (other, training, again)


def test_one_trains_and_one_waits(artifacts):
    first = start(artifacts, "train", make_training("a"), title="A", program=STAYS)
    second = start(artifacts, "cure", make_training("b"), title="B", program=STAYS)
    jobs = poll(artifacts)
    assert (jobs.running, jobs.waiting, jobs.ended) == (first, second, None)
    assert second.state == "waiting"
    with pytest.raises(InputError, match="'B' waits already, and only one job can"):
        start(artifacts, "train", make_training("c"), program=STAYS)
    with pytest.raises(InputError, match="'A' is running already, with the same"):
        start(artifacts, "train", make_training("a"), program=STAYS)
    with pytest.raises(InputError, match="'B' is waiting already, with the same"):
        start(artifacts, "cure", make_training("b"), program=STAYS)
    assert poll(artifacts) == jobs


def test_what_waits_begins_by_itself_when_the_other_has_ended(artifacts):
    """Nobody polls: its own process takes the turn."""
    first = start(artifacts, "train", make_training("a"), program=QUEUES)
    wait_for(lambda: log_tail(artifacts, first.id) == ["it is on"])
    second = start(artifacts, "train", make_training("b"), program=QUEUES)
    wait_for(lambda: log_tail(artifacts, second.id))
    (line,) = log_tail(artifacts, second.id)
    assert line.startswith("Waiting for another training in ")
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: log_tail(artifacts, second.id)[-1] == "it is on")
    path = artifacts / ".jobs" / second.id / "job.json"
    assert json.loads(path.read_text())["state"] == "running"
    jobs = poll(artifacts)
    assert (jobs.running.id, jobs.waiting, jobs.ended.id) == (second.id, None, first.id)


def test_two_servers_that_start_at_once_start_one(artifacts):
    code = (
        "import sys; from pathlib import Path; from job_parts import STAYS, Wish\n"
        "from hirise.jobs import start\n"
        "wish = Wish(sys.argv[2], queue=True)\n"
        "print(start(Path(sys.argv[1]), 'train', wish, program=STAYS).state)"
    )
    words = [sys.executable, "-W", "ignore", "-c", code, str(artifacts)]
    parts = os.pathsep.join([str(Path(__file__).parents[1] / "parts"), *sys.path])
    both = [
        subprocess.Popen(
            [*words, word],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": parts},
        )
        for word in "12"
    ]
    said = sorted(process.communicate()[0].strip() for process in both)
    assert said == ["running", "waiting"]
    # Both servers are gone, and their jobs go on.
    assert sorted(states(poll(artifacts))) == ["running", "waiting"]


def test_one_that_waits_is_taken_back(artifacts):
    first = start(artifacts, "train", make_training("a"), program=STAYS)
    second = start(artifacts, "train", make_training("b"), program=STAYS)
    forget(artifacts, second.id, patience=2)
    assert poll(artifacts).jobs == (first,)
    assert not psutil.pid_exists(second.pid)


def test_only_the_last_training_that_ended_is_kept(artifacts):
    jobs = []
    for word in "ab":
        jobs.append(start(artifacts, "train", make_training(word), program=ENDS))
        wait_for_end(artifacts, jobs[-1])
    assert [job.id for job in poll(artifacts).jobs] == [jobs[1].id]


def test_a_file_that_may_go_is_copied(artifacts, tmp_path):
    (tmp_path / "model.keras").write_bytes(b"weights")
    wish = Wish(str(tmp_path / "model.keras"))
    job = start(artifacts, "predict", wish, copied=["word"], program=STAYS)
    copy = artifacts.resolve() / ".jobs" / job.id / "model.keras"
    assert job.request["word"] == str(copy)
    assert poll(artifacts).get(job.id) == job
    assert copy.read_bytes() == b"weights"


def test_the_run_is_known_as_soon_as_its_folder_appears(artifacts, monkeypatch):
    job = start(artifacts, "train", make_training(), program=STAYS)
    create_run(artifacts, title="another", class_names=["a"])
    assert run_of(artifacts, job) is None
    monkeypatch.setenv("HIRISE_JOB", job.id)
    made = create_run(artifacts, title="this", class_names=["a"])
    assert run_of(artifacts, job).info.id == made.id


def test_a_full_disk_is_one_line_and_starts_nothing(artifacts, monkeypatch):
    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hirise.jobs.control.write_job", no_space)
    with pytest.raises(InputError, match="No space left on device") as caught:
        start(artifacts, "train", make_training(), program=STAYS)
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    assert poll(artifacts) == Jobs()
    assert [path.name for path in (artifacts / ".jobs").iterdir()] == ["lock"]
