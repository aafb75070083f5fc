"""The images that a second run fixed, and those that it broke."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.widgets.charts import show_heading, show_table
from dashboard.widgets.thumbnails import LOOKED_AT, one_per_landmark, show_images
from hirise.diagnosis.proof import Proof
from hirise.runs import Run

MOST_SHOWN = 200
"""Images listed on the page of each kind; the CSV file has all."""

MOST_SEEN = 6
"""Images of each kind that are shown, one per landmark."""

CHANGED = {
    "image": st.column_config.TextColumn("image", pinned=True),
    "true": st.column_config.TextColumn("true class"),
    "before": st.column_config.TextColumn("named before"),
    "after": st.column_config.TextColumn("named after"),
}


def show_changed(proof: Proof, run: Run) -> None:
    """Both kinds, each with a few images, where `run` has them at hand."""
    changed = proof.paired.changed
    notes = True  # once is enough
    for change, title in (("fixed", "Fixed"), ("broken", "Newly broken")):
        table = changed[changed["change"] == change].drop(columns="change")
        table = table.reset_index(drop=True)
        _show(table, run, key=change, title=title, notes=notes)
        notes = notes and table.empty


def _show(table: pd.DataFrame, run: Run, *, key: str, title: str, notes: bool) -> None:
    n = "1 image" if len(table) == 1 else f"{len(table):,} images"
    show_heading(f"{title}: {n}", key=f"images-{key}", table=table, shown=True)
    if table.empty:
        return
    if not pd.api.types.is_integer_dtype(table["image"]):
        show_images(run, _examples(table), labels=("before", "after"), notes=notes)
    show_table(
        table.head(MOST_SHOWN),
        key=f"table-{key}",
        alt=f"{title} images with their true class and both predictions",
        columns=CHANGED,
    )
    if len(table) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN:,} are shown; the CSV file has all.")


def _examples(table: pd.DataFrame) -> dict[str, list[str]]:
    """A few images with the classes that they were called, of many classes first."""
    turn = table.groupby("true").cumcount().sort_values(kind="stable").index
    names = one_per_landmark(table.loc[turn, "image"].head(LOOKED_AT))[:MOST_SEEN]
    rows = table.set_index("image").loc[list(names), ["true", "before", "after"]]
    return {str(name): [*map(str, called)] for name, called in rows.T.items()}
