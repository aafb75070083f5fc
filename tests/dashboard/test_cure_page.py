"""The page Cure: what is offered, what is refused, and before and after."""

import json
import shutil
import sys
import time

import pandas as pd
import pytest

from dashboard.widgets import cure_images
from dashboard.widgets.remedy_cards import all_cards
from hirise.__main__ import run as hirise
from hirise.cli.cure import cure_ as cure_command
from hirise.dataset import read_catalog
from hirise.dataset.simulated.kept import SimulatedMars, simulate_if_absent
from hirise.jobs import CureRequest, look, start, stop
from hirise.recipes import recipe_named, to_dict
from hirise.remedies.alone import ALONE_KEYS
from hirise.remedies.training import TRAINING_KEYS
from hirise.runs import find_run, list_runs

ENDS = (sys.executable, "-S", "-c", "")
FAILS = (sys.executable, "-S", "-c", "import sys; sys.exit('hirise: no such run.')")

REMEDY = {"key": "warm-up", "parameters": {"schedule": "constant → warmup"}}


def boxes(app):
    return {
        box.key.removeprefix("remedy-"): box
        for box in app.checkbox
        if str(box.key).startswith("remedy-")
    }


def ticked(app):
    return [key for key, box in boxes(app).items() if box.value]


def text_of(app):
    parts = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info]
    return "\n".join(one.value for one in parts).replace("\\", "")


def button(app, label):
    (found,) = [one for one in app.button if one.label == label]
    return found


def wait_for_end(artifacts):
    deadline = time.monotonic() + 60
    while look(artifacts).running is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def cure(artifacts, run, *words):
    assert hirise(["cure", run, *words, "--artifacts", str(artifacts)]) == 0
    return list_runs(artifacts).runs[0].info.id


@pytest.fixture
def weak(artifacts, make_run):
    """A run whose predictions can be adjusted."""
    return make_run("healthy", artifacts)


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


def change_run(artifacts, run, **values):
    path = artifacts / run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def only(app, *keys):
    """Tick these remedies and no other."""
    for key, box in boxes(app).items():
        if box.value != (key in keys):
            box.set_value(key in keys)
    return app.run()


def test_where_all_probabilities_are_alike_each_remedy_says_why_not(
    artifacts, make_run, open_page
):
    run = make_run("collapsed", artifacts)
    app = open_page(artifacts, "cure", run=run)
    assert not app.exception
    assert "Collapsed" in app.error[0].value
    assert "What was found asks for" in [one.value for one in app.subheader]
    at_once = boxes(app)["logit-adjustment"]
    assert at_once.disabled
    assert "Not here:" in text_of(app)
    assert "the same probabilities" in text_of(app)


def test_what_a_remedy_would_choose_is_shown_before(artifacts, weak, open_page):
    app = open_page(artifacts, "cure", run=weak)
    assert not app.exception
    disabled = {key for key, box in boxes(app).items() if box.disabled}
    # It keeps no recipe, no weights and no features, and that is said once.
    assert disabled == {"reorder-classes", *ALONE_KEYS, *TRAINING_KEYS}
    assert text_of(app).count("its recipe is not known") == 1
    assert "Here: τ =" in text_of(app)
    # Its confidence misleads (HR301), which asks for this one.
    assert ticked(app) == ["temperature-scaling"]
    boxes(app)["temperature-scaling"].uncheck().run()
    assert "Tick a remedy; several can be combined." in text_of(app)


def test_the_url_restores_remedies_and_settings(artifacts, weak, open_page):
    query = {"remedy-logit-adjustment": "true", "tau": "1.5"}
    app = open_page(artifacts, "cure", run=weak, **query)
    assert ticked(app) == ["logit-adjustment"]
    assert app.number_input(key="tau").value == 1.5


def test_a_senseless_pair_is_refused_at_once(artifacts, weak, open_page):
    app = open_page(artifacts, "cure", run=weak)
    boxes(app)["temperature-scaling"].uncheck()
    boxes(app)["thresholds"].check()
    boxes(app)["logit-adjustment"].check().run()
    (refusal,) = app.error
    assert "makes no sense: both choose what each class gets added" in text_of(app)
    assert "Cure" not in [one.label for one in app.button]
    boxes(app)["thresholds"].uncheck().run()
    assert not app.error
    assert refusal


@pytest.mark.parametrize(
    ("text", "said"),
    [("other=.5", "sum to 0.5, not 1"), ("othr=1", "'othr' is no class of this run")],
)
def test_wrong_class_shares_are_refused_at_once(artifacts, weak, open_page, text, said):
    app = open_page(artifacts, "cure", run=weak, **{"remedy-prior-shift": "true"})
    app.text_input(key="target-shares").input(text).run()
    assert said in text_of(app)
    assert not app.exception


def test_one_click_cures_and_shows_before_and_after(artifacts, weak, open_page):
    app = open_page(artifacts, "cure", run=weak, **{"remedy-thresholds": "true"})
    button(app, "Cure").click().run()
    assert not app.exception
    request = look(artifacts).running
    assert request is None or request.request == CureRequest(weak, ("thresholds",))
    wait_for_end(artifacts)
    app.run()
    assert not app.exception
    assert "Before and after" in [one.value for one in app.header]
    new = list_runs(artifacts).runs[0]
    assert new.info.parent == weak
    assert [one["key"] for one in new.info.remedies] == ["thresholds"]
    assert len(app.get("plotly_chart")) == 3
    assert all(chart.proto.alt for chart in app.get("plotly_chart"))
    files = [one for one in app.get("download_button") if one.proto.label == "CSV"]
    assert len(files) == 3 + 1 + 2  # charts, metrics, images fixed and broken
    assert app.metric[3].label == "It took"
    button(app, "Compare on Runs").click().run()
    assert app.title[0].value == "Runs"
    assert app.selectbox(key="baseline").value == weak
    assert app.selectbox(key="run").value == new.info.id


def test_earlier_cures_are_listed_and_one_is_chosen(artifacts, weak, open_page):
    first = cure(artifacts, weak, "--remedy", "thresholds")
    second = cure(artifacts, weak, "--remedy", "logit-adjustment", "--tau", "3")
    app = open_page(artifacts, "cure", run=weak)
    assert not app.exception
    (listed,) = [one.value for one in app.dataframe if "remedies" in one.value]
    assert list(listed["id"]) == [second, first]
    assert list(listed["remedies"]) == ["logit-adjustment", "thresholds"]
    assert app.selectbox(key="cure").value == second
    app = open_page(artifacts, "cure", run=weak, cure=first)
    assert "thresholds ·" in text_of(app)
    assert not app.exception


def test_abstention_is_told_as_answers_not_as_a_cure(artifacts, weak, open_page):
    cure(artifacts, weak, "--remedy", "abstention", "--confidence", "0.8")
    app = open_page(artifacts, "cure", run=weak)
    assert not app.exception
    assert "are answered" in text_of(app)
    assert "cures no collapse" in text_of(app)
    assert "Fewer answers" in text_of(app)
    assert [one.label for one in app.metric] == ["Answered", "Accuracy", "Macro-F1"]


def test_a_cured_run_leads_back_to_the_one_before(artifacts, weak, open_page):
    new = cure(artifacts, weak, "--remedy", "temperature-scaling")
    app = open_page(artifacts, "cure", run=new)
    assert not app.exception
    assert "has no predictions of a val split" in text_of(app)
    (back,) = [one for one in app.button if one.label.startswith("This run cures")]
    back.click().run()
    assert app.selectbox(key="run").value == weak


def test_what_failed_says_why(artifacts, weak, open_page):
    start(artifacts, CureRequest(weak, ("thresholds",)), program=FAILS)
    wait_for_end(artifacts)
    app = open_page(artifacts, "cure", run=weak)
    assert not app.exception
    assert "no such run." in text_of(app)
    button(app, "Close").click().run()
    assert look(artifacts).ended is None


def test_a_training_that_runs_lets_the_cure_wait(artifacts, weak, open_page, begin):
    begin()
    app = open_page(artifacts, "cure", run=weak, **{"remedy-thresholds": "true"})
    assert "is under way" in text_of(app)
    button(app, "Cure next").click().run()
    assert not app.exception
    assert look(artifacts).waiting.request.remedies == ("thresholds",)
    assert "is next" in text_of(app)


def test_one_click_from_a_finding(artifacts, weak, open_page):
    app = open_page(artifacts, run=weak)
    offers = [one for one in app.button if one.label == "Cure it"]
    assert offers
    offers[0].click().run()
    assert not app.exception
    assert app.title[0].value == "Cure"


def test_a_run_that_trains_is_one_click_from_its_curves(artifacts, make_run, open_page):
    app = open_page(artifacts, "cure", run=make_run("training", artifacts))
    assert not app.exception
    (link,) = [
        one for one in app.get("page_link") if one.proto.label == "Watch it learn"
    ]
    assert link.proto.page == "learning_curves"


def test_a_run_without_predictions_says_so(artifacts, make_run, open_page):
    app = open_page(artifacts, "cure", run=make_run("interrupted", artifacts))
    assert not app.exception
    assert not boxes(app)


def test_the_job_file_keeps_the_request(artifacts, weak, open_page):
    start(artifacts, CureRequest(weak, ("thresholds",)), program=FAILS)
    document = json.loads((artifacts / ".jobs" / "jobs.json").read_text())
    kept = document["running"] or document["ended"]
    assert kept["request"]["kind"] == "cure"
    assert find_run(artifacts, weak).info.id == kept["request"]["run"]
    wait_for_end(artifacts)


def test_every_remedy_of_the_command_has_a_card():
    (keys,) = [
        one.help.partition(".")[0].split(", ")
        for one in cure_command.params
        if one.name == "keys"
    ]
    assert set(all_cards()) == set(keys)


def test_the_folder_is_asked_for_where_the_images_are_not(
    artifacts, trained, open_page, stand_in
):
    run, root = trained
    app = open_page(artifacts, "cure", run=run)
    assert not app.exception
    assert not boxes(app)["lower-learning-rate"].disabled
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
    assert look(artifacts).running.request == CureRequest(
        run, ("lower-learning-rate",), {"data": str(root)}
    )


def test_images_that_are_where_they_were_are_not_asked_for(
    artifacts, trained, open_page, stand_in
):
    run, root = trained
    change_run(artifacts, run, dataset={"split": "random", "path": str(root)})
    app = only(open_page(artifacts, "cure", run=run), "class-weights", "warm-up")
    assert "cure-data" not in [one.key for one in app.text_input]
    button(app, "Cure").click().run()
    assert look(artifacts).running.request.remedies == ("warm-up", "class-weights")


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
    assert "class-weights with balanced-batches makes no sense" in text_of(app)
    only(app, "transfer", "batch-norm")
    assert "another network with settings of its own" in text_of(app)
    only(app, "class-weights", "thresholds")
    assert "Class weights, then per-class thresholds" in text_of(app)


def test_the_class_left_out_is_asked_for(artifacts, trained, open_page, stand_in):
    run, root = trained
    app = open_page(artifacts, "cure", run=run, **{"cure-data": str(root)})
    only(app, "leave-class-out")
    assert "Choose the class that is left out." in text_of(app)
    chooser = app.multiselect(key="leave-out")
    chooser.set_value(chooser.options[:7]).run()
    assert "At least two classes must stay" in text_of(app)
    app.multiselect(key="leave-out").set_value(["other"]).run()
    button(app, "Cure").click().run()
    assert look(artifacts).running.request.leave_out == ("other",)


def test_transfer_asks_for_its_backbone(artifacts, trained, open_page, stand_in):
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
    assert look(artifacts).running.request.settings == {"backbone": "MobileNetV3Small"}


def test_simulated_images_are_made_again_here(
    artifacts, trained, open_page, monkeypatch
):
    run, _ = trained
    mars = SimulatedMars(40)
    monkeypatch.setattr(cure_images, "SimulatedMars", lambda: mars)
    folder = simulate_if_absent(mars)
    catalog = read_catalog(folder)
    kept = catalog.table.assign(split="train")
    kept.to_parquet(artifacts / run / "catalog.parquet")
    dataset = {"layout": "simulated", "fingerprint": catalog.fingerprint}
    change_run(artifacts, run, dataset=dataset)
    shutil.rmtree(folder)
    app = only(open_page(artifacts, "cure", run=run), "warm-up")
    assert "can be made again here" in text_of(app)
    button(app, "Simulate them").click().run()
    assert not app.exception
    assert mars.is_kept
    assert app.text_input(key="cure-data").value == str(folder)
    n_images = len(catalog.table)
    assert f"{n_images} of the run's {n_images} images are there." in text_of(app)
    assert "Cure" in [one.label for one in app.button]


def test_a_cure_that_trains_is_watched_here_and_one_proof_follows(
    artifacts, trained, open_page, stand_in, make_run, monkeypatch
):
    run, root = trained
    job = start(artifacts, CureRequest(run, ("warm-up",), {"data": str(root)}))
    monkeypatch.setenv("HIRISE_JOB", job.id)
    half = make_run("training", artifacts)
    change_run(artifacts, half, parent=run, remedies=[REMEDY])
    app = open_page(artifacts, "cure", run=run)
    assert not app.exception
    bar = app.get("progress")[0].proto
    assert bar.text == "Epoch 3 of 3, batch 20 of 80, about 2 min left"
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
    job = start(artifacts, CureRequest(run, ("warm-up",)))
    monkeypatch.setenv("HIRISE_JOB", job.id)
    half = make_run("interrupted", artifacts)
    change_run(artifacts, half, parent=run, remedies=[REMEDY])
    stop(artifacts, job.id, patience=2)
    app = open_page(artifacts, "cure", run=run)
    assert not app.exception
    assert "1 of 3 epochs done. What it wrote until then is kept." in text_of(app)
    assert [one.value for one in app.header] == ["Remedies"]


def test_train_leads_to_the_proof_of_a_cure(
    artifacts, trained, open_page, make_run, monkeypatch
):
    run, _ = trained
    job = start(artifacts, CureRequest(run, ("warm-up",)), program=ENDS)
    wait_for_end(artifacts)
    monkeypatch.setenv("HIRISE_JOB", job.id)
    after = make_run("healthy", artifacts)
    change_run(artifacts, after, parent=run, remedies=[REMEDY])
    app = open_page(artifacts, "train", run=after)
    assert f"cure of {run}" in text_of(app)
    button(app, "Before and after").click().run()
    assert app.title[0].value == "Cure"
    assert app.selectbox(key="run").value == run
    assert "Cured" in "".join(one.value for one in app.success)


def test_what_was_asked_for_and_cannot_work_is_folded(artifacts, make_run, open_page):
    app = open_page(artifacts, "cure", run=make_run("thresholded", artifacts))
    (asked,) = [one for one in app.expander if one.label.startswith("Also asked for")]
    inside = {one.key.removeprefix("remedy-") for one in asked.checkbox}
    assert "(0 of" in asked.label
    assert all(boxes(app)[key].disabled for key in inside)
    assert "logit-adjustment" not in inside


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
