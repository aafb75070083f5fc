"""The page Cure: remedies that train, what they ask for, and their proof."""

import shutil

import pandas as pd
import pytest
from app_parts import button, change_run, remedy_boxes, text_of, wait_for_job
from job_parts import ENDS, THIRD_EPOCH, THIRD_EPOCH_TEXT, wait_for

from dashboard.app_pages.cure import images
from hirise.actions.cure import CureRequest
from hirise.data.simulated import SimulatedMars, planned_catalog
from hirise.jobs import poll, read_progress, request_fields, start, stop
from hirise.recipes import recipe_named, to_dict

REMEDY = {"key": "warm-up", "parameters": {"schedule": "constant → warmup"}}


@pytest.fixture
def trained(artifacts, make_run, make_dataset):
    """A run that can be trained again, and the folder of its images."""
    root, run = make_dataset(), make_run("thresholded", artifacts)
    names = sorted(path.name for path in root.glob("*/*.jpg"))
    sides = ["train"] * 32 + ["val"] * 8 + ["test"] * 8
    catalog = pd.DataFrame({"image": names, "split": sides, "class_name": "other"})
    catalog.to_parquet(artifacts / run / "catalog.parquet")
    recipe = to_dict(recipe_named("blog-final"))
    change_run(artifacts, run, recipe=recipe, dataset={"split": "random"})
    return run, root


def make_request(run):
    return CureRequest(run=run, remedies=("warm-up",))


def only(app, *keys):
    """Tick these remedies and no other."""
    for key, box in remedy_boxes(app).items():
        if box.value != (key in keys):
            box.set_value(key in keys)
    return app.run()


def test_absent_images_need_the_name_of_their_folder(
    artifacts, trained, open_page, stand_in
):
    run, root = trained
    app = open_page(artifacts, "cure", run=run)
    assert not app.exception
    assert not remedy_boxes(app)["lower-learning-rate"].disabled
    only(app, "lower-learning-rate")
    assert "Here: learning rate 0.01 → 0.001" in text_of(app)
    assert "Name the folder that has them." in text_of(app)
    assert "Cure" not in [one.label for one in app.button]
    app.text_input(key="cure-data").set_value(str(root.parent / "absent")).run()
    assert "does not exist" in text_of(app)
    app.text_input(key="cure-data").set_value(str(root)).run()
    assert "48 of the run's 48 images are there." in text_of(app)
    assert "About a minute on two CPU cores. The training before took 36 s" in (
        text_of(app)
    )
    button(app, "Cure").click().run()
    assert not app.exception
    request = CureRequest(run=run, remedies=("lower-learning-rate",), data=str(root))
    assert poll(artifacts).running.request == request_fields(artifacts, request)


def test_images_in_their_recorded_folder_need_no_name(
    artifacts, trained, open_page, stand_in
):
    run, root = trained
    change_run(artifacts, run, dataset={"split": "random", "path": str(root)})
    app = only(open_page(artifacts, "cure", run=run), "class-weights", "warm-up")
    assert "cure-data" not in [one.key for one in app.text_input]
    button(app, "Cure").click().run()
    assert poll(artifacts).running.request["remedies"] == ["warm-up", "class-weights"]


def test_another_folder_is_refused(artifacts, trained, open_page, make_dataset):
    run, _ = trained
    other = make_dataset({"ESP_999999_1450_RED-0001.jpg": 0}, name="other")
    app = only(open_page(artifacts, "cure", run=run), "warm-up")
    app.text_input(key="cure-data").set_value(str(other)).run()
    assert "has none of the 48 images of this run" in text_of(app)
    assert "Cure" not in [one.label for one in app.button]


def test_trainings_that_fight_are_refused_before_they_start(
    artifacts, trained, open_page
):
    run, root = trained
    app = open_page(artifacts, "cure", run=run, **{"cure-data": str(root)})
    only(app, "class-weights", "balanced-batches")
    assert "class-weights cannot be combined with balanced-batches" in text_of(app)
    only(app, "transfer", "batch-norm")
    assert "another network with settings of its own" in text_of(app)
    only(app, "class-weights", "thresholds")
    lines = [one.value for one in app.markdown]
    first = lines.index("**Class weights**: class weights none → inverse")
    assert lines[first + 1] == r"**Per\-class thresholds**"


def test_leaving_a_class_out_needs_its_name(artifacts, trained, open_page, stand_in):
    run, root = trained
    app = open_page(artifacts, "cure", run=run, **{"cure-data": str(root)})
    only(app, "leave-class-out")
    assert "Choose the class to leave out." in text_of(app)
    chooser = app.multiselect(key="leave-out")
    chooser.set_value(chooser.options[:7]).run()
    assert "At least two classes must remain" in text_of(app)
    app.multiselect(key="leave-out").set_value(["other"]).run()
    button(app, "Cure").click().run()
    assert poll(artifacts).running.request["leave_out"] == ["other"]


def test_transfer_needs_its_backbone(artifacts, trained, open_page, stand_in):
    run, root = trained
    app = open_page(artifacts, "cure", run=run, **{"cure-data": str(root)})
    only(app, "transfer")
    field = app.text_input(key="cure-backbone")
    assert field.value == recipe_named("probe").backbone
    field.set_value("/absent/net.keras").run()
    assert "/absent/net.keras" in text_of(app).replace("\u2060", "")
    assert "Cure" not in [one.label for one in app.button]
    app.text_input(key="cure-backbone").set_value("MobileNetV3Small").run()
    button(app, "Cure").click().run()
    assert poll(artifacts).running.request["settings"] == {
        "backbone": "MobileNetV3Small"
    }


def test_simulated_images_are_made_again_here(
    artifacts, trained, open_page, monkeypatch
):
    run, _ = trained
    mars = SimulatedMars(40)
    monkeypatch.setattr(images, "SimulatedMars", lambda: mars)
    catalog = planned_catalog(mars)
    kept = catalog.table.assign(split="train")
    kept.to_parquet(artifacts / run / "catalog.parquet")
    dataset = {"layout": "simulated", "fingerprint": catalog.fingerprint}
    change_run(artifacts, run, dataset=dataset)
    app = only(open_page(artifacts, "cure", run=run), "warm-up")
    assert "make them again here" in text_of(app)
    button(app, "Simulate them").click().run()
    assert not app.exception
    assert mars.is_simulated
    assert app.text_input(key="cure-data").value == str(mars.folder)
    n_images = len(catalog.table)
    assert f"{n_images} of the run's {n_images} images are there." in text_of(app)
    assert "Cure" in [one.label for one in app.button]


def test_a_cure_that_trains_is_watched_here_and_one_proof_follows(
    artifacts, trained, open_page, stand_in, make_run, monkeypatch
):
    run, _ = trained
    job = start(artifacts, "cure", make_request(run), program=THIRD_EPOCH)
    wait_for(lambda: read_progress(artifacts, job.id).step)
    monkeypatch.setenv("HIRISE_JOB", job.id)
    half = make_run("training", artifacts)
    change_run(artifacts, half, parent=run, remedies=[REMEDY])
    app = open_page(artifacts, "cure", run=run)
    assert not app.exception
    bar = app.get("progress")[0].proto
    assert bar.text == THIRD_EPOCH_TEXT
    assert len(app.get("plotly_chart")) == 5
    assert "Stop it" in [one.label for one in app.button]
    assert "Another remedy" in [one.label for one in app.expander]
    stop(artifacts, job.id, patience=2)
    shutil.rmtree(artifacts / half)
    after = make_run("healthy", artifacts)
    change_run(artifacts, after, parent=run, remedies=[REMEDY])
    app = open_page(artifacts, "cure", run=run)
    assert not app.exception
    assert "Before and after" in [one.value for one in app.header]
    assert "Cured" in "".join(one.value for one in app.success)
    assert "warm-up ·" in text_of(app)


def test_a_cure_that_was_stopped_can_go_on_and_is_no_before_and_after(
    artifacts, trained, open_page, make_run, monkeypatch, stand_in
):
    run, _ = trained
    job = start(artifacts, "cure", make_request(run))
    monkeypatch.setenv("HIRISE_JOB", job.id)
    half = make_run("interrupted", artifacts)
    change_run(artifacts, half, parent=run, remedies=[REMEDY])
    stop(artifacts, job.id, patience=2)
    app = open_page(artifacts, "cure", run=run)
    assert not app.exception
    assert (
        "1 of 3 epochs done. Everything that it wrote until then is kept."
        in text_of(app)
    )
    assert [one.value for one in app.header][1:] == ["cure", "Remedies"]


def test_train_leads_to_the_proof_of_a_cure(
    artifacts, trained, open_page, make_run, monkeypatch
):
    run, _ = trained
    job = start(artifacts, "cure", make_request(run), program=ENDS)
    wait_for_job(artifacts)
    monkeypatch.setenv("HIRISE_JOB", job.id)
    after = make_run("healthy", artifacts)
    change_run(artifacts, after, parent=run, remedies=[REMEDY])
    app = open_page(artifacts, "train", run=after)
    assert f"cure of {run}" in text_of(app)
    button(app, "Before and after").click().run()
    assert app.title[0].value == "Cure"
    assert app.selectbox(key="run").value == run
    assert "Cured" in "".join(one.value for one in app.success)


def test_what_follows_a_training_in_one_job_is_proven_against_the_first(
    artifacts, trained, open_page, make_run, monkeypatch
):
    run, _ = trained
    monkeypatch.setenv("HIRISE_JOB", "a1b2")
    middle = make_run("healthy", artifacts)
    change_run(artifacts, middle, parent=run, remedies=[REMEDY])
    last = make_run("healthy", artifacts)
    change_run(
        artifacts, last, parent=middle, remedies=[{**REMEDY, "key": "thresholds"}]
    )
    app = open_page(artifacts, "cure", run=run, cure=last)
    assert not app.exception
    assert "warm-up, then thresholds ·" in text_of(app)
    (listed,) = [one.value for one in app.dataframe if "remedies" in one.value]
    assert set(listed["id"]) == {middle, last}
