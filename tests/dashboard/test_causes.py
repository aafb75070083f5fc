"""Why it fails: the likeliest cause with its two steps, and the evidence of all."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from hirise.diagnosis import Cause, Diagnosis, Verdict
from hirise.diagnosis.causes.decisions import Decision
from hirise.diagnosis.wording import Phrase

SHUFFLED = Cause(
    key="training-labels-scrambled",
    title="The training labels do not belong to their images",
    statements=(Phrase("62.0% of 1,000 *labels* are not the catalog's."),),
    for_=("HR101", "HR403"),
    against=("HR502",),
    contradictions=("Not so: the outputs are the same for all images.",),
    experiment="Train one epoch with the repaired labels.",
    probability=0.95,
)
DEAD = Cause(
    key="network-dead",
    title="The network is dead",
    statements=(Phrase("All logits are alike."),),
    for_=("HR405",),
    against=(),
    experiment="Train with a tenth of the rate.",
    probability=0.2,
)
CONFIRMED = {SHUFFLED.key: Decision("confirmed", "training-labels", 0.97, 0.7)}


def script(diagnosis, run):
    from dashboard.app_pages.overview.causes import (
        show_evidence_of_causes,
        show_first_cause,
    )

    show_first_cause(run, None, diagnosis)
    show_evidence_of_causes(diagnosis)


@pytest.fixture
def show(example, monkeypatch):
    """The causes of a diagnosis, beside a run that keeps curves alone."""
    from hirise.runs import list_runs

    artifacts = example("interrupted")
    monkeypatch.setenv("HIRISE_ARTIFACTS", str(artifacts))
    (run,) = list_runs(artifacts).runs[:1]

    def make(verdict, *causes, decisions=None):
        diagnosis = Diagnosis(
            Verdict(verdict), causes=causes, decisions=decisions or {}
        )
        app = AppTest.from_function(
            script, args=(diagnosis, run), default_timeout=120
        ).run()
        assert not app.exception
        return app

    return make


def texts(app):
    return [one.value for one in app.markdown]


def test_the_first_cause_has_its_likelihood_and_its_evidence_in_a_sentence(show):
    app = show("collapsed", SHUFFLED, DEAD)
    first, *others = [one.value for one in app.subheader]
    assert first == f"Most likely cause: {SHUFFLED.title}"
    assert others == [SHUFFLED.title, DEAD.title]
    assert any("very likely · 95%" in text for text in texts(app))
    assert r"62\.0% of 1,000 \*labels\* are not the catalog's\." in texts(app)


def test_each_cause_shows_evidence_for_and_against_and_the_experiment(show):
    found = texts(show("collapsed", SHUFFLED))
    (for_,) = [text for text in found if text.startswith("**Evidence for**")]
    assert r"- 62\.0% of 1,000 \*labels\* are not the catalog's\." in for_
    assert "Labels do not belong to their images (HR101)" in for_
    (against,) = [text for text in found if text.startswith("**Evidence against**")]
    assert "- Not so: the outputs are the same for all images" in against
    assert "(HR502)" in against
    assert any("**Deciding test:** Train one epoch" in text for text in found)


def test_a_confirmed_cause_says_by_what_and_is_tested_no_more(show):
    app = show("collapsed", replace(SHUFFLED), decisions=CONFIRMED)
    assert app.subheader[0].value == f"Cause: {SHUFFLED.title}"
    found = texts(app)
    assert any("Confirmed by the experiment 'Compare the training" in t for t in found)
    assert not [text for text in found if "Deciding test" in text]


def test_a_cause_without_a_remedy_says_what_to_do(show):
    captions = [one.value for one in show("collapsed", DEAD).caption]
    assert r"What to do: Train with a tenth of the rate\." in captions


def test_no_evidence_against_a_cause_reads_none(show):
    assert "**Evidence against**\n\n:gray[None.]" in texts(show("weak", DEAD))


@pytest.mark.parametrize("verdict", ["healthy", "weak", "undetermined"])
def test_a_verdict_that_does_not_fail_shows_no_causes(show, verdict):
    app = show(verdict)
    assert not app.subheader
    assert not app.markdown


@pytest.mark.parametrize("verdict", ["collapsed", "partly-collapsed", "uninformed"])
def test_a_failure_without_a_cause_says_so(show, verdict):
    app = show(verdict)
    assert [one.value for one in app.subheader] == ["No cause stands out"]
    assert any(t.startswith("What is known does not tell") for t in texts(app))
