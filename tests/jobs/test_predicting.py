"""The process that predicts: started, watched, stopped; a stand-in for the program."""

import sys
import time

import pytest

from hirise.errors import InputError
from hirise.jobs import predicting
from hirise.jobs.predicting import (
    PredictRequest,
    forget_prediction,
    look_prediction,
    prediction_log,
    start_prediction,
    stop_prediction,
)

SLOW = (sys.executable, "-c", "import time; print('at it'); time.sleep(600)")
GOOD = (sys.executable, "-c", "import sys; print(sys.argv[1:])")


@pytest.fixture
def request_of(tmp_path):
    model = tmp_path / "up" / "m.keras"
    model.parent.mkdir()
    model.write_bytes(b"weights")
    return PredictRequest(str(model), "/images", title="--odd title")


def wait_until_ended(artifacts):
    deadline = time.monotonic() + 120
    while (job := look_prediction(artifacts)).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


def test_it_runs_to_its_end_with_a_copy_of_the_model(tmp_path, request_of):
    job = start_prediction(tmp_path / "a", request_of, keep_model=True, program=GOOD)
    assert job.state == "running"
    assert job.request.name == "--odd title"
    assert wait_until_ended(tmp_path / "a").state == "finished"
    (words,) = prediction_log(tmp_path / "a")
    assert "'--title=--odd title'" in words
    assert f"--model={(tmp_path / 'a').resolve()}" in words
    forget_prediction(tmp_path / "a")
    assert look_prediction(tmp_path / "a") is None
    assert prediction_log(tmp_path / "a") == []


def test_one_at_a_time_and_stopped(tmp_path, request_of):
    start_prediction(tmp_path / "a", request_of, program=SLOW)
    with pytest.raises(InputError, match="is being predicted already"):
        start_prediction(tmp_path / "a", request_of, program=SLOW)
    stop_prediction(tmp_path / "a")
    assert look_prediction(tmp_path / "a").state == "stopped"


def test_without_tensorflow_it_says_so(tmp_path, request_of, monkeypatch):
    monkeypatch.setattr(predicting, "why_no_training", lambda *_: "Predicting needs x.")
    with pytest.raises(InputError, match="Predicting needs x"):
        start_prediction(tmp_path / "a", request_of, program=GOOD)
