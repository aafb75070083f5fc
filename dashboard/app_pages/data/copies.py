"""Near-duplicates, leakage, and pairs of images side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.app_pages.data.files import how_to_check, reason_of, show_reason
from dashboard.shared.charts import count_columns, show_chart, show_first, show_heading
from dashboard.shared.text import literal
from dashboard.shared.thumbnails import note_source
from dashboard.shared.verdict import show_findings
from dashboard.state import loaders
from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.leakage import LeakageEvidence, sample_pairs
from hirise.figures.leaked_scores import leaked_scores_figure
from hirise.figures.shared_images import shared_images_figure
from hirise.runs import Run
from hirise.runs.images import RunImages

LEAKAGE_CODES = ("HR102", "HR108")
DUPLICATE_CODES = ("HR103", "HR109")

MOST_SHOWN = 1000
"""Pairs listed on the page; a browser is slow with tens of thousands."""

MOST = 6
WIDTH = 132
"""Pixels of an image; a phone shows both of a pair side by side."""

KINDS = {
    "landmark": "same landmark, by name",
    "bytes": "same file, byte for byte",
    "near": "near-duplicate",
}

COLUMNS = {
    "image": st.column_config.TextColumn("image", pinned=True),
    "class_name": st.column_config.TextColumn("class"),
    "copy_class_name": st.column_config.TextColumn("class of the copy"),
    "copy_split": st.column_config.TextColumn("split of the copy"),
    "kind": st.column_config.TextColumn("kind"),
}
"""Labels of the columns of tables of pairs."""


def show_pairs(run: Run, pairs: pd.DataFrame, *, most: int = MOST) -> None:
    """A few pairs with both labels, as far as their images are available.

    Parameters
    ----------
    pairs : DataFrame
        `image`, `class_name`, `split`, the same with the prefix `copy_` (`copy` is the
        name of the other image) and `kind`.
    """
    chosen = sample_pairs(pairs, most=most)
    names = chosen[["image", "copy"]].to_numpy().ravel()
    available = loaders.load_images(run, tuple(dict.fromkeys(map(str, names))))
    both = chosen[chosen[["image", "copy"]].isin(list(available.pixels)).all(axis=1)]
    if not both.empty:
        with st.grid(3, min_column_width=300, gap="small"):
            for _, row in both.iterrows():
                _show_pair(row, available)
    note_source(available.reason, simulated=available.simulated)


def _show_pair(row: pd.Series[str], available: RunImages) -> None:
    with st.container(border=True, gap="xsmall"):
        kind = KINDS[row["kind"]]
        if row["class_name"] != row["copy_class_name"]:
            kind += " · :orange[**contradictory labels**]"
        st.caption(kind)
        with st.container(horizontal=True, gap="small"):
            for prefix in ("", "copy_"):
                name = row["copy" if prefix else "image"]
                split, label = row[f"{prefix}split"], row[f"{prefix}class_name"]
                st.image(
                    available.pixels[name],
                    caption=f"{literal(split)}: {literal(label)}  \n{literal(name)}",
                    alt=f"{name}: {label}, in {split}",
                    width=WIDTH,
                )


def show_leakage(run: Run, evidence: Evidence, diagnosis: Diagnosis) -> None:
    """Frequency of copies, scores with and without them, and some pairs."""
    leakage, reason = evidence.leakage, reason_of(diagnosis, "HR102")
    if leakage is None or reason:
        _show_unknown("Leakage is", reason or "the training images are not known", run)
        return
    shared, scores = st.columns(2, gap="medium")
    with shared:
        _show_shared(run, leakage)
    with scores:
        _show_scores(leakage)
    pairs = leakage.pairs
    if not pairs.empty:
        split = leakage.evaluated.split
        with_splits = pairs.assign(split=split, copy_split="train")
        show_heading(
            f"{len(pairs):,} {literal(split)} images with a copy in training",
            key="leaked-pairs",
            table=pairs,
            columns=COLUMNS,
        )
        show_pairs(run, with_splits)
    show_findings(diagnosis, codes=LEAKAGE_CODES)


def _show_shared(run: Run, leakage: LeakageEvidence) -> None:
    table = leakage.shared_table()
    split = literal(leakage.evaluated.split)
    show_chart(
        shared_images_figure(table),
        key="shared",
        title="Also in training",
        alt="Fraction of the evaluation images that share something with training",
        table=table,
        columns=count_columns(["n_images"]),
        help=f"Of {len(leakage.shared):,} {split} images, those with a partner among "
        "the training images. Near-duplicates can be rotated, flipped or "
        "brighter.",
    )
    if not leakage.has_pixels:
        st.caption(
            "Images are compared by name only, so renamed copies are missed. "
            f"{how_to_check(run)}"
        )


def _show_scores(leakage: LeakageEvidence) -> None:
    table = leakage.score_table()
    if table.empty:
        st.caption("Without true labels there are no scores.")
        return
    show_chart(
        leaked_scores_figure(table),
        key="leaked-scores",
        title="Scores with and without copies",
        alt="Accuracy and macro-F1 on images with a copy in training and on the rest",
        table=table,
        columns=count_columns(["n_images"]),
        help="A model that is much better on images with a copy has memorised them. "
        "The pixel-free baselines predict the most frequent training class, of "
        "the observation or overall. Whiskers are 95% CIs.",
    )


def show_duplicates(run: Run, evidence: Evidence, diagnosis: Diagnosis) -> None:
    """The groups of near-duplicates, their pairs, and a few of them."""
    leakage, reason = evidence.leakage, reason_of(diagnosis, "HR103")
    if leakage is None or reason:
        _show_unknown("Duplicates are", reason or "the images were not examined", run)
        return
    groups = leakage.duplicates
    if groups.empty:
        n_images = f"{len(leakage.places):,}"
        st.markdown(
            f"None: no two of {n_images} images are near-duplicates, not even rotated, "
            "flipped or brighter."
            if leakage.has_hashes
            else f"No two of {n_images} images are equal. Near-duplicates were not "
            "looked for, since a recording keeps no features for that."
        )
        return
    numbers = {
        "Groups of near-duplicates": len(groups),
        "Images in these groups": groups["n_images"].sum(),
        "Groups across splits": (groups["n_splits"] > 1).sum(),
        "Contradictory labels": (groups["n_classes"] > 1).sum(),
    }
    with st.grid(len(numbers), min_column_width=170, gap="small"):
        for label, number in numbers.items():
            st.metric(label, f"{number:,}", border=True)
    pairs = leakage.duplicate_pairs
    show_heading(
        "Pairs of near-duplicates",
        key="duplicates",
        table=pairs,
        shown=True,
    )
    show_pairs(run, pairs, most=3)
    show_first(
        pairs,
        MOST_SHOWN,
        key="duplicate-pairs",
        alt="Pairs of near-duplicates",
        columns=COLUMNS,
        order="contradictory labels and pairs across splits",
    )
    show_findings(diagnosis, codes=DUPLICATE_CODES)


def _show_unknown(what: str, reason: str, run: Run) -> None:
    show_reason(f"{what} not known", reason, how_to_check(run))
