"""Whether the labels belong to their images, and suspected label errors."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.app_pages.data.files import how_to_check, reason_of, show_reason
from dashboard.app_pages.data.relabelling import HELP, show_relabelling
from dashboard.shared.charts import (
    count_columns,
    rate_columns,
    show_chart,
    show_first,
    show_heading,
)
from dashboard.shared.states import explain
from dashboard.shared.text import literal
from dashboard.shared.verdict import show_findings
from dashboard.state import loaders
from hirise.actions.check import CheckResult
from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.checks.labels import alignment_table, shuffle_statement
from hirise.diagnosis.labels import LabelEvidence
from hirise.figures.label_agreement import TESTS, label_agreement_figure
from hirise.runs import Run

LABEL_CODES = ("HR101",)
SUSPECT_CODES = ("HR107",)
MOST_SHOWN = 1000
REQUIREMENT = (
    "Finding label errors requires a model that works, and its probabilities for "
    "images that it was not trained on."
)

COLUMNS = [
    *("split", "source", "test", "n", "observed", "shuffled", "right", "z"),
    *("answer", "reason"),
]
_FORMATS = {
    **count_columns(["n"]),
    "z": st.column_config.NumberColumn("z", format="%.1f"),
}


def show_labels(run: Run, checked: CheckResult) -> None:
    """The tests beside shuffled labels; for foreign labels, the correct ones."""
    evidence, diagnosis = checked.evidence, checked.diagnosis
    table = alignment_table(evidence)
    tested = table[table["reason"] == ""].reset_index(drop=True)
    if tested.empty:
        explain(
            "The labels cannot be tested",
            f"{_not_applicable(table)}\n\n{how_to_check(run)}",
        )
        return
    show_chart(
        label_agreement_figure(tested),
        key="label-agreement",
        title="Agreement of the labels with their images",
        alt="Agreement of the labels in each test beside that of shuffled labels",
        table=table[COLUMNS],
        columns={**rate_columns(["observed", "shuffled", "right"]), **_FORMATS},
        help="Four independent tests. Labels that belong to their images lie near the "
        "ring, labels of other images near the vertical line.",
    )
    if len(tested) < len(table):
        with st.expander("Tests that are not applicable", icon=":material/rule:"):
            st.markdown(_not_applicable(table))
    foreign = tested[(tested["answer"] == "foreign") & (tested["test"] != "numbers")]
    if evidence.labels is not None and not foreign.empty:
        _show_repair(evidence.labels, checked)
    show_findings(diagnosis, codes=LABEL_CODES)


def _not_applicable(table: pd.DataFrame) -> str:
    """The tests that are not applicable as a Markdown list, each reason once."""
    absent = table[table["reason"] != ""]
    return "\n".join(
        f"- {literal(', '.join(dict.fromkeys(part['split'])))}: "
        f"{TESTS[str(test)]}, {literal(reason)}"
        for (test, reason), part in absent.groupby(["test", "reason"], sort=False)
    )


def _show_repair(labels: LabelEvidence, checked: CheckResult) -> None:
    """The proof in a sentence, and the correct labels as files."""
    proof = shuffle_statement(labels.proofs)
    known = (labels.tables.seen["right"] >= 0).any()
    if proof is None and not known:
        return
    with st.container(border=True, gap="small"):
        if proof is not None:
            st.markdown(f":material/verified: **Proven.** {literal(str(proof))}")
        if known:
            st.markdown(
                "The correct labels of these images are known. Retrain or evaluate "
                "with them:"
            )
            with st.container(horizontal=True, gap="small"):
                for suffix, columns in ((".csv", "image, class"), (".txt", "image id")):
                    _offer_labels(checked, suffix, columns)


def _offer_labels(checked: CheckResult, suffix: str, columns: str) -> None:
    st.download_button(
        f"Correct labels {suffix} ({columns})",
        lambda: checked.labels_text(suffix).encode(),
        file_name=f"repaired-labels{suffix}",
        mime="text/csv" if suffix == ".csv" else "text/plain",
        key=f"repaired{suffix}",
        icon=":material/download:",
        on_click="ignore",
    )


def show_suspects(evidence: Evidence, diagnosis: Diagnosis) -> None:
    """The images whose label is probably wrong, or why they are not known."""
    reason = reason_of(diagnosis, "HR107")
    if reason:
        show_reason("Label errors are not known", reason, REQUIREMENT)
        return
    suspects = evidence.suspects
    n_images = evidence.require_measurable().n_evaluated
    if suspects.empty:
        st.markdown(f"None among {n_images:,} images.")
        return
    run, predictions = loaders.chosen_run(), evidence.predictions
    if run is None or predictions is None or predictions.image is None:
        _list_suspects(suspects, n_images)
    else:
        show_relabelling(run, predictions.split, n_images)
    show_findings(diagnosis, codes=SUSPECT_CODES)


def _list_suspects(suspects: pd.DataFrame, n_images: int) -> None:
    """Of images without names: no file of labels can name them."""
    show_heading(
        f"{len(suspects):,} of {n_images:,} images, the least probable label first",
        key="suspected-labels",
        table=suspects,
        shown=True,
        help=HELP,
    )
    show_first(
        suspects,
        MOST_SHOWN,
        key="suspects",
        alt="Images whose label is probably wrong",
        columns={
            "self_confidence": st.column_config.NumberColumn(
                "probability of the label", format="%.3f"
            )
        },
    )
