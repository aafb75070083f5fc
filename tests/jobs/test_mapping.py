"""The process that makes a map: its words, whose it is, and how it ended."""

import json
import os
import sys
import time

import pytest

from hirise.jobs.mapping import look_map, map_log, start_map, stop_map
from hirise.runs import create_run, find_run
from hirise.runs.embeddings import map_path

SLOW = (sys.executable, "-c", "import time; print('at it'); time.sleep(600)")
GOOD = (sys.executable, "-c", "import sys; print(sys.argv[1:])")


@pytest.fixture
def artifacts(tmp_path):
    return tmp_path / "artifacts"


@pytest.fixture
def run(artifacts):
    writer = create_run(artifacts, title="Mapped", class_names=["a", "b"])
    writer.finish("finished")
    return find_run(artifacts, writer.folder.name)


def wait_until_ended(artifacts, run):
    deadline = time.monotonic() + 120
    while (job := look_map(artifacts, run, "val")).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


def write_unseen(artifacts, run):
    """A job that another server started, whose process is gone."""
    path = artifacts / ".jobs" / "map" / "job.json"
    path.parent.mkdir(parents=True)
    request = {"run": run.info.id, "split": "val"}
    process = {"pid": os.getpid(), "process_started": 1.0, "host": "elsewhere"}
    path.write_text(
        json.dumps({"id": "x", "request": request, "state": "running"} | process)
    )
    os.utime(path, (1, 1))


def test_it_asks_for_the_map_of_the_run(artifacts, run):
    start_map(artifacts, run, "val", program=GOOD)
    assert wait_until_ended(artifacts, run).state == "finished"
    words = ["map", "--split=val", f"--artifacts={artifacts.resolve()}"]
    assert map_log(artifacts) == [str([*words, "--", run.info.id])]


def test_it_is_of_one_run_and_split(artifacts, run):
    start_map(artifacts, run, "val", program=SLOW)
    assert look_map(artifacts, run, "test") is None
    stop_map(artifacts, patience=2)
    assert look_map(artifacts, run, "val").state == "stopped"


def test_its_map_tells_of_one_that_another_server_started(artifacts, run):
    write_unseen(artifacts, run)
    path = map_path(run.folder, "val", "tsne")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    assert look_map(artifacts, run, "val").state == "finished"


def test_without_a_map_one_that_another_server_started_has_failed(artifacts, run):
    write_unseen(artifacts, run)
    assert look_map(artifacts, run, "val").state == "failed"
