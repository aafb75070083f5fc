"""One image: its prediction, its copies, and similar images."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.app_pages.images.grid import neighbour_tiles, prediction_tiles, show_grid
from dashboard.app_pages.images.saliency import show_saliency
from dashboard.shared.charts import show_chart, show_heading
from dashboard.shared.image_links import PAGE, PER_PAGE
from dashboard.shared.text import literal
from dashboard.shared.thumbnails import note_source
from dashboard.state import loaders, pictures
from hirise.actions.images import Images
from hirise.errors import InputError
from hirise.figures.probabilities import probabilities_figure
from hirise.runs import Run

CHOSEN = "image"
"""The address parameter that names the image."""

PIXELS = 320


def chosen_image(table: pd.DataFrame) -> str:
    """The image that the address names, if the run has it; else ""."""
    name = st.query_params.get(CHOSEN, "")
    return name if name and (table["image"] == name).any() else ""


def pick(image: str) -> None:
    """Show this image; "" closes."""
    if image:
        st.query_params[CHOSEN] = image
    else:
        st.query_params.pop(CHOSEN, None)


def _step_to(image: str, at: int) -> None:
    """Show this image, and below it its page of the gallery."""
    pick(image)
    st.session_state[PAGE] = at // PER_PAGE + 1


def show_detail(run: Run, images: Images, shown: pd.DataFrame, image: str) -> None:
    """The image, between the ones before and after it among those `shown`."""
    # Not `images.run`, as its model may have come or gone since that was cached.
    split, table = images.predictions.split, images.table
    row = table[table["image"] == image].iloc[0]
    with st.container(border=True):
        _show_steps(shown, image)
        left, right = st.columns([2, 3], gap="large")
        with left:
            _show_pixels(run, image)
        with right:
            _show_prediction(row)
            at = int(table.index[table["image"] == image][0])
            _show_probabilities(images.probabilities(at))
        show_saliency(run, split, image)
        _show_siblings(run, images.siblings(image))
        _show_neighbours(run, split, image)


def _show_steps(shown: pd.DataFrame, image: str) -> None:
    names = shown["image"].array
    places = (names == image).nonzero()[0]
    at = int(places[0]) if len(places) else None
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(f"**{literal(image)}**", width="content")
        with st.container(horizontal=True, width="content", gap="small"):
            _step("Previous image", "chevron_left", names, at, -1, "Left")
            _step("Next image", "chevron_right", names, at, 1, "Right")
            st.button(
                "Close",
                icon=":material/close:",
                type="tertiary",
                on_click=pick,
                args=("",),
            )


def _step(
    label: str,
    icon: str,
    names: Sequence[str],
    at: int | None,
    by: int,
    shortcut: str,
) -> None:
    to = -1 if at is None else at + by
    exists = 0 <= to < len(names)
    st.button(
        label,
        icon=f":material/{icon}:",
        disabled=not exists,
        shortcut=shortcut,
        on_click=_step_to,
        args=(names[to] if exists else "", to),
    )


def _show_pixels(run: Run, image: str) -> None:
    available = loaders.load_images(run, (image,))
    for pixels in available.pixels.values():
        st.image(pixels, width=PIXELS, alt=image)
    note_source(available.reason)


def _show_prediction(row: pd.Series) -> None:
    predicted = f"predicted as **{literal(row['predicted'])}**"
    # By identity, as `if` raises on `pd.NA`.
    if row["correct"] is pd.NA:
        st.markdown(f"True class unknown, {predicted}")
        return
    outcome = "correct" if row["correct"] else "incorrect"
    st.markdown(f"True class **{literal(row['true'])}**, {predicted}: {outcome}")
    if pd.notna(row["loss"]):
        st.caption(f"Loss {row['loss']:.2f} nats, entropy {row['entropy']:.2f} nats.")


def _show_probabilities(table: pd.DataFrame) -> None:
    if table.empty:
        return
    show_chart(
        probabilities_figure(table),
        key="probabilities",
        title="All probabilities",
        alt="Probability of each class for this image",
        table=table,
    )


def _show_siblings(run: Run, rows: pd.DataFrame) -> None:
    if len(rows) < 2:
        return
    counts = rows["predicted"].value_counts()
    counts = counts[counts > 0]
    st.subheader(f"{len(rows)} copies of this landmark", anchor=False)
    if len(counts) > 1:
        classes = ", ".join(f"{n} {literal(name)}" for name, n in counts.items())
        st.warning(
            "The prediction changes when the image is rotated, flipped or brightened: "
            f"{classes}.",
            icon=":material/rotate_90_degrees_ccw:",
        )
    show_grid(
        run,
        prediction_tiles(rows),
        label="Copies of this landmark",
        key="siblings",
        on_pick=pick,
    )


def _show_neighbours(run: Run, split: str, image: str) -> None:
    try:
        neighbours = pictures.load_neighbours(run, split, image)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
        return
    if neighbours.empty:
        st.caption(
            "No similar images: this run has no features. Trainings on the page "
            "*Train* keep them."
        )
        return
    show_heading(
        "Most similar images",
        key="neighbours",
        table=neighbours,
        help="The nearest images by cosine similarity of the input of the last layer, "
        "with their labels, without copies of this landmark.",
    )
    show_grid(
        run,
        neighbour_tiles(neighbours),
        label="The most similar images with their labels",
        key="neighbour-grid",
    )
