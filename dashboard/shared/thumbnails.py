"""A few images of a run, and those that a second run fixed or broke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.shared.charts import show_heading, show_table
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.diagnosis.proof import Proof
from hirise.mars.names import first_of_landmarks
from hirise.runs import Run

MOST = 12
LOOKED_AT = 1000
"""Images among which they are chosen; a cell may have tens of thousands."""

WIDTH = 148
"""Pixels of an image; a phone shows two beside each other."""


def show_thumbnails(run: Run, images: pd.DataFrame) -> None:
    """The first landmarks of a cell of the confusion matrix, or why there are none.

    Parameters
    ----------
    images : DataFrame
        What `images_of_cell` returns.
    """
    if images.empty or pd.api.types.is_integer_dtype(images["image"]):
        return
    looked_at = images.head(LOOKED_AT)
    shown = looked_at[looked_at["image"].isin(one_per_landmark(looked_at["image"]))]
    both = zip(shown["true"], shown["predicted"], strict=True)
    show_images(run, dict(zip(shown["image"], both, strict=True)))


def show_images(
    run: Run,
    called: Mapping[str, Sequence[str]],
    *,
    labels: Sequence[str] = (),
    notes: bool = True,
) -> None:
    """Images with the classes in `called`: the true one, then what each model said.

    `labels` say who said it, where that is not plain; `notes` say why there are none.
    """
    found = loaders.load_images(run, tuple(called))
    with st.container(horizontal=True, gap="small"):
        for name, pixels in found.pixels.items():
            true, *said = called[name]
            st.image(
                pixels,
                caption=f"{literal(' → '.join(called[name]))}  \n{literal(name)}",
                alt=f"{name}: {true}, called {_told(said, labels)}",
                width=WIDTH,
            )
    if not notes:
        return
    if found.simulated:
        st.caption("Simulated again from their names; no camera took these images.")
    if found.reason:
        st.caption(f":material/hide_image: {literal(found.reason)}")


def _told(said: Sequence[str], labels: Sequence[str]) -> str:
    if not labels:
        return ", ".join(said)
    return ", ".join(f"{n} {label}" for n, label in zip(said, labels, strict=True))


def one_per_landmark(names: pd.Series[str]) -> tuple[str, ...]:
    """The first names, without copies of what is among them already."""
    return tuple(first_of_landmarks(names).head(MOST))


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
