"""Whether the labels belong to their images, and suspected labels."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.app_pages.data.files import how_to_look, reason_of, show_reason
from dashboard.shared.charts import (
    count_columns,
    rate_columns,
    show_chart,
    show_heading,
    show_table,
)
from dashboard.shared.states import explain
from dashboard.shared.text import literal
from dashboard.shared.verdict import show_findings
from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.checks.data import alignment_table, proof_sentence
from hirise.diagnosis.labels import LabelEvidence, labels_text
from hirise.figures.label_agreement import TESTS, label_agreement_figure
from hirise.runs import Run

LABEL_CODES = ("HR101",)
COLUMNS = [
    *("split", "source", "test", "n", "observed", "shuffled", "right", "z"),
    *("answer", "reason"),
]


def show_labels(run: Run, evidence: Evidence, diagnosis: Diagnosis) -> None:
    """The tests beside shuffled labels; where these are foreign, the right ones."""
    table = alignment_table(evidence)
    made = table[table["reason"] == ""].reset_index(drop=True)
    if made.empty:
        explain(
            "The labels cannot be tested",
            f"{_not_made(table)}\n\n{how_to_look(run)}",
        )
        return
    show_chart(
        label_agreement_figure(made),
        key="label-agreement",
        title="Agreement of the labels with what is known of their images",
        alt="Agreement of the labels in each test beside that of shuffled labels",
        table=table[COLUMNS],
        columns={**rate_columns(["observed", "shuffled", "right"]), **_WRITTEN},
        help="Four tests, none of which needs the others. Labels that belong to their "
        "images lie near the ring, labels of other images near the upright stroke.",
    )
    if len(made) < len(table):
        with st.expander("Tests that could not be made", icon=":material/rule:"):
            st.markdown(_not_made(table))
    foreign = made[(made["answer"] == "foreign") & (made["test"] != "numbers")]
    if evidence.labels is not None and not foreign.empty:
        _show_repair(evidence.labels, proof_sentence(evidence.labels.proofs))
    show_findings(diagnosis.findings, codes=LABEL_CODES)


_WRITTEN = {
    **count_columns(["n"]),
    "z": st.column_config.NumberColumn("z", format="%.1f"),
}


def _not_made(table: pd.DataFrame) -> str:
    """The tests that could not be made as a Markdown list, each reason once."""
    absent = table[table["reason"] != ""]
    return "\n".join(
        f"- {literal(', '.join(dict.fromkeys(part['split'])))}: "
        f"{TESTS[str(test)]}, {literal(reason)}"
        for (test, reason), part in absent.groupby(["test", "reason"], sort=False)
    )


def _show_repair(labels: LabelEvidence, proof: str) -> None:
    """The proof in a sentence, and the right labels as files."""
    known = (labels.tables.seen["right"] >= 0).any()
    if not proof and not known:
        return
    with st.container(border=True, gap="small"):
        if proof:
            st.markdown(f":material/verified: **Proven.** {literal(proof)}")
        if known:
            st.markdown(
                "The right labels of these images are known. Train or measure again "
                "with them:"
            )
            with st.container(horizontal=True, gap="small"):
                for suffix, said in ((".csv", "image, class"), (".txt", "image id")):
                    _offer(labels, suffix, said)


def _offer(labels: LabelEvidence, suffix: str, said: str) -> None:
    name = f"repaired-labels{suffix}"

    def content() -> bytes:
        return labels_text(labels.tables, Path(name)).encode()

    st.download_button(
        f"Repaired labels {suffix} ({said})",
        content,
        file_name=name,
        mime="text/csv" if suffix == ".csv" else "text/plain",
        key=f"repaired{suffix}",
        icon=":material/download:",
        on_click="ignore",
    )


SUSPECT_CODES = ("HR107",)
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
    n_images = evidence.judged.n_evaluated
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
    show_findings(diagnosis.findings, codes=SUSPECT_CODES)
