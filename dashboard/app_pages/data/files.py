"""Images per class and split, and files that are missing, broken or repeated."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.shared.charts import count_columns, show_chart, show_heading, show_table
from dashboard.shared.states import explain
from dashboard.shared.text import literal
from dashboard.shared.verdict import show_findings
from hirise.diagnosis import Diagnosis, Evidence
from hirise.figures.class_counts import class_counts_figure
from hirise.runs import Run

COUNT_CODES = ("HR104", "HR106")


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
    show_findings(diagnosis.findings, codes=COUNT_CODES)


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


def reason_of(diagnosis: Diagnosis, code: str) -> str:
    """Why a check could not be made; "" if it was."""
    return dict(diagnosis.not_applicable).get(code, "")


def show_reason(title: str, reason: str, mend: str) -> None:
    """A box that says why there is nothing to see, and what to do."""
    said = f"{reason[:1].upper()}{reason[1:]}".rstrip(".")
    explain(title, f"{literal(said)}.  \n{mend}")


def how_to_look(run: Run) -> str:
    """How the dataset of a run is looked at, as Markdown."""
    if run.info.status == "imported" and run.catalog() is None:
        return (
            "Import these predictions with the folder of their images: on *Load*, or "
            "with `hirise import FILE --data DIR`."
        )
    keeps = "" if run.is_example else ", and keeps what it finds for this page"
    return (
        f"`hirise check {run.info.id} --data DIR` looks at the images in the folder "
        f"`DIR`{keeps}."
    )


FILE_CODES = ("HR105",)
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
    show_findings(diagnosis.findings, codes=FILE_CODES)


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
