"""Everything that a training needs to know, its split included."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboard.app_pages.train.remedies import Chosen, choose_remedies
from dashboard.shared.dataset_form import Data, choose_dataset
from dashboard.shared.jobs import start_button
from dashboard.shared.recipe_form import (
    choose_recipe,
    choose_settings,
    keep_backbone,
    time_text,
)
from dashboard.shared.text import literal
from dashboard.state import loaders
from dashboard.state.loaders import artifacts_folder
from hirise.actions.plan import PlanRequest, plan_training
from hirise.actions.preconditions import refuse_training
from hirise.actions.train import TrainRequest
from hirise.data import Catalog
from hirise.data.listing import SPLITS
from hirise.data.simulated import SimulatedMars
from hirise.data.splits import FRACTIONS, parse_fractions
from hirise.diagnosis.wording import lowered
from hirise.errors import InputError
from hirise.jobs import Jobs, start
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.recipes import SIMULATED_SETTINGS, SIMULATED_SPLIT, Recipe
from hirise.runs import change_settings

FROM_FILE = "from a CSV file"

BEST_FIRST = ("observation", "landmark", "published", "random")
"""The split offered first: the one with the most honest score that is possible."""

WITHOUT_FRACTIONS = ("published", FROM_FILE)

NOTES_IN_FULL = 3


class ChosenSplit(NamedTuple):
    """A kind of split or a file, and the fractions of its parts."""

    split: str
    fractions: tuple[float, float, float] = FRACTIONS


def choose_split(data: Data, catalog: Catalog, seed: int) -> ChosenSplit | None:
    """The split, among those that these images allow; None until it can be used."""
    try:
        chosen = _choose_kind(data, catalog)
        if chosen is None:
            return None
        result = loaders.load_splits(
            data, chosen.split, seed, chosen.fractions, catalog.label_column
        )
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
        return None
    counts = result.split.value_counts()
    parts = [f"{counts[name]:,} {name}" for name in SPLITS if name in counts]
    st.markdown(f":material/check: {' · '.join(parts)} images")
    _show_notes(result.notes)
    return chosen


def _choose_kind(data: Data, catalog: Catalog) -> ChosenSplit | None:
    """A kind of split or the path of a file, with why the other kinds are missing."""
    reasons = loaders.load_data_info(data, catalog.label_column).refused_splits
    possible = [kind for kind in BEST_FIRST if not reasons[kind]]
    simulated = catalog.layout == SIMULATED_LAYOUT
    with st.container(horizontal=True, gap="medium"):
        split = st.radio(
            "Split",
            [*possible, FROM_FILE],
            index=possible.index(SIMULATED_SPLIT) if simulated else 0,
            horizontal=True,
            # A key per layout: a kept choice might not be among the kinds of another.
            key=f"sides-{catalog.layout}",
            bind="query-params",
            help="Observation and landmark keep images of one place in one split. A "
            "random split puts copies of one landmark into several splits, so "
            "that scores are too high. Published is the split that came with the "
            "images.",
        )
        text = "" if split in WITHOUT_FRACTIONS else _choose_fractions()
    for kind, reason in reasons.items():
        if reason is not None:
            st.caption(f"Not possible here: {kind}. {literal(str(reason))}")
    if split != FROM_FILE:
        return ChosenSplit(str(split), parse_fractions(text) if text else FRACTIONS)
    text = st.text_input(
        "CSV file of image and split",
        key="sides-file",
        bind="query-params",
        help="Columns `image` and `split`; values train, val and test.",
    )
    if not text:
        return None
    return ChosenSplit(str(Path(text.strip()).expanduser().absolute()))


def _choose_fractions() -> str:
    """The fractions as `--fractions` takes them; "" for the default ones."""
    default = ", ".join(f"{fraction:.2f}" for fraction in FRACTIONS)
    text = st.text_input(
        "Fractions of train, val and test",
        default,
        key="fractions",
        bind="query-params",
        width=240,
        help="Three numbers that sum to 1, separated by commas. Whole landmarks or "
        "observations are assigned, so counts differ a little where a class is "
        "rare.",
    )
    text = (text or "").replace(" ", "")
    return "" if text == default.replace(" ", "") else text


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
    dataset = choose_dataset()
    if dataset is None:
        return
    data, catalog = dataset
    mars = data if isinstance(data, SimulatedMars) else None
    place = st.container()  # above the recipe, though it needs the seed below
    recipe = choose_recipe()
    proposed = SIMULATED_SETTINGS.get(recipe.name, {}) if mars else {}
    remedies = choose_remedies(recipe, proposed)
    settings = choose_settings(recipe, {**proposed, **remedies.settings})
    labels = _choose_labels()
    name = _name(recipe, remedies)
    title, seed = _choose_title_and_seed(name)
    with place:
        chosen = choose_split(data, catalog, seed)
    if chosen is None:
        return
    if remedies.refused:
        st.caption("The training can start once the remedies above can be combined.")
        return
    request = TrainRequest(
        data=mars.name if mars else str(data),
        recipe=recipe.name,
        split=chosen.split,
        fractions=chosen.fractions,
        settings=dict(settings),
        seed=seed,
        labels=labels or None,
        title=title or (name if remedies.names else None),
        label_column=catalog.label_column or None,
    )
    try:
        plan = plan_training(PlanRequest(recipe.name, settings={**settings}))
        simulating = mars.seconds if mars else 0.0
        time = time_text(plan, len(catalog.table), simulating=simulating)
        _offer(request, time, jobs)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")


def _name(recipe: Recipe, remedies: Chosen) -> str:
    """Recipe and remedies, as the title that is offered."""
    names = [lowered(name) for name in remedies.names]
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
    return ", ".join([recipe.name, *names])


def _choose_labels() -> str:
    """The file of labels that was typed, or that a link names; "" for none."""
    text = st.text_input(
        "CSV file of image and class",
        key="labels",
        bind="query-params",
        placeholder="optional, such as corrected_labels.csv",
        help="Labels instead of the dataset's own: columns `image` and `class_name`, "
        "as *Data* writes them for suspected labels. Images that it does not name "
        "keep their labels.",
    )
    return str(Path(text.strip()).expanduser().absolute()) if text else ""


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
        help="Seed of split and training. The same seed gives the same result.",
    )
    return (title or "").strip(), int(seed)


def _offer(request: TrainRequest, time: str, jobs: Jobs) -> None:
    """The button, and what pressing it will take."""
    refusal = refuse_training(artifacts_folder())
    if refusal:
        raise refusal.error()
    label = "Train next" if jobs.running else "Start training"
    pressed = start_button(label, ":material/play_arrow:", time, jobs)
    if jobs.waiting is not None:
        st.caption("One training is waiting already, and only one can wait.")
    if pressed:
        title = request.title or request.recipe
        start(artifacts_folder(), "train", request, title=title)
        change_settings(artifacts_folder(), data=str(request.data))
        keep_backbone(str(request.settings.get("backbone", "")))
        st.rerun()
