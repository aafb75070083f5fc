"""Terms of art carry an explanation where a page uses them first."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.shared.terms import WORDS
from hirise.actions.explain import topics


def test_each_term_is_documented():
    assert set(WORDS) <= set(topics())


@pytest.fixture
def explained():
    def script():
        import streamlit as st

        from dashboard.shared.terms import begin_page, terms_in

        begin_page()
        for text in (
            "Cohen's kappa is 0.1 (95% CI 0.0-0.2).",
            "Macro-F1 is 0.2, and kappa stays.",
            "All images are predicted.",
        ):
            st.markdown(text, help=terms_in(text))

    app = AppTest.from_function(script).run()
    assert not app.exception
    return [one.help or "" for one in app.markdown]


def test_a_term_is_explained_once(explained):
    first, second, third = explained
    assert "**Cohen's kappa**: \\(accuracy" in first
    assert "**95% CI**" in first
    assert "Macro\\-F1" in second
    assert "kappa" not in second
    assert third == ""


def test_the_evidence_of_a_collapse_explains_its_terms(artifacts, make_run, open_page):
    app = open_page(artifacts, "overview", run=make_run("collapsed", artifacts))
    helps = " ".join(one.help or "" for one in (*app.markdown, *app.caption))
    assert "Effective number of classes" in helps
    assert helps.count("**Effective number of classes**") == 1
