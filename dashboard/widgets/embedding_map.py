"""The images as points: those alike to the network together, to be lassoed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import pictures
from dashboard.widgets.charts import show_heading
from dashboard.widgets.map_region import ChosenRegion, take_selection
from dashboard.widgets.mapping import offer_map
from dashboard.widgets.states import explain
from dashboard.widgets.text import literal
from hirise.errors import InputError
from hirise.evaluation.embedding_map import METHODS, TITLES
from hirise.evaluation.region import map_mark
from hirise.figures.embedding_map import COLOURS, drawn_rows, embedding_map_figure
from hirise.figures.theme import percent
from hirise.runs import Run
from hirise.runs.maps import EmbeddingMap

VIEWS = ("Gallery", "Map and gallery")
LAYOUTS = {TITLES[method]: method for method in METHODS}
CHART = "chart-map"
COLUMNS = ["image", "x", "y", "true", "predicted", "correct"]
OPTIONS = {
    "displayModeBar": True,
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtons": [["lasso2d", "select2d", "zoom2d", "pan2d", "resetScale2d"]],
}


def choose_view() -> bool:
    """Whether the map is wanted beside the gallery, in the URL."""
    return _choose("View", VIEWS, "view", label_visibility="collapsed") == VIEWS[1]


def show_map(
    run: Run,
    split: str,
    shown: pd.DataFrame,
    chosen: ChosenRegion | None,
    image: str = "",
) -> None:
    """The map, on which what is not among those `shown` is faint; or why there is none.

    Parameters
    ----------
    run : Run
    split : str
    shown : DataFrame
        Rows of `image_table` that pass all filters.
    chosen : ChosenRegion, optional
        The region that is framed.
    image : str
        One that gets a ring.
    """
    try:
        pictures.load_map(run, split, "pca")  # refused where no map can be made
    except InputError as error:
        explain("No map of these images", literal(error))
        return
    place = st.container()
    has_truth = bool(pictures.load_image_table(run, split)["correct"].notna().any())
    with st.container(horizontal=True, gap="medium"):
        colour = _choose("Colour", COLOURS if has_truth else COLOURS[1:2], "colour")
        method = LAYOUTS[_choose("Layout", tuple(LAYOUTS), "layout")]
    found = pictures.load_map(run, split, method)
    if found is None:
        offer_map(run, split)
        return
    table = pictures.load_map_table(run, split, method)
    with place:
        show_heading(
            "What looks alike to the network",
            key="map",
            table=table[COLUMNS],
            help="Each point is an image, placed by what the last layer gets of it. "
            "Draw a line around some, or a box, and only their images are shown below.",
        )
    lit = table.assign(lit=table["image"].isin(shown["image"]))
    mark = map_mark(run.info.id, split, found)
    st.plotly_chart(
        embedding_map_figure(
            lit,
            colour=colour,
            corners=_corners(chosen, method),
            chosen=image,
            revision=mark,
        ),
        key=f"{CHART}-{mark}",  # a line drawn on one map is none on another
        on_select=lambda: take_selection(f"{CHART}-{mark}", method, mark),
        selection_mode=("box", "lasso"),
        config=OPTIONS,
        alt=f"Map of {len(table):,} images by the features of the network, coloured by "
        f"{colour}; the table and the neighbours of each image tell the same",
    )
    st.caption(" ".join(_told(found, lit, len(pictures.load_image_table(run, split)))))


def _corners(
    chosen: ChosenRegion | None, method: str
) -> tuple[tuple[float, float], ...]:
    """Of the frame; a region of the other layout has none, but its images are lit."""
    if chosen is None or chosen.region.method != method:
        return ()
    return chosen.region.corners


def _choose(label: str, options: tuple[str, ...], key: str, **layout: Any) -> str:
    return str(
        st.radio(
            label,
            options,
            index=0,
            horizontal=True,
            key=key,
            bind="query-params",
            width="content",
            **layout,
        )
    )


def _told(found: EmbeddingMap, table: pd.DataFrame, n_images: int) -> list[str]:
    """What the map shows and what it does not."""
    if found.method == "pca":
        first, second = found.about["explained"]
        told = [
            f"Across and up are the two directions in which the features vary most: "
            f"{percent(first)} and {percent(second)} of their variance. What lies "
            "apart is apart; what lies together may still differ in other directions."
        ]
    else:
        told = [
            "Neighbours are kept together; how far groups lie from each other, and how "
            f"large they are, means nothing (perplexity "
            f"{found.about['perplexity']:.3g}, seed {found.seed})."
        ]
    if table["correct"].notna().any():
        told.append("A cross is a wrong answer.")
    n_drawn = int(drawn_rows(table).sum())
    if n_drawn < len(table):
        told.append(
            f"{n_drawn:,} of {len(table):,} points are drawn: the wrong answers first, "
            "then a sample of the rest; a line around points selects among all."
        )
    if len(table) < n_images:
        told.append(f"{n_images - len(table):,} images have no features, so no place.")
    return told
