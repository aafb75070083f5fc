"""The report of the run that a page shows, as one file."""

from __future__ import annotations

import streamlit as st

from dashboard.state.loaders import load_check
from hirise.runs import Run


def offer_report(run: Run, split: str | None) -> None:
    """A button that saves the report as one HTML file, written when it is pressed."""

    def content() -> bytes:
        return load_check(run, split).to_html().encode("utf-8", "replace")

    named = f"-{split}" if split else ""
    st.download_button(
        "Report",
        content,
        file_name=f"{run.info.id}{named}.html",
        mime="text/html",
        key="report",
        type="tertiary",
        icon=":material/description:",
        help="One HTML file with the verdict, all charts and tables, and the most "
        "confident mistakes. It opens without internet access and can be "
        "printed.",
        on_click="ignore",
    )
