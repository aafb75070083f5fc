"""The page Train: the images, the recipe and its settings before a start."""

import json

import pandas as pd
import pytest
from app_parts import button, choice, labels, text_of
from image_folders import make_folder

from dashboard.shared.recipe_form import HELP, as_text, time_text
from dashboard.shared.text import duration
from hirise.actions.plan import PlanRequest, plan_training
from hirise.actions.train import TrainRequest
from hirise.data.simulated import SimulatedMars, planned_catalog, simulate_if_absent
from hirise.jobs import poll, request_fields
from hirise.recipes import (
    RECIPES,
    SETTINGS,
    SIMULATED_SETTINGS,
    to_dict,
    with_settings,
)
from hirise.runs import read_settings

pytestmark = pytest.mark.usefixtures("stand_in")


def test_who_has_no_images_can_start_with_simulated_ones(artifacts, open_page):
    app = open_page(artifacts, "train")
    assert not app.exception
    assert app.title[0].value == "Train"
    text = text_of(app)
    mars = SimulatedMars()
    n_images, time_ = len(planned_catalog(mars).table), duration(mars.seconds)
    assert f"Simulated Mars** · {n_images:,} images · 8 classes" in text
    assert f"not photographs. They are simulated first, in about {time_}" in text
    assert choice(app, "Split").value == "published"
    assert f"after {time_} of simulating" in text
    button(app, "Start training").click().run()
    assert not app.exception
    request = TrainRequest(
        data=mars.name,
        recipe="small-cnn",
        split="published",
        settings=SIMULATED_SETTINGS["small-cnn"],
    )
    assert poll(artifacts).running.request == request_fields(artifacts, request)
    progress = app.get("progress")[0].proto
    assert progress.text.startswith("Starting: reading the images")
    assert read_settings(artifacts)["data"] == mars.name


def test_other_landmarks_are_remembered(artifacts, open_page):
    app = open_page(artifacts, "train", landmarks="60", mars="5")
    n_images = len(planned_catalog(SimulatedMars(60, 5)).table)
    assert f"Simulated Mars** · {n_images:,} images" in text_of(app)
    button(app, "Start training").click().run()
    assert poll(artifacts).running.request["data"] == "simulated:60:5"
    app = open_page(artifacts, "train")
    assert app.number_input(key="landmarks").value == 60
    assert app.number_input(key="mars").value == 5


def test_simulated_mars_that_is_kept_is_not_made_again(artifacts, open_page):
    simulate_if_absent(SimulatedMars(40))
    app = open_page(artifacts, "train", landmarks="40")
    assert "They are already on disk" in text_of(app)
    assert "of simulating" not in text_of(app)


def test_without_a_folder_the_form_needs_one(artifacts, open_page):
    app = open_page(artifacts, "train", source="A folder")
    assert not app.exception
    assert app.text_input(key="data").value == ""
    assert "Start training" not in labels(app)


def test_other_fractions_are_checked_and_requested(artifacts, open_page, make_dataset):
    app = open_page(artifacts, "train", data=str(make_dataset()))
    app.text_input(key="fractions").set_value("0.5, 0.5, 0.5").run()
    assert "three positive numbers" in app.error[0].value
    assert "Start training" not in labels(app)
    app.text_input(key="fractions").set_value("0.4, 0.3, 0.3").run()
    button(app, "Start training").click().run()
    assert not app.exception
    assert poll(artifacts).running.request["fractions"] == [0.4, 0.3, 0.3]


def test_a_bad_folder_is_one_error(artifacts, open_page, tmp_path):
    app = open_page(artifacts, "train", data=str(tmp_path / "absent"))
    assert not app.exception
    (error,) = app.error
    assert "does not exist" in error.value


def test_a_good_folder_is_described_and_only_possible_splits_are_offered(
    artifacts, open_page, make_dataset
):
    app = open_page(artifacts, "train", data=str(make_dataset()))
    assert not app.exception
    text = text_of(app)
    assert "HiRISE landmarks, version 3** · 48 images · 4 classes" in text
    split = choice(app, "Split")
    assert split.options == ["observation", "landmark", "random", "from a CSV file"]
    assert split.value == "observation"
    assert "Not possible here: published" in text
    assert "train ·" in text
    assert "About a minute on two CPU cores" in text
    table = app.dataframe[0].value
    assert list(table["usable"]) == [12, 12, 12, 12]


def test_how_a_folder_was_read_is_told(artifacts, open_page, tmp_path):
    images = [f"training/{name}/{n}.png" for name in ("cat", "dog") for n in range(3)]
    root = make_folder(tmp_path / "pets", [*images, "dev/cat/1.png"])
    app = open_page(artifacts, "train", source="A folder", data=str(root))
    text = text_of(app)
    assert "It comes with splits: 6 train (named training), 1 val (named dev)." in text
    assert "Images are in colour, 8 × 8 pixels." in text


def test_where_two_columns_hold_labels_the_column_is_asked_for(
    artifacts, open_page, tmp_path
):
    names = [f"{n}.png" for n in range(12)]
    root = make_folder(tmp_path / "cells", [f"images/{name}" for name in names])
    table = pd.DataFrame(
        {"file": names, "class": ["a", "b"] * 6, "label": list("xxyyzz") * 2}
    )
    table["file"] = "images/" + table["file"]
    table.to_csv(root / "labels.csv", index=False)
    app = open_page(artifacts, "train", source="A folder", data=str(root))
    how = "Choose one with “Label column”: 'class' or 'label'"
    assert how in app.error[0].value.replace("\\", "")
    app.text_input(key="label-column").set_value("label").run()
    assert not app.error
    assert app.text_input(key="label-column").value == "label"
    assert "12 images · 3 classes" in text_of(app)
    button(app, "Start training").click().run()
    assert not app.exception
    assert poll(artifacts).running.request["label_column"] == "label"


def test_the_newest_runs_folder_is_offered_until_another_was_used(
    artifacts, open_page, make_dataset, make_run
):
    root = make_dataset()
    run = make_run("healthy", artifacts)
    path = artifacts / run / "run.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"dataset": {"path": str(root)}}))
    app = open_page(artifacts, "train")
    assert app.text_input(key="data").value == str(root)
    button(app, "Start training").click().run()
    assert not app.exception
    assert read_settings(artifacts)["data"] == str(root)


def test_images_that_a_run_keeps_are_not_offered_to_train_on(
    artifacts, open_page, make_run
):
    """They lie there without a label beside them."""
    (artifacts / make_run("healthy", artifacts) / "images").mkdir()
    app = open_page(artifacts, "train")
    assert not app.exception
    assert "Simulated Mars** ·" in text_of(app)


def test_start_requests_what_the_form_shows(artifacts, open_page, make_dataset):
    root = make_dataset()
    app = open_page(artifacts, "train", data=str(root), recipe="blog-final")
    app.text_input(key="blog-final-epochs").set_value("2").run()
    app.text_input(key="title").set_value("my try").run()
    app.number_input(key="seed").set_value(7).run()
    button(app, "Start training").click().run()
    assert not app.exception
    request = TrainRequest(
        data=str(root),
        recipe="blog-final",
        split="observation",
        settings={"epochs": "2"},
        seed=7,
        title="my try",
    )
    assert poll(artifacts).running.request == request_fields(artifacts, request)
    assert "Train next" in labels(app)
    assert "Stop it" in labels(app)
    again = open_page(artifacts, "train", recipe="blog-final")
    assert "my try" in text_of(again)


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("epochs", "0", "Setting 'epochs' must be a whole number from 1 to 10000"),
        (
            "filters",
            "a,b",
            "Setting 'filters' must be 1 to 7 numbers separated by commas",
        ),
        ("image_size", "8", "Setting 'image_size' is 8, but 5 stages"),
    ],
)
def test_an_invalid_setting_is_worded_as_the_command_words_it(
    artifacts, open_page, make_dataset, key, text, message
):
    app = open_page(artifacts, "train", data=str(make_dataset()))
    app.text_input(key=f"small-cnn-{key}").set_value(text).run()
    assert not app.exception
    (error,) = app.error
    assert message in error.value.replace("\\", "").replace("\u2060", "")
    assert "Start training" not in labels(app)


def test_a_split_file_is_checked(artifacts, open_page, make_dataset, tmp_path):
    root = make_dataset()
    query = {"data": str(root), "sides-hirise-v3": "from a CSV file"}
    app = open_page(artifacts, "train", **query)
    assert "Start training" not in labels(app)
    app.text_input(key="sides-file").set_value(str(tmp_path / "no.csv")).run()
    assert "no.csv" in app.error[0].value.replace("\\", "").replace("\u2060", "")
    images = sorted(path.name for path in root.glob("*/*.jpg"))
    sides = ["train"] * 24 + ["val"] * 20
    table = pd.DataFrame({"image": images[: len(sides)], "split": sides})
    table.to_csv(tmp_path / "own.csv", index=False)
    app.text_input(key="sides-file").set_value(str(tmp_path / "own.csv")).run()
    assert not app.error
    assert "24 train · 20 val images" in text_of(app)
    button(app, "Start training").click().run()
    assert poll(artifacts).running.request["split"] == str(tmp_path / "own.csv")


def test_other_labels_are_given_to_the_training(
    artifacts, open_page, make_dataset, tmp_path
):
    query = {"data": str(make_dataset()), "labels": str(tmp_path / "own.csv")}
    app = open_page(artifacts, "train", **query)
    assert app.text_input(key="labels").value == str(tmp_path / "own.csv")
    button(app, "Start training").click().run()
    assert poll(artifacts).running.request["labels"] == str(tmp_path / "own.csv")


def test_a_full_disk_is_reported_before_anything_is_started(
    artifacts, open_page, make_dataset, monkeypatch
):
    monkeypatch.setattr("hirise.actions.preconditions.LEAST_FREE", 10**18)
    app = open_page(artifacts, "train", data=str(make_dataset()))
    (error,) = app.error
    assert "MB are free" in error.value
    assert "Start training" not in labels(app)


def test_every_setting_is_explained_and_its_text_reads_back():
    assert HELP.keys() >= SETTINGS.keys()
    for recipe in RECIPES:
        values = to_dict(recipe)
        texts = {key: as_text(values[key]) for key in SETTINGS}
        assert with_settings(recipe, texts) == recipe


def test_the_duration_is_shown_as_an_estimate():
    small = plan_training(PlanRequest("small-cnn", settings={"patience": 0}))
    told = f"About {small.recipe.minutes:.0f} min on two CPU cores"
    assert time_text(small, 6004) == f"{told}."
    settings = {"patience": 30, "select_by": "macro_f1"}
    stops = plan_training(PlanRequest("small-cnn", settings=settings))
    assert time_text(stops, 6004) == f"{told}, less with early stopping."
    final = plan_training(PlanRequest("blog-final"))
    assert time_text(final, 60) == "About a minute on two CPU cores."
