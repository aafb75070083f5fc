"""Files and rows that are missing, broken, repeated or contradict themselves."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.widgets.charts import count_columns, show_heading, show_table
from dashboard.widgets.data_reasons import how_to_look
from dashboard.widgets.states import explain
from dashboard.widgets.verdict import show_findings
from hirise.diagnosis import Diagnosis, Evidence
from hirise.runs import Run

CODES = ("HR105",)
MEANINGS = {
    "absent": "labelled, but the file is not there",
    "corrupt": "the file cannot be decoded",
    "unreadable": "the file or folder cannot be opened",
    "empty": "a folder without images",
    "unlabelled": "the file has no label",
    "repeated": "labelled several times, always alike",
    "conflicting": "labelled several times, not alike; left out",
    "resized": "of another size than most; resized",
}


def show_files(run: Run, evidence: Evidence, diagnosis: Diagnosis) -> None:
    """The problems of the dataset's files by kind, and those of the predictions."""
    problems = evidence.file_problems
    if problems is None:
        sound = "HR105" in diagnosis.passed and evidence.evaluation is not None
        rows = " The rows of the predictions contradict nothing." if sound else ""
        explain(
            "The files are not known",
            f"Nothing was kept of the folder of the images.{rows}  \n"
            f"{how_to_look(run)}",
        )
    elif problems.empty:
        st.markdown("None: every file of the dataset was there, labelled and readable.")
    else:
        table = problem_table(problems)
        show_heading("Problems by kind", key="file-problems", table=table, shown=True)
        show_table(
            table,
            key="problems",
            alt="Number of files with each problem",
            columns=count_columns(["images"]),
        )
        st.caption("`hirise data info DIR` lists them one by one.")
    show_findings(diagnosis.findings, codes=CODES)


def problem_table(problems: pd.Series[int]) -> pd.DataFrame:
    """Columns `problem`, `images` and `meaning`, the most frequent first."""
    found = problems.sort_values(ascending=False)
    names = [str(name) for name in found.index]
    return pd.DataFrame(
        {
            "problem": names,
            "images": found.to_numpy(),
            "meaning": [MEANINGS.get(name, "") for name in names],
        }
    )
