"""How many images there are of each class, on each side of the split."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.widgets.charts import count_columns, show_chart
from dashboard.widgets.states import explain
from dashboard.widgets.verdict import show_findings
from hirise.diagnosis import Diagnosis, Evidence
from hirise.figures.class_counts import class_counts_figure

CODES = ("HR104", "HR106")


def show_counts(evidence: Evidence, diagnosis: Diagnosis) -> None:
    """A mark per class and split, and what is too rare or too different."""
    counts = class_counts(evidence)
    if counts is None:
        explain(
            "No labels to count",
            "These predictions come without true labels, and nothing is known of what "
            "was trained on. Import them with a column for the truth, or with the "
            "folder of the images.",
        )
        return
    show_chart(
        class_counts_figure(counts),
        key="class-counts",
        title="Images per class and split",
        alt="Images of each class on each side of the split",
        table=counts,
        columns=count_columns(counts.columns),
        help="The axis is logarithmic, so that rare classes are seen. Under 10 images "
        "(dotted line) nothing can be said of a class.",
    )
    if len(counts.columns) == 1:
        st.caption(
            f"Only the {counts.columns[0]} images are known, not those of training."
        )
    show_findings(diagnosis.findings, codes=CODES)


def class_counts(evidence: Evidence) -> pd.DataFrame | None:
    """Images per class and split; of the judged split alone where no more is known."""
    if evidence.split_counts is not None and not evidence.split_counts.columns.empty:
        return evidence.split_counts
    evaluation = evidence.evaluation
    if evaluation is None or not evaluation.has_truth:
        return None
    return evaluation.per_class[["support"]].rename(
        columns={"support": evaluation.split}
    )
