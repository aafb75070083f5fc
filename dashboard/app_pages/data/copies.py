"""Near-duplicates, leakage, and pairs of images side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.app_pages.data.files import how_to_look, reason_of, show_reason
from dashboard.shared.charts import count_columns, show_chart, show_heading, show_table
from dashboard.shared.text import literal
from dashboard.shared.verdict import show_findings
from dashboard.state import loaders
from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.leakage import (
    LeakageEvidence,
    sample_pairs,
    score_table,
    shared_table,
)
from hirise.figures.leaked_scores import leaked_scores_figure
from hirise.figures.shared_images import shared_images_figure
from hirise.runs import Run
from hirise.runs.images import RunImages

MOST = 6
WIDTH = 132
"""Pixels of an image; a phone shows both of a pair beside each other."""

KINDS = {
    "landmark": "same landmark, by name",
    "bytes": "same file, to the byte",
    "near": "same picture",
}

COLUMNS = {
    "image": st.column_config.TextColumn("image", pinned=True),
    "class_name": st.column_config.TextColumn("class"),
    "copy_class_name": st.column_config.TextColumn("copy's class"),
    "copy_split": st.column_config.TextColumn("copy's split"),
    "kind": st.column_config.TextColumn("why"),
}
"""How tables of pairs are headed."""


def show_pairs(run: Run, pairs: pd.DataFrame, *, most: int = MOST) -> None:
    """A few pairs with both labels, as far as their images are at hand.

    Parameters
    ----------
    pairs : DataFrame
        `image`, `class_name`, `split`, the same with the prefix `copy_` (`copy` is the
        name of the other image) and `kind`.
    """
    chosen = sample_pairs(pairs, most=most)
    found = loaders.load_images(run, tuple(dict.fromkeys(_names(chosen))))
    both = chosen[chosen[["image", "copy"]].isin(list(found.pixels)).all(axis=1)]
    if not both.empty:
        with st.grid(3, min_column_width=300, gap="small"):
            for _, row in both.iterrows():
                _show_pair(row, found)
    if found.simulated:
        st.caption("Simulated again from their names; no camera took these images.")
    if found.reason:
        st.caption(f":material/hide_image: {literal(found.reason)}")


def _names(pairs: pd.DataFrame) -> list[str]:
    return [str(name) for name in pairs[["image", "copy"]].to_numpy().ravel()]


def _show_pair(row: pd.Series[str], found: RunImages) -> None:
    with st.container(border=True, gap="xsmall"):
        said = KINDS[row["kind"]]
        if row["class_name"] != row["copy_class_name"]:
            said += " · :orange[**labels contradict**]"
        st.caption(said)
        with st.container(horizontal=True, gap="small"):
            for side in ("", "copy_"):
                name = row["copy" if side else "image"]
                split, label = row[f"{side}split"], row[f"{side}class_name"]
                st.image(
                    found.pixels[name],
                    caption=f"{literal(split)}: {literal(label)}  \n{literal(name)}",
                    alt=f"{name}: {label}, in {split}",
                    width=WIDTH,
                )


LEAKAGE_CODES = ("HR102", "HR108")


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
    show_findings(diagnosis.findings, codes=LEAKAGE_CODES)


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


DUPLICATE_CODES = ("HR103",)
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
    show_findings(diagnosis.findings, codes=DUPLICATE_CODES)
