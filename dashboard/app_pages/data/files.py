"""Images per class and split, and files that are absent, corrupt or repeated."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.shared.charts import (
    MOST_LISTED,
    count_columns,
    show_chart,
    show_first,
    show_heading,
    show_table,
)
from dashboard.shared.dataset_form import LAYOUTS
from dashboard.shared.paging import choose_classes
from dashboard.shared.states import explain
from dashboard.shared.text import literal
from dashboard.shared.verdict import show_findings
from hirise.diagnosis import Diagnosis, Evidence
from hirise.figures.class_counts import class_counts_figure
from hirise.runs import Run

COUNT_CODES = ("HR104", "HR106", "HR110")
FILE_CODES = ("HR105", "HR111")
MEANINGS = {
    "absent": "labelled, but the file does not exist",
    "corrupt": "the file cannot be decoded",
    "unreadable": "the file or folder cannot be opened",
    "empty": "a class without images",
    "unlabelled": "the file has no label",
    "repeated": "labelled several times with the same label",
    "conflicting": "labelled several times with different labels, left out",
    "ambiguous": "the labelled name fits several files, left out",
    "resized": "another size than most images, resized",
}


def show_layout(run: Run) -> None:
    """How the images lie in their folder, and whether they are in colour."""
    dataset = run.info.dataset or {}
    layout = str(dataset.get("layout", ""))
    if not layout:
        return
    parts = [f"Read as **{literal(LAYOUTS.get(layout, layout))}**"]
    if isinstance(dataset.get("n_images"), int):
        parts.append(f"{dataset['n_images']:,} images")
    if dataset.get("channels") in (1, 3):
        parts.append("grey" if dataset["channels"] == 1 else "in colour")
    st.caption(" · ".join(parts))


def show_counts(evidence: Evidence, diagnosis: Diagnosis) -> None:
    """Images per class and split, and the findings about them."""
    counts = class_counts(evidence)
    if counts is None:
        explain(
            "No labels to count",
            "These predictions have no true labels, and the training images are not "
            "known. Import them with a column of true labels, or with the folder of "
            "the images.",
        )
        return
    totals = counts.sum(axis=1)
    rarest = counts.loc[totals.sort_values(kind="stable").index]
    page = choose_classes(rarest, key="class-counts", order="fewest images first")
    if not page.drawn.empty:
        show_chart(
            class_counts_figure(page.drawn, in_order=page.is_part),
            key="class-counts",
            title="Images per class and split",
            alt="Number of images of each class in each split",
            table=page.found if page.is_part else counts,
            columns=count_columns(counts.columns),
            shown=page.is_part,
            help="The axis is logarithmic to show rare classes. A class with fewer "
            "than 10 images (dotted line) has too few to be evaluated.",
        )
    if page.is_part:
        show_first(
            page.found,
            MOST_LISTED,
            key="all-counts",
            alt="Number of images of each class in each split",
            columns=count_columns(counts.columns),
        )
    if len(counts.columns) == 1:
        st.caption(
            f"Only the {counts.columns[0]} images are known, not the training images."
        )
    show_findings(diagnosis, codes=COUNT_CODES)


def class_counts(evidence: Evidence) -> pd.DataFrame | None:
    """Images per class and split, as far as the splits are known."""
    if evidence.split_counts is not None and not evidence.split_counts.columns.empty:
        return evidence.split_counts
    evaluation = evidence.evaluation
    if evaluation is None or not evaluation.has_truth:
        return None
    return evaluation.per_class[["support"]].rename(
        columns={"support": evaluation.split}
    )


def reason_of(diagnosis: Diagnosis, code: str) -> str:
    """Why a check is not applicable; "" if it is."""
    return dict(diagnosis.not_applicable).get(code, "")


def show_reason(title: str, reason: str, advice: str) -> None:
    """A box that explains why there is nothing to see, and what to do."""
    sentence = f"{reason[:1].upper()}{reason[1:]}".rstrip(".")
    explain(title, f"{literal(sentence)}.  \n{advice}")


def how_to_check(run: Run) -> str:
    """How the dataset of a run is checked, as Markdown."""
    if run.info.status == "imported" and run.catalog() is None:
        return (
            "Import these predictions with the folder of their images: on *Load*, or "
            "with `hirise import FILE --data DIR`."
        )
    keeps = "" if run.is_example else ", and keeps the results for this page"
    return (
        f"`hirise check {run.info.id} --data DIR` checks the images in the folder "
        f"`DIR`{keeps}."
    )


def show_files(run: Run, evidence: Evidence, diagnosis: Diagnosis) -> None:
    """The problems of the dataset's files by kind, and those of the predictions."""
    problems = evidence.file_problems
    if problems is None:
        consistent = "HR105" in diagnosis.passed and evidence.evaluation is not None
        rows = " The rows of the predictions are consistent." if consistent else ""
        explain(
            "The files are not known",
            f"This run has no record of the image files.{rows}  \n{how_to_check(run)}",
        )
    elif problems.empty:
        st.markdown("No problems: every file of the dataset is labelled and readable.")
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
    show_findings(diagnosis, codes=FILE_CODES)


def problem_table(problems: pd.Series[int]) -> pd.DataFrame:
    """Columns `problem`, `images` and `meaning`, the most frequent first."""
    counts = problems.sort_values(ascending=False)
    names = [str(name) for name in counts.index]
    return pd.DataFrame(
        {
            "problem": names,
            "images": counts.to_numpy(),
            "meaning": [MEANINGS.get(name, "") for name in names],
        }
    )
