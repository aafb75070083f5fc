"""Labels that the model's own probabilities speak against."""

from __future__ import annotations

import streamlit as st

from dashboard.widgets.charts import show_heading, show_table
from dashboard.widgets.data_reasons import reason_of, show_reason
from dashboard.widgets.verdict import show_findings
from hirise.diagnosis import Diagnosis, Evidence

CODES = ("HR107",)
MOST_SHOWN = 1000
MEND = (
    "Doubting labels takes a model that works, and its probabilities for images that "
    "it was not trained on."
)


def show_suspects(evidence: Evidence, diagnosis: Diagnosis) -> None:
    """The images to look at first, or why no label can be doubted."""
    reason = reason_of(diagnosis, "HR107")
    if reason:
        show_reason("No label can be doubted", reason, MEND)
        return
    suspects = evidence.suspects
    n_images = evidence.judged.n_judged
    if suspects.empty:
        st.markdown(f"None among {n_images:,} images.")
        return
    show_heading(
        f"{len(suspects):,} of {n_images:,} images, the least believed label first",
        key="suspected-labels",
        table=suspects,
        shown=True,
        help="By confident learning: the model is as sure of another class as it "
        "usually is where it is right. It may also be the model that is wrong.",
    )
    show_table(
        suspects.head(MOST_SHOWN),
        key="suspects",
        alt="Images whose label is probably wrong",
        columns={
            "self_confidence": st.column_config.NumberColumn(
                "probability of its label", format="%.3f"
            )
        },
    )
    show_findings(diagnosis.findings, codes=CODES)
