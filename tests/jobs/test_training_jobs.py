"""Real trainings as jobs."""

import pytest
from job_parts import wait_for, wait_for_end

from hirise.actions.train import TrainRequest
from hirise.data.simulated import simulated_folder
from hirise.jobs import log_tail, poll, read_progress, run_of, start, stop

pytestmark = pytest.mark.slow

SECONDS = 180


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
    job = start(artifacts, "train", request, title="followed")
    wait_for(lambda: run_of(artifacts, job), seconds=SECONDS)
    assert run_of(artifacts, job).info.status == "training"
    wait_for(
        lambda: read_progress(artifacts, job.id).step.startswith("Epoch"),
        seconds=SECONDS,
    )
    assert wait_for_end(artifacts, job).state == "finished"
    run = run_of(artifacts, job)
    assert (run.info.title, run.info.status) == ("followed", "finished")
    assert len(run.history()) == 2
    assert run.splits() == ("val", "test")
    assert any(line.startswith("epoch 2/2") for line in log_tail(artifacts, job.id))


def test_stopped_while_it_simulates_it_leaves_nothing(artifacts):
    request = TrainRequest(data="simulated:2000:9", recipe="blog-final")
    job = start(artifacts, "train", request)
    wait_for(lambda: read_progress(artifacts, job.id).done, seconds=SECONDS)
    assert read_progress(artifacts, job.id).unit == "landmarks"
    jobs = stop(artifacts, job.id)
    assert (jobs.running, jobs.ended.state) == (None, "stopped")
    assert run_of(artifacts, job) is None
    assert poll(artifacts) == jobs
    assert [path.name for path in simulated_folder().iterdir()] in ([], [".lock"])
