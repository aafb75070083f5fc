"""The story, on a replay that is whole, cut short, partly deleted, hidden or absent."""

import shutil

import numpy as np
import pandas as pd
import pytest

from hirise.predictions import Predictions
from hirise.runs import create_run, hide_examples
from hirise.runs.replays import Replay, ReplayedRun, write_replay

KEYS = ("first", "second", "third", "fourth")
SHOW = "I do not know: show me"
NAMES = ("other", "crater", "dark dune")
N = 40
"""Images of each side; three in four are "other"."""


def labels(extra):
    """(2 N,) right labels, shuffled by Keras' seed `extra` times."""
    order = np.arange(2 * N)
    right = np.where(order % 4 == 0, 1 + order % 8 // 4, 0)
    for _ in range(extra):
        np.random.RandomState(123).shuffle(right)
    return right


def add_run(folder, title, *, passes, answers):
    """A run whose val labels were shuffled `passes` times, its train labels once less.

    `answers` are its validation answers, `None` for "other" every time.
    """
    writer = create_run(
        folder, title=title, class_names=NAMES, recipe={"epochs": 2}, seed=123
    )
    names = [f"ESP_{i:06d}_1450_RED-0001.jpg" for i in range(2 * N)]
    split = np.array(["train"] * N + ["val"] * N)
    right = labels(0)
    seen = np.where(split == "val", labels(passes), labels(max(passes - 1, 0)))
    catalog = pd.DataFrame({"image": names, "path": names, "label": right})
    catalog["class_name"] = [NAMES[i] for i in right]
    writer.write_table("catalog.parquet", catalog.assign(split=split))
    table = pd.DataFrame({"image": names, "split": split, "label": seen})
    writer.write_table("labels_seen.parquet", table)
    called = np.zeros(N, dtype=np.int64) if answers is None else answers
    val = split == "val"
    for epoch in (1, 2):
        row = {"epoch": epoch, "loss": 0.5, "accuracy": 0.9, "val_loss": 0.9}
        row["val_accuracy"] = float((called == seen[val]).mean())
        row["right_val_accuracy"] = float((called == right[val]).mean())
        writer.append_epoch(row)
        counts = np.bincount(called, minlength=3)
        spread = pd.DataFrame({"class_name": NAMES, "n": counts})
        writer.append_predicted_counts(spread.assign(epoch=epoch, split="val"))
    for side, truth in (("val", seen[val]), ("test", right[val])):
        predictions = Predictions(
            y_pred=called,
            class_names=NAMES,
            y_true=truth,
            image=np.array(names, dtype=object)[val],
            split=side,
        )
        writer.write_predictions(side, predictions.write)
    writer.finish("finished", seconds=1.0)
    return writer.id


def add_replay(folder, *exercises, key="20260102-030400", right=True):
    """A replay of these exercises as recorded and, if asked for, with right labels."""
    runs = []
    for way in ("recorded", "right") if right else ("recorded",):
        for exercise in exercises:
            title = "Final recipe" if exercise == "final" else f"Exercise {exercise}"
            passes = 0 if way == "right" else 3 if exercise in ("4b", "4c") else 1
            answers = labels(0)[N:] if exercise in ("1", "3", "4a") else None
            run = add_run(folder, title, passes=passes, answers=answers)
            runs.append(ReplayedRun(exercise, way, run, test_accuracy=0.75))
    write_replay(folder, Replay(key, "mars", 2, 3 * N, tuple(runs)))
    return {(one.exercise, one.labels): one.run for one in runs}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A replay of exercises 3, 4a, 4b and final, of one's own."""
    folder = tmp_path_factory.mktemp("whole") / "artifacts"
    add_replay(folder, "3", "4a", "4b", "final")
    return folder


def said(app):
    """All text of the page, as it is read: without what keeps Markdown from acting."""
    blocks = [*app.markdown, *app.success, *app.info, *app.error, *app.caption]
    text = " ".join(block.value for block in blocks)
    return text.replace("\\", "").replace("\u2060", "").replace("\xa0", " ")


def answer(app, *keys):
    for key in keys or KEYS:
        app.radio(key=key).set_value(SHOW).run()
        assert not app.exception, (key, [e.value for e in app.exception])
    return said(app)


def test_no_answer_is_shown_before_a_guess(whole, read_page):
    app = read_page(whole, "story")
    assert not app.exception
    assert app.title[0].value == "Story"
    assert [app.radio(key=key).value for key in KEYS] == [None] * 4
    assert "Proven" not in said(app)
    assert "right labels" not in " ".join(s.value for s in app.subheader)
    assert len(app.get("plotly_chart")) == 5


def test_the_first_answer_compares_the_predictions_with_the_correct_labels(
    whole, open_page
):
    app = open_page(whole, "story")
    wrong = int((labels(1)[N:] != labels(0)[N:]).sum())
    told = answer(app, "first")
    assert "**100.0%** are correct" in told
    assert f"not {100 * (1 - wrong / N):.1f}%" in told
    assert f"**{wrong} of 40** validation images" in told
    assert "shuffled once more than intended with seed 123 (all 40 match)" in told
    assert "The labels of the evaluated images do not belong to them" in told


def test_the_second_answer_proves_both_splits_and_names_the_predicted_class(
    whole, open_page
):
    told = answer(open_page(whole, "story"), "second")
    assert "training labels:** these are the correct labels, shuffled twice" in told
    assert "validation labels:** these are the correct labels, shuffled three" in told
    assert "predicts “other” for **100.0%**" in told


def test_the_third_answer_gives_the_verdict_and_the_fourth_the_chart(whole, open_page):
    app = open_page(whole, "story")
    told = answer(app)
    assert "Collapsed" in app.error[0].value
    assert (
        "trained with them its accuracy is 75.0%, and that of always “other” is 75.0%"
        in told
    )
    assert "With the correct labels" in [s.value for s in app.subheader]
    assert "the recorded networks of 4b, final do not exceed the majority-class" in told


def test_a_guess_is_marked_as_correct_or_not(whole, open_page):
    app = open_page(whole, "story")
    app.radio(key="fourth").set_value("The one with the highest point").run()
    assert "It looks like it, but no." in said(app)
    app.radio(key="fourth").set_value("This chart does not show it").run()
    assert "**Correct.**" in said(app)


def test_the_url_keeps_the_answers(whole, open_page):
    app = open_page(whole)
    app.query_params["first"] = SHOW
    app.switch_page("app_pages/story/page.py").run()
    assert app.radio(key="first").value == SHOW


def test_a_run_of_the_story_opens_on_the_overview(whole, open_page):
    app = open_page(whole, "story")
    answer(app, "third")
    (button,) = [b for b in app.button if b.label == "Open Final recipe"]
    button.click().run()
    assert app.title[0].value == "Overview"
    assert "Final recipe" in app.header[0].value


def test_a_replay_cut_short_tells_what_it_can(tmp_path, open_page):
    add_replay(tmp_path, "1", "3", right=False)
    app = open_page(tmp_path, "story")
    told = said(app)
    assert "Not in this replay: 2a, 2b, 4a, 4b, 4c, final" in told
    assert "This chapter needs exercise 4b or 4c" in told
    assert "This chapter needs exercise final" in told
    assert "The exercises with the correct labels are not in this replay" in answer(
        app, "first", "fourth"
    )


def test_runs_that_were_deleted_are_named(whole, tmp_path, open_page):
    artifacts = shutil.copytree(whole, tmp_path / "artifacts")
    for folder in artifacts.glob("*-exercise-3*"):
        shutil.rmtree(folder)
    app = open_page(artifacts, "story")
    assert not app.exception
    assert "Deleted since: 3 (recorded labels), 3 (right labels)." in said(app)
    assert "This chapter needs exercise 3 or 2b or 2a or 1" in said(app)
    answer(app, "second", "third", "fourth")
    for folder in artifacts.glob("2*"):
        shutil.rmtree(folder)
    app = open_page(artifacts, "story")
    assert not app.exception
    answer(app, "fourth")


def test_the_newest_of_ones_own_comes_first_and_the_shipped_one_is_marked(
    whole, tmp_path, open_page
):
    artifacts = shutil.copytree(whole, tmp_path / "artifacts")
    add_replay(artifacts, "3", key="20260203-040500")
    add_replay(artifacts / "examples" / "replay", "3", key="20270101-000000")
    app = open_page(artifacts, "story")
    options = app.selectbox(key="replay").options
    assert options == [
        "03 Feb 2026, 04:05 · 120 images, 2 epochs each",
        "02 Jan 2026, 03:04 · 120 images, 2 epochs each",
        "01 Jan 2027, 00:00 · 120 images, 2 epochs each · shipped, simulated",
    ]
    app.selectbox(key="replay").select_index(1).run()
    assert not app.exception
    assert "Exercise 4b ends at" in said(app)
    hide_examples(artifacts)
    assert len(open_page(artifacts, "story").selectbox(key="replay").options) == 2


def test_without_a_replay_the_page_says_how_to_make_one(example, tmp_path, open_page):
    artifacts = shutil.copytree(example("collapsed"), tmp_path / "artifacts")
    app = open_page(artifacts, "story")
    assert not app.exception
    assert "No replay yet" in [s.value for s in app.header]
    assert app.code[0].value.startswith("hirise replay --data simulated --artifacts ")
    add_replay(artifacts / "examples" / "replay", "3")
    hide_examples(artifacts)
    app = open_page(artifacts, "story")
    (button,) = [b for b in app.button if b.label == "Show the examples"]
    button.click().run()
    assert "1 · The first networks" in [h.value for h in app.header]


def test_a_shipped_run_opens_by_the_url_and_no_list_holds_it(
    example, tmp_path, open_page
):
    artifacts = shutil.copytree(example("collapsed"), tmp_path / "artifacts")
    runs = add_replay(artifacts / "examples" / "replay", "3")
    run = runs["3", "recorded"]
    app = open_page(artifacts, run=run)
    assert not app.exception
    assert app.selectbox(key="run").value == run
    assert "Exercise 3" in app.header[0].value
    app = open_page(artifacts)
    assert run not in app.selectbox(key="run").options
