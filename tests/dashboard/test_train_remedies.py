"""The page Train: a backbone, and remedies as switches of a training."""

import zipfile

import pytest
from app_parts import button, labels, text_of

from dashboard.app_pages.train.remedies import OFFERED
from hirise.diagnosis import diagnose, gather
from hirise.jobs import poll
from hirise.remedies.suggestions import suggest_remedies
from hirise.runs import find_run

pytestmark = pytest.mark.usefixtures("stand_in")


def test_a_backbone_is_a_file_that_is_there_and_is_remembered(
    artifacts, open_page, make_dataset, tmp_path
):
    app = open_page(artifacts, "train", data=str(make_dataset()), recipe="probe")
    assert app.text_input(key="probe-backbone").value == "EfficientNetB0"
    assert "Keras downloads the weights of EfficientNetB0 once" in text_of(app)
    file = tmp_path / "net.keras"
    app.text_input(key="probe-backbone").set_value(str(file)).run()
    (error,) = app.error
    assert "net.keras" in error.value.replace("\\", "").replace("\u2060", "")
    assert "Start training" not in labels(app)
    app.text_input(key="probe-backbone").set_value("EficientNetB0").run()
    assert "Did you mean 'EfficientNetB0'?" in app.error[0].value
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", '{"class_name": "Functional", "config": {}}')
        archive.writestr("model.weights.h5", b"")
    app.text_input(key="probe-backbone").set_value(str(file)).run()
    assert "net.keras is available" in text_of(app)
    button(app, "Start training").click().run()
    assert not app.exception
    assert poll(artifacts).running.request["settings"] == {"backbone": str(file)}
    again = open_page(artifacts, "train", recipe="probe")
    assert again.text_input(key="probe-backbone").value == str(file)


def test_remedies_change_the_settings_that_are_sent(artifacts, open_page, make_dataset):
    query = {
        "recipe": "blog-final",
        "with-lower-learning-rate": "true",
        "with-class-weights": "true",
    }
    app = open_page(artifacts, "train", data=str(make_dataset()), **query)
    assert not app.exception
    switches = {one.label: one for one in app.toggle}
    assert switches["Class weights"].value
    assert not switches["Warm-up"].value
    assert "Here: class weights none → inverse." in text_of(app)
    assert "Here: epochs 3 → 9. Takes three times as long." in text_of(app)
    assert app.text_input(key="blog-final-learning_rate-0.001").value == "0.001"
    switches["More epochs"].set_value(True).run()
    assert "About a minute" in text_of(app)
    button(app, "Start training").click().run()
    request = poll(artifacts).running.request
    assert request["settings"] == {
        "epochs": "9",
        "learning_rate": "0.001",
        "class_weights": "inverse",
    }
    assert request["title"] == (
        "blog-final, lower learning rate, class weights, more epochs"
    )


def test_a_setting_by_hand_goes_before_a_remedy(artifacts, open_page, make_dataset):
    query = {"recipe": "blog-final", "with-lower-learning-rate": "true"}
    app = open_page(artifacts, "train", data=str(make_dataset()), **query)
    app.text_input(key="blog-final-learning_rate-0.001").set_value("0.002").run()
    button(app, "Start training").click().run()
    assert poll(artifacts).running.request["settings"] == {"learning_rate": "0.002"}


def test_remedies_that_fight_are_refused_with_the_reason(
    artifacts, open_page, make_dataset
):
    query = {"with-class-weights": "true", "with-balanced-batches": "true"}
    app = open_page(artifacts, "train", data=str(make_dataset()), **query)
    assert not app.exception
    (error,) = app.error
    assert "class-weights cannot be combined with balanced-batches: both raise" in (
        error.value.replace("\\", "")
    )
    assert "Start training" not in labels(app)
    assert "once the remedies above can be combined" in text_of(app)
    app.toggle(key="with-class-weights").set_value(False).run()
    assert not app.error
    assert "Start training" in labels(app)


def test_what_a_recipe_does_already_cannot_be_switched_on(
    artifacts, open_page, make_dataset
):
    query = {"recipe": "small-cnn", "with-batch-norm": "true"}
    app = open_page(artifacts, "train", data=str(make_dataset()), **query)
    (switch,) = [one for one in app.toggle if one.label == "Batch normalisation"]
    assert switch.disabled
    assert "Not here: small-cnn does so already." in text_of(app)
    button(app, "Start training").click().run()
    assert poll(artifacts).running.request["settings"] == {}


def test_what_the_findings_of_the_chosen_run_ask_for_is_a_preset(
    artifacts, open_page, make_dataset, make_run
):
    run = make_run("collapsed", artifacts)
    query = {"data": str(make_dataset()), "recipe": "blog-final", "run": run}
    app = open_page(artifacts, "train", **query)
    assert not app.exception
    asked = [
        one.key
        for one in suggest_remedies(diagnose(gather(find_run(artifacts, run))))
        if one.key in {one.key for one in OFFERED}
    ]
    # A rate is changed only where it is the cause, which nothing here tells.
    assert "class-weights" in asked
    assert "lower-learning-rate" not in asked
    assert "The findings of blog-final recommend:" in text_of(app)
    assert "They also recommend transfer from a trained backbone" in text_of(app)
    button(app, "Switch on what is recommended").click().run()
    assert not app.exception
    on = {one.key.removeprefix("with-") for one in app.toggle if one.value}
    assert "class-weights" in on
    assert on <= set(asked)
    button(app, "Start training").click().run()
    assert poll(artifacts).running.request["settings"]["class_weights"] == "inverse"
