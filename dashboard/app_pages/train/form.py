"""Everything that a training needs to know, and the button that starts it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboard.app_pages.train.remedies import Chosen, choose_remedies
from dashboard.shared.dataset_form import Data, choose_dataset
from dashboard.shared.recipe_form import (
    choose_recipe,
    choose_settings,
    keep_backbone,
    time_text,
)
from dashboard.shared.text import literal
from dashboard.state import loaders
from dashboard.state.loaders import artifacts_folder
from hirise.data import Catalog, why_not
from hirise.data.listing import SIDES
from hirise.data.simulated import SimulatedMars
from hirise.data.splits import FRACTIONS, KINDS
from hirise.diagnosis.wording import lowered
from hirise.errors import InputError
from hirise.jobs import Jobs, TrainRequest, start, why_no_training
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.models.backbone_names import check_backbone
from hirise.recipes import SIMULATED_SETTINGS, SIMULATED_SPLIT, Recipe, with_settings
from hirise.runs import change_settings

FROM_FILE = "from a CSV file"

BEST_FIRST = ("observation", "landmark", "published", "random")
"""The split offered first: the one with the most honest score that is possible."""

WITHOUT_FRACTIONS = ("published", FROM_FILE)

NOTES_IN_FULL = 3


class Sides(NamedTuple):
    """A split as a request names it; `fractions` is "" for the usual ones."""

    split: str
    fractions: str


def choose_sides(data: Data, catalog: Catalog, seed: int) -> Sides | None:
    """The split, among those that these images allow; None until it can be used."""
    sides = _choose_split(catalog)
    if sides is None:
        return None
    try:
        found = loaders.load_splits(data, sides.split, seed, sides.fractions)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
        return None
    counts = found.split.value_counts()
    parts = [f"{counts[side]:,} {side}" for side in SIDES if side in counts]
    st.markdown(f":material/check: {' · '.join(parts)} images")
    _show_notes(found.notes)
    return sides


def _choose_split(catalog: Catalog) -> Sides | None:
    """A kind of split or the path of a file, with why the other kinds are missing."""
    reasons = {str(kind): why_not(catalog, kind) for kind in KINDS}
    possible = [kind for kind in BEST_FIRST if not reasons[kind]]
    simulated = catalog.layout == SIMULATED_LAYOUT
    with st.container(horizontal=True, gap="medium"):
        split = st.radio(
            "Split",
            [*possible, FROM_FILE],
            index=possible.index(SIMULATED_SPLIT) if simulated else 0,
            horizontal=True,
            key=f"sides-{catalog.layout}",
            bind="query-params",
            help="Observation and landmark keep images of one place on one side. A "
            "random split lets copies of one landmark stand on both, and scores too "
            "high. Published is the one that came with the images.",
        )
        fractions = "" if split in WITHOUT_FRACTIONS else _choose_fractions()
    for kind, reason in reasons.items():
        if reason:
            st.caption(f"Not possible here: {kind} ({literal(reason)}).")
    if split != FROM_FILE:
        return Sides(str(split), fractions)
    text = st.text_input(
        "CSV file of image and split",
        key="sides-file",
        bind="query-params",
        help="Columns `image` and `split`; values train, val and test.",
    )
    return Sides(str(Path(text.strip()).expanduser().absolute()), "") if text else None


def _choose_fractions() -> str:
    """The shares as `--fractions` takes them; "" for the usual ones."""
    usual = ", ".join(f"{share:.2f}" for share in FRACTIONS)
    text = st.text_input(
        "Shares of train, val and test",
        usual,
        key="fractions",
        bind="query-params",
        width=240,
        help="Three numbers that sum to 1, with commas between. Where a class is rare, "
        "whole landmarks or observations are shared out, so counts differ a little.",
    )
    text = (text or "").replace(" ", "")
    return "" if text == usual.replace(" ", "") else text


def _show_notes(notes: tuple[str, ...]) -> None:
    if len(notes) <= NOTES_IN_FULL:
        for note in notes:
            st.caption(literal(note))
        return
    with st.expander(f"{len(notes)} notes on this split", icon=":material/info:"):
        for note in notes:
            st.caption(literal(note))


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
