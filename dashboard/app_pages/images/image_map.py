"""The images as points, and the part of the map that is chosen."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from dashboard.shared.charts import show_heading
from dashboard.shared.image_links import REGION
from dashboard.shared.states import EVERY, explain
from dashboard.shared.text import literal, show_how_far
from dashboard.state import loaders, pictures
from hirise.errors import InputError
from hirise.evaluation.image_map import (
    METHODS,
    TITLES,
    Region,
    drawn_region,
    images_inside,
    map_mark,
    parse_region,
)
from hirise.figures.image_map import COLOURS, drawn_rows, image_map_figure
from hirise.figures.theme import percent
from hirise.jobs.mapping import look_map, map_log, start_map, stop_map
from hirise.runs import Run
from hirise.runs.embeddings import EmbeddingMap


class ChosenRegion(NamedTuple):
    """A region of one of the run's maps, and the images in it."""

    region: Region
    images: frozenset[str]

    @property
    def told(self) -> str:
        """What its chip says."""
        n = len(self.images)
        return f"{'1 image' if n == 1 else f'{n:,} images'} on the map"


def chosen_region(run: Run, split: str) -> ChosenRegion | None:
    """The region that the address names; what is wrong with it is told in one line."""
    text = str(st.session_state.get(REGION, st.query_params.get(REGION, "")))
    if not text:
        return None
    try:
        region = parse_region(text)
        found = pictures.load_map(run, split, region.method)
    except InputError as error:
        st.caption(f":material/info: {literal(error)}")
        return None
    if found is None:
        st.caption(
            f":material/info: The address names a part of a {TITLES[region.method]} "
            "map that is not made here yet, so all images are shown."
        )
        return None
    if map_mark(run.info.id, split, found) != region.mark:
        st.caption(
            ":material/info: The part that was chosen is of another map, so all images "
            "are shown."
        )
        return None
    return ChosenRegion(region, images_inside(found.points, region))


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
        region = drawn_region(shape["x"], shape["y"], method=method, mark=mark)
        if region is not None:
            st.session_state[REGION] = region.text


def offer_map(run: Run, split: str) -> None:
    """A button that starts it, while there is no such map; else how far it is."""
    artifacts = loaders.artifacts_folder()
    job = look_map(artifacts, run, split)
    with st.container(border=True):
        if job is not None and job.state == "running":
            _watch(run, split)
            if st.button("Stop", icon=":material/stop_circle:", key="stop-map"):
                stop_map(artifacts)
                st.rerun()
            return
        st.markdown(
            "There is no t-SNE map of these images yet. It keeps the neighbours of "
            "each image together better than PCA, and takes from seconds for a "
            "thousand images to many minutes for a hundred thousand."
        )
        if job is not None and job.state == "failed":
            st.error(literal(job.error), icon=":material/error:")
        if run.is_example:
            st.caption("Nothing is written into an example that ships with hirise.")
        elif st.button(
            "Make it", type="primary", icon=":material/play_arrow:", key="make-map"
        ):
            try:
                start_map(artifacts, run, split)
            except InputError as error:
                st.error(literal(error), icon=":material/error:")
            else:
                st.rerun()


@st.fragment(run_every=EVERY)
def _watch(run: Run, split: str) -> None:
    job = look_map(loaders.artifacts_folder(), run, split)
    if job is None or job.state != "running":
        st.rerun()
    show_how_far(map_log(loaders.artifacts_folder()), before="Starting")


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
        image_map_figure(
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
