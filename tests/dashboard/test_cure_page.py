"""The page Cure: what is offered, what is refused, and before and after."""

import pytest
from app_parts import button, remedy_boxes, text_of, wait_for_job
from job_parts import FAILS

from dashboard.app_pages.cure.cards import all_cards
from hirise.__main__ import run as hirise
from hirise.actions.cure import CureRequest
from hirise.cli.cure import cure_ as cure_command
from hirise.jobs import poll, request_fields, start
from hirise.remedies import TRAINING_KEYS, WEIGHTS_KEYS
from hirise.runs import list_runs


def make_request(run):
    return CureRequest(run=run, remedies=("thresholds",))


def ticked(app):
    return [key for key, box in remedy_boxes(app).items() if box.value]


def cure(artifacts, run, *words):
    assert hirise(["cure", run, *words, "--artifacts", str(artifacts)]) == 0
    return list_runs(artifacts).runs[0].info.id


@pytest.fixture
def weak(artifacts, make_run):
    """A run whose predictions can be adjusted."""
    return make_run("healthy", artifacts)


def test_where_all_probabilities_are_alike_each_remedy_says_why_not(
    artifacts, make_run, open_page
):
    run = make_run("collapsed", artifacts)
    app = open_page(artifacts, "cure", run=run)
    assert not app.exception
    assert "Collapsed" in app.error[0].value
    assert "logit-adjustment" not in remedy_boxes(app)
    (impossible,) = [
        one for one in app.expander if one.label.startswith("Not possible here (")
    ]
    lines = [one.value for one in impossible.markdown]
    (line,) = [one for one in lines if "the same probabilities" in one]
    assert line.startswith("**Logit adjustment, Per")


def test_what_a_remedy_would_choose_is_shown_before(artifacts, weak, open_page):
    app = open_page(artifacts, "cure", run=weak)
    assert not app.exception
    # It keeps no recipe, no weights and no features, and that is said once.
    assert {*all_cards()} - {*remedy_boxes(app)} == {
        "rejoin-predictions",
        "reorder-classes",
        *WEIGHTS_KEYS,
        *TRAINING_KEYS,
    }
    assert text_of(app).count("its recipe is not known") == 1
    assert "Here: τ =" in text_of(app)
    # Its confidence misleads (HR301), which recommends this one.
    assert ticked(app) == ["temperature-scaling"]
    remedy_boxes(app)["temperature-scaling"].uncheck().run()
    assert "Tick a remedy below; several can be combined." in text_of(app)


def test_the_url_restores_remedies_and_settings(artifacts, weak, open_page):
    query = {"remedy-logit-adjustment": "true", "tau": "1.5"}
    app = open_page(artifacts, "cure", run=weak, **query)
    assert ticked(app) == ["logit-adjustment"]
    assert app.number_input(key="tau").value == 1.5


def test_a_senseless_pair_is_refused_at_once(artifacts, weak, open_page):
    app = open_page(artifacts, "cure", run=weak)
    remedy_boxes(app)["temperature-scaling"].uncheck()
    remedy_boxes(app)["thresholds"].check()
    remedy_boxes(app)["logit-adjustment"].check().run()
    (refusal,) = app.error
    assert (
        "cannot be combined with thresholds: both choose what is added to each class"
        in text_of(app)
    )
    assert "Cure" not in [one.label for one in app.button]
    remedy_boxes(app)["thresholds"].uncheck().run()
    assert not app.error
    assert refusal


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("other=.5", "sum to 0.5, not 1"),
        ("othr=1", "'othr' is not a class of this run"),
    ],
)
def test_invalid_class_frequencies_are_refused_at_once(
    artifacts, weak, open_page, text, said
):
    app = open_page(artifacts, "cure", run=weak, **{"remedy-prior-shift": "true"})
    app.text_input(key="target-shares").input(text).run()
    assert said in text_of(app)
    assert not app.exception


def test_one_click_cures_and_shows_before_and_after(artifacts, weak, open_page):
    app = open_page(artifacts, "cure", run=weak, **{"remedy-thresholds": "true"})
    button(app, "Cure").click().run()
    assert not app.exception
    (job,) = poll(artifacts).jobs
    assert job.request == request_fields(artifacts, make_request(weak))
    wait_for_job(artifacts)
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
    assert app.metric[3].label == "Duration"
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


def test_abstention_counts_answered_images_and_claims_no_cure(
    artifacts, weak, open_page
):
    cure(artifacts, weak, "--remedy", "abstention", "--confidence", "0.8")
    app = open_page(artifacts, "cure", run=weak)
    assert not app.exception
    assert "are answered" in text_of(app)
    assert "does not cure a collapse" in text_of(app)
    assert "Fewer answers" in text_of(app)
    assert [one.label for one in app.metric] == ["Answered", "Accuracy", "Macro-F1"]


def test_a_cured_run_leads_back_to_the_one_before(artifacts, weak, open_page):
    new = cure(artifacts, weak, "--remedy", "temperature-scaling")
    app = open_page(artifacts, "cure", run=new)
    assert not app.exception
    assert "chosen on all images" in text_of(app)  # it keeps no val split
    (back,) = [one for one in app.button if one.label.startswith("This run cures")]
    back.click().run()
    assert app.selectbox(key="run").value == weak


def test_what_failed_says_why(artifacts, weak, open_page):
    start(artifacts, "cure", make_request(weak), program=FAILS)
    wait_for_job(artifacts)
    app = open_page(artifacts, "cure", run=weak)
    assert not app.exception
    assert "no such folder." in text_of(app)
    button(app, "Close").click().run()
    assert poll(artifacts).ended is None


def test_a_training_that_runs_lets_the_cure_wait(artifacts, weak, open_page, begin):
    begin()
    app = open_page(artifacts, "cure", run=weak, **{"remedy-thresholds": "true"})
    assert "is under way" in text_of(app)
    button(app, "Cure next").click().run()
    assert not app.exception
    assert poll(artifacts).waiting.request["remedies"] == ["thresholds"]
    assert "is next" in text_of(app)


def test_the_overview_has_one_button_to_the_cure(artifacts, make_run, open_page):
    app = open_page(artifacts, run=make_run("thresholded", artifacts))
    (offer,) = [one for one in app.button if one.label == "Cure"]
    assert any("chosen on val" in one.value for one in app.caption)
    offer.click().run()
    assert not app.exception
    assert app.title[0].value == "Cure"
    assert app.checkbox(key="remedy-logit-adjustment").value


def test_a_run_that_trains_is_one_click_from_its_curves(artifacts, make_run, open_page):
    app = open_page(artifacts, "cure", run=make_run("training", artifacts))
    assert not app.exception
    (link,) = [
        one
        for one in app.get("page_link")
        if one.proto.label == "Watch the learning curves"
    ]
    assert link.proto.page == "learning_curves"


def test_a_run_without_predictions_says_so(artifacts, make_run, open_page):
    app = open_page(artifacts, "cure", run=make_run("interrupted", artifacts))
    assert not app.exception
    assert not remedy_boxes(app)


def test_every_remedy_of_the_command_has_a_card():
    (keys,) = [
        one.help.partition(".")[0].split(", ")
        for one in cure_command.params
        if one.name == "keys"
    ]
    assert set(all_cards()) == set(keys)


def test_recommended_remedies_that_cannot_work_are_not_offered(
    artifacts, make_run, open_page
):
    app = open_page(artifacts, "cure", run=make_run("thresholded", artifacts))
    assert not any(one.label.startswith("Also recommended") for one in app.expander)
    assert "logit-adjustment" in remedy_boxes(app)
    assert not any(box.disabled for box in remedy_boxes(app).values())


def test_a_remedy_of_the_address_that_is_not_possible_says_why(
    artifacts, weak, open_page
):
    app = open_page(artifacts, "cure", run=weak, **{"remedy-warm-up": "true"})
    assert not app.exception
    assert any(
        one.value.startswith("Warm\\-up is not possible here") for one in app.info
    )
