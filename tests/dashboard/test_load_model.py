"""The page Load: an unsafe model is refused, a prediction is watched."""

import json
import zipfile

from app_parts import button, errors_of, text_of
from job_parts import FAILS, reporting, wait_for, wait_for_end

from hirise.jobs import poll, read_progress


def make_model(path, class_name="InputLayer"):
    layer = {"class_name": class_name, "module": "keras.layers"}
    layer["config"] = {"batch_shape": [None, 16, 16, 1]}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": [layer]}}))
    return path


def test_a_model_with_code_is_refused_at_once(load, tmp_path):
    app = load(make_model(tmp_path / "m.keras", "Lambda"))
    assert "holds a Lambda layer" in errors_of(app)[0]


def test_a_model_is_predicted_in_a_process_of_its_own(
    load, tmp_path, artifacts, make_dataset, monkeypatch
):
    status = {"fraction": 0.25, "done": 5, "total": 20, "unit": "images"}
    program = reporting(step="Predicting", **status)
    monkeypatch.setattr("hirise.jobs.control.PROGRAM", program)
    app = load(make_model(tmp_path / "m.keras"), data=str(make_dataset()))
    app.selectbox(key="channels").select("bgr")
    app.selectbox(key="resize").select("crop").run()
    assert "takes **16 × 16 × 1**" in text_of(app)
    button(app, "Predict").click().run()
    assert not app.exception
    job = poll(artifacts).newest("predict")
    asked = {"channels": "bgr", "resize": "crop", "scale": "auto"}
    assert {name: job.request[name] for name in asked} == asked
    wait_for(lambda: read_progress(artifacts, job.id).step)
    app.run()
    progress = app.get("progress")[0].proto
    assert (progress.value, progress.text) == (25, "Predicting: 5 of 20 images")
    button(app, "Stop").click().run()
    assert poll(artifacts).newest("predict").state == "stopped"
    button(app, "Close").click().run()
    assert poll(artifacts).newest("predict") is None


def test_a_prediction_that_failed_says_why(
    load, tmp_path, artifacts, make_dataset, monkeypatch
):
    monkeypatch.setattr("hirise.jobs.control.PROGRAM", FAILS)
    app = load(make_model(tmp_path / "m.keras"), data=str(make_dataset()))
    button(app, "Predict").click().run()
    wait_for_end(artifacts, poll(artifacts).newest("predict"))
    app.run()
    assert not app.exception
    assert errors_of(app) == ["no such folder."]
    assert button(app, "Predict"), "the form is still there"
