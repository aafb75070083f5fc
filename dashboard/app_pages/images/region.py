"""The part of the map that is chosen, and the images in it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from dashboard.shared.image_links import REGION
from dashboard.shared.text import literal
from dashboard.state import pictures
from hirise.errors import InputError
from hirise.evaluation.image_map import (
    TITLES,
    Region,
    drawn_region,
    images_inside,
    map_mark,
    parse_region,
)
from hirise.runs import Run


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
        region = parse_region(text)
        image_map = pictures.load_map(run, split, region.method)
    except InputError as error:
        st.caption(f":material/info: {literal(error)}")
        return None
    if image_map is None:
        st.caption(
            f":material/info: The address names a part of a {TITLES[region.method]} "
            "map that is not made here yet, so all images are shown."
        )
        return None
    if map_mark(run.info.id, split, image_map) != region.mark:
        st.caption(
            ":material/info: The part that was chosen is of another map, so all images "
            "are shown."
        )
        return None
    return ChosenRegion(region, images_inside(image_map.points, region))


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
