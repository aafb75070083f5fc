"""Two images that should not be apart, side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.widgets.text import literal
from hirise.diagnosis.leakage import sample_pairs
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
    found = state.load_images(run, tuple(dict.fromkeys(_names(chosen))))
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
