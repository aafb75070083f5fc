"""The report of a run as a file."""

from __future__ import annotations

import streamlit as st

from hirise.diagnosis import Diagnosis, Evidence
from hirise.reporting import report_of
from hirise.runs import Run


def offer_report(run: Run, evidence: Evidence, diagnosis: Diagnosis) -> None:
    """A button that saves the report as one HTML file, written when it is pressed."""

    def content() -> bytes:
        return report_of(run, evidence, diagnosis).encode("utf-8", "replace")

    split = f"-{evidence.evaluation.split}" if evidence.evaluation is not None else ""
    st.download_button(
        "Download report",
        content,
        file_name=f"{run.info.id}{split}.html",
        mime="text/html",
        key="report",
        icon=":material/description:",
        help="One HTML file with this verdict, all charts and tables, and the most "
        "confident mistakes. It opens without a network connection, and prints.",
        on_click="ignore",
    )
