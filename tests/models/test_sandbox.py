"""Models in a process of their own: ONNX files, whose runtime starts at once."""

import socket
import subprocess
import sys

import numpy as np
import psutil
import pytest
from onnx_files import write_endless, write_greedy
from recorded_progress import RecordedProgress

from hirise.errors import InputError
from hirise.models.pixel_scales import Encoding
from hirise.models.plan import make_plan
from hirise.models.prediction import predict
from hirise.models.sandbox import Limits, SandboxedPredictor
from hirise.predictions import read_predictions

PIXELS = np.random.default_rng(0).integers(0, 256, (70, 16, 16, 1), dtype=np.uint8)
ROWS = np.array([3, 0, *range(69, 1, -1)], dtype=np.int64)


def test_the_sandbox_predicts_what_the_model_does(bright, tmp_path):
    predictor = SandboxedPredictor(bright.write_onnx(tmp_path / "m.onnx"), "onnx")
    folder, process = predictor.folder, predictor.process
    progress = RecordedProgress()
    try:
        assert (predictor.facts.size, predictor.facts.layout) == (16, "NCHW")
        found = predictor.predict(PIXELS, ROWS, Encoding("0-255"), progress)
    finally:
        predictor.close()
    wanted = bright.expected(PIXELS[ROWS].astype(np.float32))
    np.testing.assert_allclose(found, wanted, atol=1e-3)
    assert progress.updates == [("Predicting", 64, 70), ("Predicting", 70, 70)]
    assert not folder.exists()
    assert process.poll() is not None


def test_a_run_of_an_onnx_file_with_conventions_found(bright, make_dataset, tmp_path):
    data = make_dataset()
    next(data.rglob("*-r90.jpg")).write_bytes(b"no image")
    plan = make_plan(bright.write_onnx(tmp_path / "m.onnx"), data)
    run = predict(plan, artifacts=tmp_path / "artifacts")
    assert len(read_predictions(run.predictions_path("all"))) == 47
    notes = " ".join(run.info.notes)
    assert "1 image cannot be decoded: left out." in notes
    assert "in 1 channel, channels first" in notes
    assert "Pixel scale" in notes
    assert "in a separate process, within" in notes
    assert "onnxruntime" in run.info.versions
    assert run.activations() is None


def predicted(path, limits):
    predictor = SandboxedPredictor(path, "onnx", limits=limits)
    try:
        predictor.predict(PIXELS, ROWS, Encoding("0-255"))
    finally:
        predictor.close()
        assert not psutil.pid_exists(predictor.process.pid)


def test_an_endless_loop_is_ended(tmp_path):
    limits = Limits(silence=1.0)
    with pytest.raises(InputError, match="gave no output for 1 seconds") as caught:
        predicted(write_endless(tmp_path / "m.onnx"), limits)
    assert "\n" not in str(caught.value)
    whole = Limits(seconds=1.0)
    with pytest.raises(InputError, match="`time_limit`"):
        predicted(write_endless(tmp_path / "m.onnx"), whole)


@pytest.mark.skipif(sys.platform == "win32", reason="watched there, and slower")
@pytest.mark.parametrize("numbers", [2_500_000_000, 10_000_000_000])
def test_too_much_memory_is_refused(tmp_path, numbers):
    path = write_greedy(tmp_path / "m.onnx", numbers)
    with pytest.raises(InputError, match=r"needs more than 1\.0 GB") as caught:
        predicted(path, Limits(memory=1.0))
    assert "\n" not in str(caught.value)


def test_a_damaged_file_is_refused_as_outside_the_sandbox(bright, tmp_path):
    path = bright.write_onnx(tmp_path / "m.onnx")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="cannot be loaded by onnxruntime"):
        SandboxedPredictor(path, "onnx")


def test_a_process_that_breaks_off_is_reported(monkeypatch, bright, tmp_path):
    crash = (sys.executable, "-c", "import os; os.abort()")
    monkeypatch.setattr("hirise.models.sandbox.WORKER", crash)
    with pytest.raises(InputError, match=r"ended early \(signal 6\)"):
        SandboxedPredictor(bright.write_onnx(tmp_path / "m.onnx"), "onnx")


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux'")
def test_the_network_is_out_of_reach():
    """A server of this very machine cannot be reached, where the system allows it."""
    reach = (
        "import socket, sys\n"
        "from hirise.models.worker import confine\n"
        "cut = confine(4_000_000_000)\n"
        "try:\n"
        "    socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=5)\n"
        "    print(cut, True)\n"
        "except OSError:\n"
        "    print(cut, False)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", reach, port],
            capture_output=True,
            text=True,
            check=True,
        )
    cut, reached = done.stdout.split()
    assert (cut == "True") == (reached == "False")
