"""The process that makes a map: started, watched, stopped; with a stand-in."""

import sys
import time

import pytest

from hirise.errors import InputError
from hirise.jobs.mapping import look_map, map_log, start_map, stop_map
from hirise.runs import create_run

SLOW = (sys.executable, "-S", "-c", "import time; print('at it'); time.sleep(600)")
GOOD = (sys.executable, "-S", "-c", "import sys; print(sys.argv[1:])")
BAD = (sys.executable, "-S", "-c", "print('hirise: no map.'); raise SystemExit(2)")


@pytest.fixture
def mars(tmp_path):
    writer = create_run(tmp_path / "a", title="r", class_names="ab", status="imported")
    return tmp_path / "a", writer.read()


def wait_until_ended(artifacts, run, split):
    deadline = time.monotonic() + 120
    while (job := look_map(artifacts, run, split)).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


def test_it_runs_to_its_end(mars):
    artifacts, run = mars
    assert look_map(artifacts, run, "--odd") is None
    assert start_map(artifacts, run, "--odd", program=GOOD).state == "running"
    assert wait_until_ended(artifacts, run, "--odd").state == "finished"
    (words,) = map_log(artifacts)
    assert words.startswith("['map', '--split=--odd', '--artifacts=")
    assert words.endswith(f"'--', '{run.info.id}']")
    assert look_map(artifacts, run, "val") is None


def test_its_last_word_is_the_reason(mars):
    artifacts, run = mars
    start_map(artifacts, run, "val", program=BAD)
    job = wait_until_ended(artifacts, run, "val")
    assert (job.state, job.error) == ("failed", "no map.")


def test_one_at_a_time_and_stopped(mars):
    artifacts, run = mars
    start_map(artifacts, run, "val", program=SLOW)
    with pytest.raises(InputError, match="is being made already"):
        start_map(artifacts, run, "test", program=SLOW)
    stop_map(artifacts)
    assert look_map(artifacts, run, "val").state == "stopped"
    stop_map(artifacts)
    start_map(artifacts, run, "val", program=GOOD)
    assert wait_until_ended(artifacts, run, "val").state == "finished"


def test_a_broken_file_is_no_job(mars):
    artifacts, run = mars
    folder = artifacts / ".jobs" / "map"
    folder.mkdir(parents=True)
    for text in ("{", "[]", '{"id": "x"}', '{"id":"x","run":3,"split":"","state":""}'):
        (folder / "job.json").write_text(text)
        assert look_map(artifacts, run, "val") is None
