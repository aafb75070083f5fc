"""The page Load: a stranger's model is refused, or predicts while it is watched."""

import json
import sys
import time
import zipfile

from app_parts import button, errors_of, text_of

from hirise.jobs import single
from hirise.jobs.predicting import look_prediction


def make_model(path, class_name="InputLayer"):
    layer = {"class_name": class_name, "module": "keras.layers"}
    layer["config"] = {"batch_shape": [None, 16, 16, 1]}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": [layer]}}))
    return path


def test_a_model_with_code_is_refused_at_once(load, tmp_path):
    app = load(make_model(tmp_path / "m.keras", "Lambda"))
    assert "holds a Lambda layer" in errors_of(app)[0]


def wait_for_end(artifacts):
    deadline = time.monotonic() + 120
    while look_prediction(artifacts).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_model_is_predicted_in_a_process_of_its_own(
    load, tmp_path, artifacts, make_dataset, monkeypatch
):
    said = "import time; print('Predicting: 5 of 20 images'); time.sleep(600)"
    monkeypatch.setattr(single, "PROGRAM", (sys.executable, "-S", "-c", said))
    app = load(make_model(tmp_path / "m.keras"), data=str(make_dataset()))
    assert "takes **16 × 16 × 1**" in text_of(app)
    button(app, "Predict").click().run()
    assert not app.exception
    deadline = time.monotonic() + 120
    while "Predicting: 5 of 20" not in str([p.proto for p in app.get("progress")]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        app.run()
    button(app, "Stop").click().run()
    assert look_prediction(artifacts).state == "stopped"
    button(app, "Close").click().run()
    assert look_prediction(artifacts) is None


def test_a_prediction_that_failed_says_why(
    load, tmp_path, artifacts, make_dataset, monkeypatch
):
    said = "print('hirise: m.keras: gives 3 numbers.'); raise SystemExit(2)"
    monkeypatch.setattr(single, "PROGRAM", (sys.executable, "-S", "-c", said))
    app = load(make_model(tmp_path / "m.keras"), data=str(make_dataset()))
    button(app, "Predict").click().run()
    wait_for_end(artifacts)
    app.run()
    assert not app.exception
    assert errors_of(app) == ["m.keras: gives 3 numbers."]
    assert button(app, "Predict"), "the form is still there"
