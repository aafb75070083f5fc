"""Simulated Mars as the dataset of whoever has none."""

from __future__ import annotations

import streamlit as st

from dashboard.widgets.text import duration
from hirise.dataset import Catalog
from hirise.dataset.room import in_words
from hirise.dataset.simulated.kept import SimulatedMars
from hirise.dataset.simulated.naming import LIMIT
from hirise.dataset.simulated.plan import FEWEST, MOST
from hirise.dataset.simulated.release import BYTES_PER_IMAGE

WIDTH = 200


def choose_mars(first: SimulatedMars | None) -> SimulatedMars:
    """How many landmarks are simulated, and which; `first` is offered, if any."""
    first = first or SimulatedMars()
    n_landmarks = st.number_input(
        "Landmarks",
        FEWEST,
        MOST,
        first.n_landmarks,
        step=100,
        key="landmarks",
        bind="query-params",
        width=WIDTH,
        help="Those to train and validate with come in seven copies, turned, mirrored "
        "and brightened, as in the real release.",
    )
    seed = st.number_input(
        "Seed of the landmarks",
        0,
        LIMIT - 1,
        first.seed,
        key="mars",
        bind="query-params",
        width=WIDTH,
        help="Another seed gives other landmarks; the same one, the same images.",
    )
    return SimulatedMars(int(n_landmarks), int(seed))


def say_simulated(mars: SimulatedMars, catalog: Catalog) -> None:
    """That no camera took these images, and what making them takes."""
    size = in_words(len(catalog.table) * BYTES_PER_IMAGE)
    if mars.is_kept:
        how = f"They are kept from before, about {size}."
    else:
        how = (
            f"They are made first, in about {duration(mars.seconds)}, and kept for the "
            f"next time (about {size})."
        )
    st.caption(f"Computed images, in the layout of HiRISE; no camera took them. {how}")
