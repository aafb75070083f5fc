"""A run that was just made of what was brought."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.widgets.opening import show_opening
from dashboard.widgets.text import literal
from dashboard.widgets.verdict import show_verdict
from hirise.errors import InputError
from hirise.runs import Run


def show_loaded(run: Run) -> None:
    """Its verdict, if there is one to give, and the way to its pages."""
    page, label = "learning_curves", "Open its Learning curves"
    try:
        diagnosis = state.load_diagnosis(run, None)
        if run.splits() or diagnosis.verdict != "undetermined":
            show_verdict(diagnosis)
            page, label = "overview", "Open its Overview"
    except InputError as error:  # which of its splits is judged is open
        st.info(literal(error), icon=":material/info:")
        page, label = "overview", "Open its Overview"
    show_opening(page, label, run)
