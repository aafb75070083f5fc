"""From a number to its images: what is counted, and where links lead."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.app_pages.confusion_matrix.cells import cell_title, images_of_cell
from dashboard.shared import image_links
from dashboard.shared.image_links import (
    any_label,
    count_images,
    labelled_only,
    link_parameters,
    open_confidence,
)
from hirise.diagnosis import Finding
from hirise.evaluation import confidence_histogram, evaluate
from hirise.evaluation.images import (
    ImageFilter,
    answers_for,
    image_table,
    select_images,
)
from hirise.predictions import Predictions

NAMES = ("a", "b", "any")


@pytest.fixture
def predictions():
    """Six images, of which the last has no true label."""
    return Predictions(
        y_true=np.array([0, 0, 0, 1, 2, -1]),
        y_pred=np.array([0, 1, 1, 1, 0, 1]),
        class_names=NAMES,
        image=np.array([f"{n}.jpg" for n in range(6)], dtype=object),
    )


@pytest.mark.parametrize(
    ("true", "predicted", "n", "n_correct"),
    [
        ("a", "b", 2, 0),
        ("a", "", 3, 1),
        ("", "b", 3, 1),
        ("", "", 5, 2),
        ("b", "", 1, 1),
        ("", "any", 0, 0),
    ],
)
def test_the_count_the_cell_and_the_gallery_agree(
    predictions, true, predicted, n, n_correct
):
    evaluation = evaluate(predictions)
    assert count_images(evaluation, true, predicted) == (n, n_correct)
    assert len(images_of_cell(predictions, true, predicted)) == n
    table = image_table(predictions)
    for answer, many in (
        (labelled_only(evaluation), n),
        ("correct", n_correct),
        ("incorrect", n - n_correct),
    ):
        wanted = ImageFilter(true=true, predicted=predicted, answer=answer)
        assert len(select_images(table, wanted)) == many


def test_labelled_is_an_answer_only_where_some_images_are_not(predictions):
    assert answers_for(image_table(predictions)) == (
        "all",
        "labelled",
        "correct",
        "incorrect",
    )
    labelled = Predictions(
        y_true=np.array([0]), y_pred=np.array([1]), class_names=NAMES
    )
    assert answers_for(image_table(labelled)) == ("all", "correct", "incorrect")
    assert labelled_only(evaluate(labelled)) == "all"


def test_without_truth_the_predicted_labels_are_counted():
    plain = Predictions(y_pred=np.array([0, 1, 1]), class_names=NAMES)
    assert count_images(evaluate(plain), predicted="b") == (2, 0)
    assert count_images(evaluate(plain)) == (3, 0)


def test_any_never_has_the_name_of_a_class():
    assert any_label(("a", "b")) == "any"
    assert any_label(NAMES) == "any class"


def test_a_link_names_what_it_filters_by_and_nothing_else():
    assert link_parameters("a", "", "incorrect") == {
        "true-class": "a",
        "answer": "incorrect",
    }
    assert link_parameters() == {}


@pytest.mark.parametrize(
    ("true", "predicted", "title"),
    [
        ("a", "b", "a predicted as b: 1 image"),
        ("a", "", "a: 1 image"),
        ("", "b", "All predicted as b: 1 image"),
        ("", "", "All: 1 image"),
    ],
)
def test_titles(true, predicted, title):
    assert cell_title(true, predicted, 1) == title


@pytest.mark.parametrize(
    ("subject", "rows", "linked"),
    [
        ("a", (), [("a", "Images")]),
        ("a", ({"subject": "a"},), [("a", "Images")]),
        ("", tuple({"subject": n} for n in ("b", "a")), ["b", "a"]),
        ("", ({"subject": "no class"}, {"subject": "b"}), [("b", "Images")]),
        ("", (), []),
    ],
)
def test_a_finding_links_each_of_its_classes(
    predictions, monkeypatch, subject, rows, linked
):
    evidence = SimpleNamespace(evaluation=evaluate(predictions))
    monkeypatch.setattr(image_links.loaders, "chosen_run", lambda: "run")
    monkeypatch.setattr(image_links.loaders, "chosen_split", lambda run: "val")
    monkeypatch.setattr(image_links.loaders, "load_evidence", lambda *_: evidence)
    shown = []
    monkeypatch.setattr(
        image_links,
        "link_images",
        lambda true="", answer="", label="": shown.append((true, label)),
    )
    finding = Finding("HR204", "Missed", "warning", "", subject, rows=rows)
    image_links.link_finding(finding)
    assert shown == [
        one if isinstance(one, tuple) else (one, f"Images of {one}") for one in linked
    ]


def headings(app: AppTest) -> list[str]:
    return [one.value for one in app.subheader]


def test_a_row_of_the_matrix_by_select_boxes(example, open_page):
    app = open_page(example("two_classes"), "confusion_matrix", predicted="any")
    app.selectbox(key="true").set_value("frost").run()
    assert not app.exception
    assert app.selectbox(key="predicted").value == ""
    (title,) = [one for one in headings(app) if "frost" in one]
    shown = app.dataframe[-1].value
    assert title == f"frost: {len(shown)} images"
    assert set(shown["true"]) == {"frost"}
    assert set(shown["predicted"]) == {"frost", "no frost"}


@pytest.mark.parametrize("page", ["overview", "predicted_labels", "classes"])
def test_every_such_page_offers_its_images_without_a_mouse(example, open_page, page):
    app = open_page(example("two_classes"), page)
    app.selectbox(key="images-true").set_value("frost").run()
    assert not app.exception
    labels = [link.label for link in app.get("page_link")]
    assert labels[:3] == [
        "31 images",
        "30 correct predictions",
        "1 incorrect prediction",
    ]


def test_each_bar_of_confidence_counts_the_images_of_the_gallery():
    """0.55 and 1 lie on ends of bars; the last bar holds both of its own."""
    sure = np.array([0.5, 0.54, 0.55, 0.599, 0.95, 1.0, 0.7])
    proba = np.column_stack([sure, 1 - sure])
    predictions = Predictions(
        y_true=np.array([0, 0, 0, 1, 1, 0, 0]),
        y_pred=np.zeros(7, dtype=np.int64),
        class_names=("a", "b"),
        proba=proba,
        image=np.array([f"{n}.jpg" for n in range(7)], dtype=object),
    )
    table = image_table(predictions)
    for row in confidence_histogram(predictions).itertuples(index=False):
        for answer, many in (("correct", row.n_right), ("incorrect", row.n_wrong)):
            wanted = ImageFilter(
                answer=answer, low=round(row.low, 2), high=round(row.high, 2)
            )
            assert len(select_images(table, wanted)) == many


def test_a_click_on_a_bar_of_confidence(monkeypatch, predictions):
    asked = []
    monkeypatch.setattr(image_links, "request_page", lambda *what: asked.append(what))
    evaluation = evaluate(predictions)

    def click(*customdata):
        point = {"customdata": ["50%", "55%", *customdata]}
        selection = {"selection": {"points": [point]}}
        monkeypatch.setattr(image_links.st, "session_state", {"chart": selection})
        open_confidence("chart", evaluation)()

    click(0.5, 0.55, "incorrect")
    assert asked == [("images", {"answer": "incorrect", "sure": ["0.50", "0.55"]})]
    click(0.5, 0.55, "no ground truth")
    assert len(asked) == 1
