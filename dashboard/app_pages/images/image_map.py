"""The map of images, and the part of it that is chosen."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.shared.charts import show_heading
from dashboard.shared.image_links import REGION
from dashboard.shared.jobs import (
    find_job,
    is_asked_for,
    show_job_error,
    show_stop,
    start_job,
    watch_job,
)
from dashboard.shared.states import explain
from dashboard.shared.text import literal
from dashboard.state import pictures
from hirise.actions.image_map import MapRequest
from hirise.actions.preconditions import refuse_package
from hirise.errors import InputError
from hirise.evaluation.image_map import METHODS, TITLES, Region
from hirise.figures.image_map import COLOURS, drawn_rows, image_map_figure
from hirise.figures.theme import percent
from hirise.runs import Run
from hirise.runs.embeddings import EmbeddingMap


class ChosenRegion(NamedTuple):
    """A region of one of the run's maps, and the images in it."""

    region: Region
    images: frozenset[str]

    @property
    def label(self) -> str:
        """The label of its chip."""
        n = len(self.images)
        return f"{'1 image' if n == 1 else f'{n:,} images'} on the map"


def chosen_region(run: Run, split: str) -> ChosenRegion | None:
    """The region that the address names; what is wrong with it is shown in a line."""
    text = str(st.session_state.get(REGION, st.query_params.get(REGION, "")))
    if not text:
        return None
    try:
        region = Region.parse(text)
        image_map = pictures.load_map(run, split, region.method)
    except InputError as error:
        st.caption(f":material/info: {literal(error)}")
        return None
    if image_map is None:
        st.caption(
            f":material/info: The address names a part of a {TITLES[region.method]} "
            "map that has not been made here yet, so all images are shown."
        )
        return None
    if image_map.mark(run.info.id, split) != region.mark:
        st.caption(
            ":material/info: The chosen part belongs to another map, so all images "
            "are shown."
        )
        return None
    return ChosenRegion(region, region.images(image_map.points))


def within(images: pd.DataFrame, chosen: ChosenRegion | None) -> pd.DataFrame:
    """The rows whose image is in the region; all without one."""
    return images if chosen is None else images[images["image"].isin(chosen.images)]


def take_selection(key: str, method: str, mark: str) -> None:
    """Put what was drawn on the chart into its field.

    Nothing happens when the selection is empty: the chart empties it whenever it is
    drawn anew. The filter's chip takes the region away.
    """
    selection: dict[str, Any] = st.session_state[key]["selection"]
    drawn = [*selection["box"], *selection["lasso"]]
    if drawn:
        shape = drawn[-1]
        region = Region.drawn(shape["x"], shape["y"], method=method, mark=mark)
        if region is not None:
            st.session_state[REGION] = region.text


VIEWS = ("Gallery", "Table", "Map and gallery")
LAYOUTS = {TITLES[method]: method for method in METHODS}
CHART = "chart-map"
COLUMNS = ["image", "x", "y", "true", "predicted", "correct"]
HELP = (
    "Each point is an image, placed by the features that the last layer receives. "
    "Draw a line or a box around some points to show only their images below."
)
OPTIONS = {
    "displayModeBar": True,
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtons": [["lasso2d", "select2d", "zoom2d", "pan2d", "resetScale2d"]],
}


def choose_view() -> str:
    """One of `VIEWS`, in the URL."""
    return _choose("View", VIEWS, "view", label_visibility="collapsed")


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
    images = pictures.load_image_list(run, split).table
    colour, method = _choose_drawing(has_truth=bool(images["correct"].notna().any()))
    image_map = pictures.load_map(run, split, method)
    if image_map is None:
        _offer_map(run, split)
        return
    table = pictures.load_map_table(run, split, method)
    with place:
        show_heading(
            "Images by the features of the network",
            key="map",
            table=table[COLUMNS],
            help=HELP,
        )
    # A region of the other layout has no frame here, but its images are lit.
    framed = chosen.region if chosen and chosen.region.method == method else None
    lit = table.assign(lit=table["image"].isin(shown["image"]))
    mark = image_map.mark(run.info.id, split)
    figure = image_map_figure(
        lit,
        colour=colour,
        corners=framed.corners if framed else (),
        chosen=image,
        revision=mark,
    )
    _show_chart(figure, method, mark, f"{len(table):,} images", colour)
    st.caption(" ".join(_explain(image_map, lit, len(images))))


def _choose_drawing(*, has_truth: bool) -> tuple[str, str]:
    """Of the controls of the map: what colours mean, and the layout's method."""
    with st.container(horizontal=True, gap="medium"):
        colour = _choose("Colour", COLOURS if has_truth else COLOURS[1:2], "colour")
        return colour, LAYOUTS[_choose("Layout", tuple(LAYOUTS), "layout")]


def _show_chart(
    figure: go.Figure, method: str, mark: str, counted: str, colour: str
) -> None:
    """The map; what is drawn around points becomes the chosen region."""
    key = f"{CHART}-{mark}"  # a line drawn on one map is none on another
    st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: take_selection(key, method, mark),
        selection_mode=("box", "lasso"),
        config=OPTIONS,
        alt=f"Map of {counted} by the features of the network, coloured by {colour}. "
        "The table and each image's nearest neighbours give the same information",
    )


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


def _explain(image_map: EmbeddingMap, table: pd.DataFrame, n_images: int) -> list[str]:
    """What the map shows and what it does not."""
    if image_map.method == "pca":
        first, second = image_map.about["explained"]
        sentences = [
            "The axes are the two directions in which the features vary most: "
            f"{percent(first)} and {percent(second)} of their variance. Points far "
            "from each other differ; points close together may still differ in "
            "other directions."
        ]
    else:
        sentences = [
            "Neighbours are kept together; the distances between groups, and their "
            f"sizes, mean nothing (perplexity {image_map.about['perplexity']:.3g}, "
            f"seed {image_map.seed})."
        ]
    if table["correct"].notna().any():
        sentences.append("A cross is a misclassified image.")
    n_drawn = int(drawn_rows(table).sum())
    if n_drawn < len(table):
        sentences.append(
            f"{n_drawn:,} of {len(table):,} points are drawn: the misclassified "
            "first, then a sample of the rest. A line around points selects from "
            "all points."
        )
    if len(table) < n_images:
        n_without = n_images - len(table)
        sentences.append(f"{n_without:,} images have no features, so no place.")
    return sentences


def _offer_map(run: Run, split: str) -> None:
    """A button that has a map computed, or the progress of that."""
    request = MapRequest(run=run.info.id, split=split)
    job = find_job("image_map")
    if job is not None and not is_asked_for(job, request):
        job = None
    with st.container(border=True):
        if job is not None and job.state == "running":
            watch_job(job, starting="Starting")
            if show_stop(job):
                st.rerun()
            return
        st.markdown(
            "There is no t-SNE map of these images yet. It keeps the neighbours of "
            "each image together better than PCA, and takes seconds for 1,000 images "
            "or many minutes for 100,000 images."
        )
        if job is not None:
            show_job_error(job)
        if run.is_example:
            st.caption("Nothing is written into an example that ships with hirise.")
        elif st.button(
            "Make it", type="primary", icon=":material/play_arrow:", key="make-map"
        ):
            title = f"t-SNE map of {run.info.title}"
            missing = refuse_package("sklearn", "scikit-learn", "train", "A map")
            start_job("image_map", request, title=title, refusal=missing)
