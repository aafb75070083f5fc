"""A few images of a run, and those that a second run fixed or broke."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.shared.charts import show_first, show_heading
from dashboard.shared.text import count_of, literal
from dashboard.state import loaders
from hirise.diagnosis.proof import Proof
from hirise.mars.names import first_of_landmarks
from hirise.runs import Run

MOST = 12
MOST_SEARCHED = 1000
"""Images among which they are chosen; a cell may have tens of thousands."""

WIDTH = 148
"""Pixels of an image; a phone shows two beside each other."""


MOST_SHOWN = 200
"""Images listed on the page of each kind; the CSV file has all."""

MOST_SEEN = 6
"""Images of each kind that are drawn, one per landmark."""

CHANGED = {
    "image": st.column_config.TextColumn("image", pinned=True),
    "true": st.column_config.TextColumn("true class"),
    "before": st.column_config.TextColumn("predicted before"),
    "after": st.column_config.TextColumn("predicted after"),
}


def show_thumbnails(run: Run, images: pd.DataFrame) -> None:
    """The first landmarks of a cell of the confusion matrix, or why there are none.

    Parameters
    ----------
    images : DataFrame
        What `images_of_cell` returns.
    """
    if images.empty or pd.api.types.is_integer_dtype(images["image"]):
        return
    first = images.head(MOST_SEARCHED)
    shown = first[first["image"].isin(one_per_landmark(first["image"]))]
    classes = zip(shown["true"], shown["predicted"], strict=True)
    drawn = dict(zip(shown["image"], classes, strict=True))
    show_images(run, drawn)
    has_pictures = bool(loaders.load_images(run, tuple(drawn)).pixels)
    if has_pictures and len(shown) < min(MOST, len(images)):
        st.caption(
            f"One image of each landmark is drawn, {len(shown)} of {len(images):,}."
        )


def show_images(
    run: Run,
    classes: Mapping[str, Sequence[str]],
    *,
    labels: Sequence[str] = (),
    notes: bool = True,
) -> None:
    """Images with their `classes`: the true one, then one predicted by each model.

    `labels` name the models where there are several; `notes` add why images are absent.
    """
    available = loaders.load_images(run, tuple(classes))
    with st.container(horizontal=True, gap="small"):
        for name, pixels in available.pixels.items():
            true, *predicted = classes[name]
            if labels:
                pairs = zip(predicted, labels, strict=True)
                predicted = [f"{class_name} {label}" for class_name, label in pairs]
            st.image(
                pixels,
                caption=f"{literal(' → '.join(classes[name]))}  \n{literal(name)}",
                alt=f"{name}: {true}, predicted as {', '.join(predicted)}",
                width=WIDTH,
            )
    if notes:
        note_source(available.reason, simulated=available.simulated)


def picture_address(webp: bytes) -> str:
    """The bytes of a WebP file as a data address."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"


def note_source(reason: str, *, simulated: bool = False) -> None:
    """That images are simulated, and why some are absent; "" if none is."""
    if simulated:
        st.caption("Simulated from their names; these images are not photographs.")
    if reason:
        # The backticks of a command would be shown as such.
        plain = literal(reason.replace("`", ""))
        st.caption(f":material/hide_image: {plain}")


def one_per_landmark(names: pd.Series[str]) -> tuple[str, ...]:
    """The first names, one of each landmark."""
    return tuple(first_of_landmarks(names).head(MOST))


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
    heading = f"{title}: {count_of(len(table), 'image')}"
    show_heading(heading, key=f"images-{key}", table=table, shown=True)
    if table.empty:
        return
    if not pd.api.types.is_integer_dtype(table["image"]):
        show_images(run, _examples(table), labels=("before", "after"), notes=notes)
    show_first(
        table,
        MOST_SHOWN,
        key=f"table-{key}",
        alt=f"{title} images with their true class and both predictions",
        columns=CHANGED,
    )


def _examples(table: pd.DataFrame) -> dict[str, list[str]]:
    """A few images with their true and predicted classes, of many classes first."""
    turn = table.groupby("true").cumcount().sort_values(kind="stable").index
    names = one_per_landmark(table.loc[turn, "image"].head(MOST_SEARCHED))[:MOST_SEEN]
    rows = table.set_index("image").loc[list(names), ["true", "before", "after"]]
    return {str(name): [*map(str, classes)] for name, classes in rows.T.items()}
