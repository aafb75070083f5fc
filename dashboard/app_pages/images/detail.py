"""One image: all probabilities, its copies, and what is like it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.app_pages.images.grid import answer_tiles, neighbour_tiles, show_grid
from dashboard.app_pages.images.saliency import show_saliency
from dashboard.shared.charts import show_chart, show_heading
from dashboard.shared.image_links import PAGE, PER_PAGE
from dashboard.shared.text import literal
from dashboard.state import loaders, pictures
from hirise.errors import InputError
from hirise.evaluation.images import siblings_of
from hirise.figures.probabilities import probabilities_figure
from hirise.runs import Run

CHOSEN = "image"
"""The address parameter that names the image."""

PIXELS = 320


def chosen_image(table: pd.DataFrame) -> str:
    """The image that the address names, if the run has it; else ""."""
    asked = st.query_params.get(CHOSEN, "")
    return asked if asked and (table["image"] == asked).any() else ""


def pick(image: str) -> None:
    """Show this image; "" closes."""
    if image:
        st.query_params[CHOSEN] = image
    else:
        st.query_params.pop(CHOSEN, None)


def _step_to(image: str, at: int) -> None:
    """Show this image, and below it the page of the gallery on which it is."""
    pick(image)
    st.session_state[PAGE] = at // PER_PAGE + 1


def show_detail(
    run: Run, split: str, table: pd.DataFrame, shown: pd.DataFrame, image: str
) -> None:
    """The image, between the ones before and after it among those `shown`."""
    row = table[table["image"] == image].iloc[0]
    with st.container(border=True):
        _show_steps(shown, image)
        left, right = st.columns([2, 3], gap="large")
        with left:
            _show_pixels(run, image)
        with right:
            _show_answer(row)
            _show_probabilities(
                run, split, int(table.index[table["image"] == image][0])
            )
        show_saliency(run, split, image)
        _show_siblings(run, siblings_of(table, image))
        _show_neighbours(run, split, image)


def _show_steps(shown: pd.DataFrame, image: str) -> None:
    names = shown["image"].array
    found = (names == image).nonzero()[0]
    at = int(found[0]) if len(found) else None
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
    there = 0 <= to < len(names)
    st.button(
        label,
        icon=f":material/{icon}:",
        disabled=not there,
        shortcut=shortcut,
        on_click=_step_to,
        args=(names[to] if there else "", to),
    )


def _show_pixels(run: Run, image: str) -> None:
    found = loaders.load_images(run, (image,))
    for pixels in found.pixels.values():
        st.image(pixels, width=PIXELS, alt=image)
    if found.reason:
        st.caption(f":material/hide_image: {literal(found.reason)}")


def _show_answer(row: pd.Series) -> None:
    if row["correct"] is pd.NA:
        st.markdown(
            f"Called **{literal(row['predicted'])}**; its true class is unknown."
        )
        return
    right = "rightly" if row["correct"] else "wrongly"
    st.markdown(
        f"**{literal(row['true'])}**, {right} called **{literal(row['predicted'])}**"
    )
    if pd.notna(row["loss"]):
        st.caption(f"Loss {row['loss']:.2f} nats, entropy {row['entropy']:.2f} nats.")


def _show_probabilities(run: Run, split: str, row: int) -> None:
    table = pictures.load_probabilities(run, split, row)
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
    answers = rows["predicted"].value_counts()
    answers = answers[answers > 0]
    st.subheader(f"The same landmark, {len(rows)} times", anchor=False)
    if len(answers) > 1:
        told = ", ".join(f"{n} {literal(name)}" for name, n in answers.items())
        st.warning(
            f"The model changes its mind when the image is turned, mirrored or relit: "
            f"{told}.",
            icon=":material/rotate_90_degrees_ccw:",
        )
    show_grid(
        run,
        answer_tiles(rows),
        label="Copies of the same landmark",
        key="siblings",
        on_pick=pick,
    )


def _show_neighbours(run: Run, split: str, image: str) -> None:
    try:
        found = pictures.load_neighbours(run, split, image)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
        return
    if found.empty:
        st.caption(
            "No neighbours: this run kept no features. Trainings of *Train* keep them."
        )
        return
    show_heading(
        "Most alike to the network",
        key="neighbours",
        table=found,
        help="The nearest images by the cosine of what the last layer gets, with their "
        "labels; copies of the same landmark are left out.",
    )
    show_grid(
        run,
        neighbour_tiles(found),
        label="The most similar images with their labels",
        key="neighbour-grid",
    )
