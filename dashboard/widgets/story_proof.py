"""What bears out an answer of the story: labels side by side, the proof, the cause."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import state
from dashboard.widgets.charts import show_heading
from dashboard.widgets.opening import show_opening
from dashboard.widgets.text import literal
from dashboard.widgets.thumbnails import WIDTH, one_per_landmark
from hirise.diagnosis import Diagnosis
from hirise.runs import Run
from hirise.runs.two_labels import two_labels

MOST = 6
PROVEN = "Proven: "
FOREIGN = "HR101"
SIDES = {"train": "training", "val": "validation"}


def proofs(diagnosis: Diagnosis, splits: Sequence[str]) -> dict[str, str]:
    """For each split whose labels are foreign: the proof, else what shows it."""
    found = {}
    for finding in diagnosis.findings:
        if finding.code == FOREIGN and finding.subject in splits:
            _, _, proof = finding.evidence.partition(PROVEN)
            found[finding.subject] = proof or finding.evidence
    return found


def show_proof(run: Run, *splits: str) -> None:
    """The proof that the labels of `splits` are foreign, the cause, and the way on."""
    diagnosis = state.load_diagnosis(run, None)
    said = proofs(diagnosis, splits)
    lines = [
        f"**Proven for the {SIDES.get(split, split)} labels:** "
        f"{literal(said[split].replace('`', ''))}"
        for split in splits
        if split in said
    ]
    if lines:
        st.success("\n\n".join(lines), icon=":material/verified:")
    show_cause(diagnosis)
    show_opening("overview", f"Open {literal(run.info.title)}", run)


def show_cause(diagnosis: Diagnosis) -> None:
    """The cause that ranks first, and what would decide."""
    for cause in diagnosis.causes[:1]:
        st.markdown(
            f"The diagnosis puts first: **{literal(cause.title)}.** To decide: "
            f"{literal(cause.experiment)}"
        )


def foreign_share(run: Run, split: str) -> str:
    """Such as "51 of 144": images of a split whose label was not theirs."""
    table = two_labels(run, split)
    wrong = int((table["label_seen"] != table["right_label"]).sum())
    return f"{wrong:,} of {len(table):,}"


def show_two_labels(run: Run, split: str) -> None:
    """Some images whose label was not theirs, with both labels."""
    table = two_labels(run, split)
    apart = table[table["label_seen"] != table["right_label"]]
    if apart.empty:
        return
    # Different classes first.
    order = apart.groupby("right_label").cumcount().sort_values(kind="stable")
    apart = apart.loc[order.index]
    shown = apart.set_index("image").loc[list(one_per_landmark(apart["image"]))[:MOST]]
    title = f"What {SIDES.get(split, split)} images were judged by"
    show_heading(title, key=f"labels-{split}", table=table)
    found = state.load_images(run, tuple(map(str, shown.index)))
    with st.container(horizontal=True, gap="small"):
        for name, pixels in found.pixels.items():
            seen, right = shown.loc[name, ["label_seen", "right_label"]]
            st.image(
                pixels,
                caption=f"is {literal(right)}  \njudged as **{literal(seen)}**",
                alt=f"{name}: is {right}, judged as {seen}",
                width=WIDTH,
            )
    if found.reason:
        st.caption(f":material/hide_image: {literal(found.reason)}")
