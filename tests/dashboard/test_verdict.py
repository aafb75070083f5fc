import pytest
from streamlit.testing.v1 import AppTest

from hirise.diagnosis import Cause, Diagnosis, Finding, Indicator, Verdict
from hirise.diagnosis.causes.decisions import Decision
from hirise.diagnosis.wording import Phrase


def script(diagnosis):
    from dashboard.shared.verdict import (
        show_evidence,
        show_findings,
        show_verdict,
    )

    show_verdict(diagnosis)
    show_evidence(diagnosis)
    show_findings(diagnosis)


def show(verdict, *findings, causes=(), decisions=None):
    diagnosis = Diagnosis(
        Verdict(verdict, statement=(Phrase("accuracy 90.0% of *everything*."),)),
        indicators=(
            Indicator("top", "Top share", 1.0, 0.99, True, Phrase("all are 'a'")),
        ),
        findings=findings,
        causes=causes,
        decisions=decisions or {},
        passed=("HR105",),
        not_applicable=(("HR301", "there are no probabilities"),),
    )
    app = AppTest.from_function(script, args=(diagnosis,), default_timeout=120).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("verdict", "headline", "box"),
    [
        ("collapsed", "Collapsed", "error"),
        ("partly-collapsed", "Partly collapsed", "error"),
        ("uninformed", "No better than guessing", "error"),
        ("weak", "Weak", "warning"),
        ("undetermined", "Cannot tell", "info"),
        ("healthy", "No collapse found", "success"),
    ],
)
def test_each_verdict_has_its_box_with_headline_and_sentence(verdict, headline, box):
    (alert,) = show(verdict).get(box)
    title, sentence = alert.value.split("\n\n")
    assert title.endswith(headline)
    assert sentence == r"Accuracy 90\.0% of \*everything\*\."


@pytest.mark.parametrize("code", ["HR101", "HR102"])
def test_never_green_while_the_evaluation_cannot_be_trusted(code):
    doubt = Finding(code, "Doubt", "warning", "half of them")
    app = show("healthy", doubt)
    assert not app.success
    assert "No collapse found" in app.warning[0].value


def test_never_green_beside_an_error():
    wrong = Finding("HR207", "Class order permuted", "error", "a is b")
    assert not show("healthy", wrong).success


def test_findings_carry_evidence_and_advice_and_notes_are_folded():
    finding = Finding("HR204", "Missed", "warning", "9% of b", "b", advice="Look.")
    note = Finding("HR202", "Never", "note", "1 of c", "c")
    app = show("weak", finding, note)
    texts = [text.value for text in app.markdown]
    (line,) = [text for text in texts if "**Missed**" in text]
    assert line.startswith(":orange[")
    assert "9% of b" in line
    assert "What to do: Look\\." in line
    assert [e.label for e in app.expander] == ["1 note"]


def test_the_code_of_a_finding_opens_its_documentation():
    app = show("weak", Finding("HR204", "Missed", "warning", "9% of b", "b"))
    (button,) = [one for one in app.button if one.label == "HR204"]
    button.click().run()
    assert not app.exception
    assert any("*Why it matters*" in text.value for text in app.markdown)


def test_beside_a_confirmed_cause_its_effects_have_no_advice():
    cause = Cause("network-dead", "Dead", (), (), (), "Train.", ("transfer",))
    confirmed = {"network-dead": Decision("confirmed", "lower-rate", 0.97, 0.7)}
    findings = (
        Finding("HR201", "One class", "error", "f", advice="Balance."),
        Finding("HR104", "Absent class", "warning", "g", advice="Collect."),
    )

    def advised(**decided):
        app = show("collapsed", *findings, causes=(cause,), **decided)
        return [text.value for text in app.markdown if "What to do" in text.value]

    assert len(advised()) == 2
    (other,) = advised(decisions=confirmed)
    assert "Collect" in other
