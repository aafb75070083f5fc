"""τ on the page Predicted labels: where it begins, what holds it, where it leads."""

import json

import pytest
from app_parts import text_of

from dashboard.app_pages.predicted_labels import tau
from hirise.remedies.tau import tau_steps


@pytest.fixture
def page(example, open_page):
    return open_page(example("thresholded"), "predicted_labels", split="test")


def drawn(app):
    (slider,) = app.get("bidi_component")
    return json.loads(slider.proto.json)


def test_tau_begins_at_the_value_chosen_on_val(page):
    assert not page.exception
    assert page.number_input(key="tau").value == 0.8
    assert "τ = 0.8, chosen on val" in text_of(page)
    assert "these very images" not in text_of(page).lower()
    shown = drawn(page)
    assert (shown["tau"], shown["chosen"]) == (0.8, 0.8)


def test_the_browser_gets_counts_that_add_up(page):
    shown = drawn(page)
    assert sum(map(sum, shown["start"])) == shown["images"] == 400
    assert shown["names"][0] == "other"
    assert sum(shown["true"]) == pytest.approx(1)
    assert shown["before"][0] == 1.0
    assert sum(shown["training"]) == pytest.approx(1)
    assert [step for step, *_ in shown["moves"]] == sorted(
        step for step, *_ in shown["moves"]
    )
    assert len(shown["changed"]) == 61
    assert [one["title"] for one in shown["metrics"]] == [
        *("Accuracy", "Balanced accuracy", "Macro-F1")
    ]


def test_a_link_restores_tau(example, read_page):
    linked = read_page(example("thresholded"), "predicted_labels", tau="1.2")
    assert linked.number_input(key="tau").value == 1.2


def test_cure_opens_with_this_tau(page):
    page.number_input(key="tau").set_value(1.2).run()
    page.button(key="cure-with-logit-adjustment").click().run()
    assert not page.exception
    assert page.title[0].value == "Cure"
    assert page.checkbox(key="remedy-logit-adjustment").value
    assert page.number_input(key="tau").value == 1.2


def test_another_split_begins_anew(page):
    page.number_input(key="tau").set_value(1.2).run()
    page.selectbox(key="split").select("val").run()
    assert page.number_input(key="tau").value == 0.8
    assert "these very images" in text_of(page).lower()


def test_numbers_with_intervals_are_measured_when_they_are_opened(page):
    n_tables = len(page.dataframe)
    page.session_state["tau-numbers"] = True
    page.run()
    assert not page.exception
    assert len(page.dataframe) > n_tables
    metrics = next(
        one.value for one in page.dataframe if "meaning" in one.value.columns
    ).set_index("metric")
    steps = page.dataframe[1].value.set_index("tau")
    assert "Macro AUC" not in metrics.index  # of labels alone there is none
    row = metrics.loc["Macro-F1"]
    assert row["value"] == pytest.approx(steps.loc[0.8, "macro_f1"])
    assert row["low"] < row["value"] < row["high"]


@pytest.mark.parametrize("kind", ["collapsed", "without_truth", "without_proba"])
def test_what_cannot_be_moved_says_so_in_a_sentence(example, read_page, kind):
    app = read_page(example(kind), "predicted_labels")
    assert not app.exception
    assert not app.get("bidi_component")
    said = {
        "collapsed": "the same probabilities",
        "without_truth": "no τ can be tried",
        "without_proba": "Only the predicted labels",
    }
    assert said[kind] in text_of(app)


def test_small_classes_are_drawn_as_one_row(example, open_page, monkeypatch):
    monkeypatch.setattr(tau, "MOST_CLASSES", 10)
    app = open_page(example("forty_classes"), "predicted_labels")
    shown = drawn(app)
    assert shown["names"][-1] == "30 other classes"
    assert len(shown["start"]) == len(shown["true"]) == 11
    assert sum(map(sum, shown["start"])) == 400
    assert max(max(move[1:4]) for move in shown["moves"]) <= 10


def test_the_module_reads_what_ships_with_it():
    assert callable(tau_steps)
    assert "export default" in tau._file("js")
