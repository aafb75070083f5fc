"""The runs that ship: whole, small, of no machine, and shown on every page."""

import json
from pathlib import Path

import pandas as pd

from dashboard.shared.thumbnails import one_per_landmark
from hirise.diagnosis import diagnose, gather
from hirise.runs import list_runs
from hirise.runs.experiments import read_experiments

EXAMPLES = Path(__file__).resolve().parents[2] / "artifacts" / "examples"
PAGES = (
    *("overview", "learning_curves", "confusion_matrix", "classes"),
    *("predicted_labels", "confidence", "data", "runs"),
)
PROVEN = {
    "cnn on drawn fruit": (
        "validation-preprocessed-otherwise",
        "confirmed",
        "predict-again",
    ),
    "blog-final on real Mars": ("network-dead", "confirmed", "lower-rate"),
    "blog-final on simulated Mars": ("network-dead", "confirmed", "lower-rate"),
}
"""Cause, its status, and the experiment that decided."""


def test_the_examples_are_small_and_name_no_folder_of_a_machine():
    files = [path for path in EXAMPLES.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 3_000_000
    assert not [path for path in files if path.suffix in (".keras", ".pt2")]
    words = (b"/tmp", b"/home", b"/root", b"/work", b"file:")
    assert not [path for path in files if any(w in path.read_bytes() for w in words)]
    for path in EXAMPLES.rglob("run.json"):
        document = json.loads(path.read_text("utf-8"))
        assert document["dataset"]["path"] is None
        assert document["status"] == "finished"
        assert document["host"] is None
        assert document["note"]


def test_one_example_is_healthy_and_the_others_collapsed(shipped):
    found = list_runs(shipped)
    assert not found.problems
    verdicts = {
        run.info.title: diagnose(gather(run, split=run.splits()[-1])).verdict.key
        for run in found.runs
    }
    assert verdicts == {
        "cnn on drawn fruit": "collapsed",
        "blog-final on simulated Mars": "collapsed",
        "blog-final on real Mars": "collapsed",
        "small-cnn on simulated Mars": "healthy",
    }


def test_each_collapse_is_told_with_the_experiment_that_proved_its_cause(shipped):
    told = {}
    for run in list_runs(shipped).runs:
        diagnosis = diagnose(gather(run))
        if diagnosis.verdict.failing:
            cause, *_ = diagnosis.causes
            decision = diagnosis.decisions[cause.key]
            told[run.info.title] = (cause.key, decision.status, decision.decided_by)
            kept = {one.key for one in read_experiments(run)}
            assert decision.decided_by in kept
            assert diagnosis.confirmed == cause
            # What an effect would suggest alone may contradict the confirmed cause.
            (one_class,) = [f for f in diagnosis.findings if f.code == "HR201"]
            assert one_class.advice == "Remove the confirmed cause first."
    assert told == PROVEN


def test_the_first_start_shows_a_collapsed_example(shipped, open_page):
    app = open_page(shipped)
    assert "Collapsed" in app.error[0].value
    for page in PAGES:
        app.switch_page(f"app_pages/{page}/page.py").run()
        assert not app.exception, [e.value for e in app.exception]
    said = " ".join(block.value for block in app.sidebar.caption)
    assert "Drawn images in colour" in said


def test_a_simulated_example_says_so_on_each_page(shipped, open_page):
    run = run_titled(shipped, "small-cnn on simulated Mars")
    app = open_page(shipped, run=run)
    said = " ".join(block.value for block in app.sidebar.markdown)
    assert "simulated images" in said


def test_images_of_the_example_in_colour_are_in_its_run(shipped, read_page):
    run = run_titled(shipped, "cnn on drawn fruit")
    app = read_page(shipped, "confusion_matrix", run=run, true="plum", predicted="leaf")
    assert not app.exception
    captions = [one.proto.imgs[0].caption for one in app.get("image")]
    assert len(captions) == 12
    assert captions[0].startswith("plum → leaf")


def run_titled(shipped, title):
    (run,) = [r for r in list_runs(shipped).runs if r.info.title == title]
    return run.info.id


def test_images_of_a_simulated_example_are_drawn_again(shipped, read_page):
    run = run_titled(shipped, "small-cnn on simulated Mars")
    app = read_page(
        shipped, "confusion_matrix", run=run, true="crater", predicted="crater"
    )
    assert not app.exception
    captions = [one.proto.imgs[0].caption for one in app.get("image")]
    assert len(captions) == 12
    assert captions[0].startswith("crater → crater")
    assert "these images are not photographs" in " ".join(
        one.value for one in app.caption
    )


def test_images_of_the_real_example_are_reported_as_absent(
    shipped, open_page, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run = run_titled(shipped, "blog-final on real Mars")
    app = open_page(shipped, "confusion_matrix", run=run)
    assert not app.exception
    assert not app.get("image")
    said = " ".join(one.value for one in app.caption).replace("\\", "")
    assert "data download --release v3" in said.replace("\u2060", "")


def test_near_duplicates_that_were_not_looked_for_are_not_excluded(shipped, read_page):
    app = read_page(shipped, "data", run=run_titled(shipped, "cnn on drawn fruit"))
    said = [block.value for block in app.markdown if block.value.startswith("No two")]
    assert said == [
        "No two of 450 images are equal. Near-duplicates were not looked for, since a "
        "recording keeps no features for that."
    ]
    (run,) = [r for r in list_runs(shipped).runs if "fruit" in r.info.id]
    kinds = gather(run).leakage.shared_table()["kind"].tolist()
    assert kinds == ["bytes", "copy"]


def test_copies_of_a_landmark_are_shown_once():
    names = pd.Series(
        [
            "ESP_000012_1985_RED-0031-r90.jpg",
            "ESP_000012_1985_RED-0031.jpg",
            "ESP_000012_1985_RED-0032.jpg",
            "cat.png",
            "dog.png",
        ]
    )
    assert one_per_landmark(names) == tuple(names[[0, 2, 3, 4]])


def test_the_first_visit_says_what_this_is_and_offers_three_ways_in(
    shipped, example, read_page
):
    ways = ["Read the story (5 minutes)", "Load your predictions", "Train in a minute"]

    def offered(app):
        return [one.proto.label for one in app.main.get("page_link")][:3]

    app = read_page(shipped)
    assert offered(app) == ways
    assert any("Below is an example" in one.value for one in app.markdown)
    assert offered(read_page(example("healthy"))) != ways
