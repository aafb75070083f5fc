"""Everything that a training needs to know, and the button that starts it."""

from __future__ import annotations

import streamlit as st

from dashboard.app_pages.train.remedies import Chosen, choose_remedies
from dashboard.app_pages.train.split import choose_split
from dashboard.shared.dataset_form import choose_dataset
from dashboard.shared.recipe_form import (
    choose_recipe,
    choose_settings,
    keep_backbone,
    time_text,
)
from dashboard.shared.text import literal
from dashboard.state.loaders import artifacts_folder
from hirise.actions.preconditions import refuse_training
from hirise.actions.train import TrainRequest
from hirise.data.simulated import SimulatedMars
from hirise.data.splits import FRACTIONS, parse_fractions
from hirise.diagnosis.wording import lowered
from hirise.errors import InputError
from hirise.jobs import Jobs, start
from hirise.models.backbone_names import check_backbone
from hirise.recipes import SIMULATED_SETTINGS, Recipe, with_settings
from hirise.runs import change_settings

LARGEST_SEED = 2**32 - 1

MOST_NAMED = 3
"""Remedies that a title names."""


def show_form(jobs: Jobs) -> None:
    """Dataset, split, recipe, settings, seed and title; then start or queue."""
    dataset = choose_dataset()
    if dataset is None:
        return
    data, catalog = dataset
    mars = data if isinstance(data, SimulatedMars) else None
    place = st.container()  # above the recipe, though it needs the seed below
    recipe = choose_recipe()
    proposed = SIMULATED_SETTINGS.get(recipe.name, {}) if mars else {}
    remedies = choose_remedies(with_settings(recipe, proposed))
    settings = choose_settings(recipe, {**proposed, **remedies.settings})
    name = _name(recipe, remedies)
    title, seed = _choose_title_and_seed(name)
    with place:
        chosen = choose_split(data, catalog, seed)
    if chosen is None:
        return
    if remedies.refused:
        st.caption("It can start once the remedies above go together.")
        return
    request = TrainRequest(
        data=mars.name if mars else str(data),
        recipe=recipe.name,
        split=chosen.split,
        fractions=parse_fractions(chosen.fractions) if chosen.fractions else FRACTIONS,
        settings=dict(settings),
        seed=seed,
        title=title or (name if remedies.names else None),
    )
    try:
        changed = with_settings(recipe, settings)
        if changed.backbone:
            check_backbone(changed.backbone)
        simulating = mars.seconds if mars else 0.0
        time = time_text(changed, len(catalog.table), simulating=simulating)
        _offer(request, time, jobs)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")


def _name(recipe: Recipe, remedies: Chosen) -> str:
    """Recipe and remedies, as the title that is offered."""
    names = [lowered(name) for name in remedies.names]
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
    refusal = refuse_training(artifacts_folder())
    if refusal:
        raise refusal.error()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            "Train next" if jobs.running else "Start training",
            type="primary",
            icon=":material/play_arrow:",
            disabled=jobs.waiting is not None,
        )
        st.caption(time, width="content")
    if jobs.waiting is not None:
        st.caption("One training waits already, and only one can.")
    if pressed:
        title = request.title or request.recipe
        start(artifacts_folder(), "train", request, title=title)
        change_settings(artifacts_folder(), data=str(request.data))
        keep_backbone(str(request.settings.get("backbone", "")))
        st.rerun()
