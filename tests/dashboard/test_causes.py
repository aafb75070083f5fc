"""Why it fails: the likeliest cause in full, the others folded."""

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
)
DEAD = Cause(
    key="network-dead",
    title="The network is dead",
    statements=(Phrase("All logits are alike."),),
    for_=("HR405",),
    against=(),
    experiment="Train with a tenth of the rate.",
)


def script(diagnosis):
    from dashboard.app_pages.overview.causes import show_causes

    show_causes(diagnosis)


@pytest.fixture
def show():
    def make(verdict, *causes, passed=("HR502",)):
        diagnosis = Diagnosis(Verdict(verdict), passed=passed, causes=causes)
        app = AppTest.from_function(
            script, args=(diagnosis,), default_timeout=120
        ).run()
        assert not app.exception
        return app

    return make


def test_the_first_cause_is_open_and_the_others_are_folded(show):
    app = show("collapsed", SHUFFLED, DEAD)
    assert [one.value for one in app.header] == ["Causes"]
    assert [one.value for one in app.subheader] == [f"1. {SHUFFLED.title}"]
    assert [one.label for one in app.expander] == [
        f"2. {DEAD.title} · {DEAD.likelihood} · {DEAD.share}"
    ]
    assert not app.expander[0].proto.expanded


def test_a_cause_shows_evidence_for_and_against_and_the_experiment(show):
    texts = [one.value for one in show("collapsed", SHUFFLED).markdown]
    (for_,) = [text for text in texts if text.startswith("**Evidence for**")]
    assert r"- 62\.0% of 1,000 \*labels\* are not the catalog's\." in for_
    assert "Labels do not belong to their images (HR101)" in for_
    (against,) = [text for text in texts if text.startswith("**Evidence against**")]
    assert "- Not so: the outputs are the same for all images" in against
    assert "(HR502)" in against
    assert any("**Deciding test:** Train one epoch" in text for text in texts)


@pytest.mark.parametrize(
    ("remedies", "told"), [((), ["**What to do:**"]), (("transfer",), [])]
)
def test_a_confirmed_cause_is_tested_no_more(remedies, told):
    cause = replace(DEAD, remedies=remedies)
    decisions = {DEAD.key: Decision("confirmed", "lower-rate", 0.97, 0.7)}
    diagnosis = Diagnosis(Verdict("collapsed"), causes=(cause,), decisions=decisions)
    app = AppTest.from_function(script, args=(diagnosis,), default_timeout=120).run()
    assert not app.exception
    texts = [one.value for one in app.markdown]
    assert not [text for text in texts if "Deciding test" in text]
    assert [text for text in texts if "What to do" in text] == [
        f":material/experiment: {label} {DEAD.experiment}".replace(".", r"\.")
        for label in told
    ]
    assert any("'Train briefly with a tenth" in text for text in texts)


def test_no_evidence_against_a_cause_reads_none(show):
    texts = [one.value for one in show("weak", DEAD).markdown]
    assert "**Evidence against**\n\n:gray[None.]" in texts


@pytest.mark.parametrize("verdict", ["healthy", "weak", "undetermined"])
def test_a_verdict_that_does_not_fail_shows_no_causes(show, verdict):
    app = show(verdict)
    assert not app.header
    assert not app.markdown


@pytest.mark.parametrize("verdict", ["collapsed", "partly-collapsed", "uninformed"])
def test_a_failure_without_a_cause_says_so_in_one_line(show, verdict):
    app = show(verdict)
    (line,) = app.markdown
    assert line.value.startswith("What is known does not tell a cause.")
