"""What the judged images share with those of training, and what it is worth."""

from __future__ import annotations

import streamlit as st

from dashboard.widgets.charts import count_columns, show_chart, show_heading
from dashboard.widgets.data_pairs import COLUMNS, show_pairs
from dashboard.widgets.data_reasons import how_to_look, reason_of, show_reason
from dashboard.widgets.text import literal
from dashboard.widgets.verdict import show_findings
from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.leakage import LeakageEvidence, score_table, shared_table
from hirise.figures.leaked_scores import leaked_scores_figure
from hirise.figures.shared_images import shared_images_figure
from hirise.runs import Run

CODES = ("HR102", "HR108")


def show_leakage(run: Run, evidence: Evidence, diagnosis: Diagnosis) -> None:
    """Shares of copies, scores with and without them, and pairs to look at."""
    leakage, reason = evidence.leakage, reason_of(diagnosis, "HR102")
    if leakage is None or reason:
        why = reason or "it is not known which images were trained on"
        show_reason("It cannot be told what training has seen", why, how_to_look(run))
        return
    shared, scores = st.columns(2, gap="medium")
    with shared:
        _show_shares(run, leakage)
    with scores:
        _show_scores(leakage)
    pairs = leakage.pairs
    if not pairs.empty:
        split = leakage.judged.split
        sides = pairs.assign(split=split, copy_split="train")
        show_heading(
            f"{len(pairs):,} {literal(split)} images beside their copy in training",
            key="leaked-pairs",
            table=pairs,
            columns=COLUMNS,
        )
        show_pairs(run, sides)
    show_findings(diagnosis.findings, codes=CODES)


def _show_shares(run: Run, leakage: LeakageEvidence) -> None:
    table = shared_table(leakage)
    split = literal(leakage.judged.split)
    show_chart(
        shared_images_figure(table),
        key="shared",
        title="Shared with training",
        alt="Share of the judged images that share something with a training image",
        table=table,
        columns=count_columns(["n_images"]),
        help=f"Of {len(leakage.shared):,} {split} images, those with a partner among "
        "the training images. The same picture may be rotated, flipped or relit.",
    )
    if not leakage.has_pixels:
        st.caption(
            f"Compared by name only: renamed copies are not seen. {how_to_look(run)}"
        )


def _show_scores(leakage: LeakageEvidence) -> None:
    table = score_table(leakage)
    if table.empty:
        st.caption("These images have no true labels, so nothing can be scored.")
        return
    show_chart(
        leaked_scores_figure(table),
        key="leaked-scores",
        title="Scores with and without",
        alt="Accuracy and macro-F1 on images with a copy in training and on the rest",
        table=table,
        columns=count_columns(["n_images"]),
        help="Where the model is much better on images with a copy, it knows them by "
        "heart. By rote: what labels score that are given without a look at any image, "
        "by the most frequent training class of the observation or of all. Whiskers "
        "are 95 % intervals.",
    )
