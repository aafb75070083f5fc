"""Everything that a training needs to know, and the button that starts it."""

from __future__ import annotations

import streamlit as st

from dashboard.state import artifacts_folder
from dashboard.widgets.dataset_form import choose_dataset, choose_sides
from dashboard.widgets.recipe_form import choose_recipe, choose_settings, time_text
from dashboard.widgets.text import literal
from hirise.errors import InputError
from hirise.jobs import Jobs, TrainRequest, start, why_no_training
from hirise.recipes import with_settings
from hirise.runs import change_settings

LARGEST_SEED = 2**32 - 1


def show_form(jobs: Jobs) -> None:
    """Dataset, split, recipe, settings, seed and title; then start or queue."""
    found = choose_dataset()
    if found is None:
        return
    folder, catalog = found
    sides = st.container()  # above the recipe, though it needs the seed below
    recipe = choose_recipe()
    settings = choose_settings(recipe)
    left, right = st.columns([3, 1])
    title = left.text_input(
        "Title", key="title", bind="query-params", placeholder=recipe.name
    )
    seed = right.number_input(
        "Seed",
        0,
        LARGEST_SEED,
        0,
        key="seed",
        bind="query-params",
        help="Of split and training. The same seed gives the same result.",
    )
    with sides:
        split = choose_sides(folder, catalog, int(seed))
    if split is None:
        return
    request = TrainRequest(
        data=str(folder),
        recipe=recipe.name,
        split=split,
        settings=settings,
        seed=int(seed),
        title=(title or "").strip(),
    )
    try:
        changed = with_settings(recipe, settings)
        _offer(request, time_text(changed, len(catalog.table)), jobs)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")


def _offer(request: TrainRequest, time: str, jobs: Jobs) -> None:
    """The button, and what pressing it will take."""
    reason = why_no_training(artifacts_folder())
    if reason:
        raise InputError(reason)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            "Train next" if jobs.running else "Start training",
            type="primary",
            icon=":material/play_arrow:",
            disabled=jobs.waiting is not None,
        )
        st.caption(time, width="content")
    if jobs.waiting is not None:
        st.caption("One training waits already; only one can.")
    if pressed:
        start(artifacts_folder(), request)
        change_settings(artifacts_folder(), data=st.session_state["data"])
        st.rerun()
