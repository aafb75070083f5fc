"""Everything that a training needs to know, and the button that starts it."""

from __future__ import annotations

import streamlit as st

from dashboard.state import artifacts_folder
from dashboard.widgets.backbone_field import keep_backbone
from dashboard.widgets.dataset_form import choose_dataset
from dashboard.widgets.recipe_form import choose_recipe, choose_settings, time_text
from dashboard.widgets.recipe_remedies import Chosen, choose_remedies
from dashboard.widgets.sides_form import choose_sides
from dashboard.widgets.text import literal
from hirise.backbones import check_backbone
from hirise.dataset.simulated.kept import SimulatedMars
from hirise.diagnosis.wording import lowered
from hirise.errors import InputError
from hirise.jobs import Jobs, TrainRequest, start, why_no_training
from hirise.recipes import SIMULATED_SETTINGS, Recipe, with_settings
from hirise.runs import change_settings

LARGEST_SEED = 2**32 - 1

MOST_NAMED = 3
"""Remedies that a title names."""


def show_form(jobs: Jobs) -> None:
    """Dataset, split, recipe, settings, seed and title; then start or queue."""
    found = choose_dataset()
    if found is None:
        return
    data, catalog = found
    mars = data if isinstance(data, SimulatedMars) else None
    place = st.container()  # above the recipe, though it needs the seed below
    recipe = choose_recipe()
    proposed = SIMULATED_SETTINGS.get(recipe.name, {}) if mars else {}
    chosen = choose_remedies(with_settings(recipe, proposed))
    settings = choose_settings(recipe, {**proposed, **chosen.settings})
    name = _name(recipe, chosen)
    title, seed = _choose_title_and_seed(name)
    with place:
        sides = choose_sides(data, catalog, seed)
    if sides is None:
        return
    request = TrainRequest(
        data=mars.name if mars else str(data),
        recipe=recipe.name,
        split=sides.split,
        settings=settings,
        seed=seed,
        title=title or (name if chosen.names else ""),
        fractions=sides.fractions,
    )
    if chosen.refused:
        st.caption("It can start once the remedies above go together.")
        return
    try:
        changed = with_settings(recipe, settings)
        if changed.backbone:
            check_backbone(changed.backbone)
        simulating = mars.seconds if mars else 0.0
        time = time_text(changed, len(catalog.table), simulating=simulating)
        _offer(request, time, jobs)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")


def _name(recipe: Recipe, chosen: Chosen) -> str:
    """Recipe and remedies, as the title that is offered."""
    names = [lowered(one) for one in chosen.names]
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
    return ", ".join([recipe.name, *names])


def _choose_title_and_seed(name: str) -> tuple[str, int]:
    left, right = st.columns([3, 1])
    title = left.text_input("Title", key="title", bind="query-params", placeholder=name)
    seed = right.number_input(
        "Seed",
        0,
        LARGEST_SEED,
        0,
        key="seed",
        bind="query-params",
        help="Of split and training. The same seed gives the same result.",
    )
    return (title or "").strip(), int(seed)


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
        change_settings(artifacts_folder(), data=request.data)
        keep_backbone(request.settings.get("backbone", ""))
        st.rerun()
