"""A training that is stopped before its images are there."""

import time

import pytest

from hirise.data.simulated import kept_folder
from hirise.jobs import TrainRequest, log_tail, run_of, start, stop

SECONDS = 180


@pytest.mark.slow
def test_stopped_while_it_simulates_it_leaves_nothing(tmp_path):
    artifacts = tmp_path / "artifacts"
    job = start(artifacts, TrainRequest(data="simulated:2000:9", recipe="blog-final"))
    end = time.monotonic() + SECONDS
    while "Simulating: " not in "".join(log_tail(artifacts, job.id)):
        assert time.monotonic() < end
        time.sleep(0.05)
    jobs = stop(artifacts, job.id)
    assert (jobs.running, jobs.ended.state) == (None, "stopped")
    assert run_of(artifacts, job) is None
    assert [path.name for path in kept_folder().iterdir()] in ([], [".lock"])
