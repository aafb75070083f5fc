"""Images that show the same picture, whatever their names."""

from __future__ import annotations

import streamlit as st

from dashboard.widgets.charts import show_heading, show_table
from dashboard.widgets.data_pairs import COLUMNS, show_pairs
from dashboard.widgets.data_reasons import how_to_look, reason_of, show_reason
from dashboard.widgets.verdict import show_findings
from hirise.diagnosis import Diagnosis, Evidence
from hirise.runs import Run

CODES = ("HR103",)
MOST_SHOWN = 1000
"""Pairs listed on the page; a browser is slow with tens of thousands."""


def show_duplicates(run: Run, evidence: Evidence, diagnosis: Diagnosis) -> None:
    """How many groups of one picture there are, the pairs, and some to look at."""
    leakage, reason = evidence.leakage, reason_of(diagnosis, "HR103")
    if leakage is None or reason:
        why = reason or "the images were not looked at"
        show_reason("The pictures were not compared", why, how_to_look(run))
        return
    groups = leakage.duplicates
    if groups.empty:
        st.markdown(
            f"None: no two of {len(leakage.places):,} images show the same picture, "
            "not even rotated, flipped or relit."
        )
        return
    numbers = {
        "Groups of one picture": len(groups),
        "Images in them": groups["n_images"].sum(),
        "Groups on several sides": (groups["n_splits"] > 1).sum(),
        "Labels contradict": (groups["n_classes"] > 1).sum(),
    }
    with st.grid(len(numbers), min_column_width=170, gap="small"):
        for label, number in numbers.items():
            st.metric(label, f"{number:,}", border=True)
    pairs = leakage.duplicate_pairs
    show_heading(
        "Images beside another of the same picture",
        key="duplicates",
        table=pairs,
        shown=True,
    )
    show_pairs(run, pairs, most=3)
    show_table(
        pairs.head(MOST_SHOWN),
        key="duplicate-pairs",
        alt="Pairs of the same picture",
        columns=COLUMNS,
    )
    if len(pairs) > MOST_SHOWN:
        st.caption(
            f"The first {MOST_SHOWN:,} of {len(pairs):,} are shown: those whose labels "
            "contradict, then those on several sides. The CSV file has all."
        )
    show_findings(diagnosis.findings, codes=CODES)
