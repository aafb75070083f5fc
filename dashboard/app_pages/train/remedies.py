"""Remedies as settings of a recipe: switched on by hand, or as a run's findings ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from dashboard.shared.recipe_form import as_text
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.diagnosis.wording import lowered
from hirise.errors import InputError
from hirise.recipes import Recipe, to_dict, with_settings
from hirise.remedies.retraining import (
    TRAINING_REMEDIES,
    TrainingRemedy,
    changed_recipe,
    changes_between,
    check_training_pairs,
)
from hirise.remedies.suggestions import suggestions
from hirise.runs import Run

OFFERED = tuple(one for one in TRAINING_REMEDIES if not one.data and not one.base)
"""Those that only change settings; another recipe or split is chosen in the form."""

_OTHER_RECIPE = {one.key: one for one in TRAINING_REMEDIES if one.base}

_USUAL = TrainingRemedy.cost


@dataclass(frozen=True)
class Chosen:
    """What is switched on: the settings that it changes, or why it cannot be.

    `settings` are text, as `--set` takes them; `names` are titles for people.
    """

    names: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    refused: str = ""


@dataclass(frozen=True)
class Preset:
    """What a run's findings ask for: remedies to switch on, and other recipes."""

    switched: tuple[TrainingRemedy, ...] = ()
    other_recipes: tuple[TrainingRemedy, ...] = ()


def choose_remedies(recipe: Recipe) -> Chosen:
    """Switches for the remedies that change settings of `recipe`."""
    reasons = {one.key: _why_not(one, recipe) for one in OFFERED}
    run = loaders.chosen_run()
    preset = _preset(run, recipe)
    label = _label(len(preset.switched), reasons)
    with st.expander(label, key="train-remedies", icon=":material/healing:"):
        if run is not None and preset.switched:
            _offer_preset(run, preset)
        st.caption(
            "Each takes no longer than a training without it, unless it says so."
        )
        with st.grid(2, min_column_width=320, gap="small"):
            on = [one for one in OFFERED if _switch(one, recipe, reasons[one.key])]
        found = _merged(on, recipe)
    if found.refused:
        st.error(literal(found.refused), icon=":material/block:")
    return found


def switch_key(remedy: str) -> str:
    """Name of a remedy's switch in the session and in the URL."""
    return f"with-{remedy}"


def _merged(on: Sequence[TrainingRemedy], recipe: Recipe) -> Chosen:
    names = tuple(one.title for one in on)
    try:
        check_training_pairs([one.key for one in on])
        changed = changed_recipe(recipe, on)
    except InputError as error:
        return Chosen(names, refused=str(error))
    return Chosen(names, _settings(recipe, changed))


def _settings(before: Recipe, after: Recipe) -> dict[str, str]:
    one, two = to_dict(before), to_dict(after)
    return {key: as_text(two[key]) for key in one if one[key] != two[key]}


def _why_not(one: TrainingRemedy, recipe: Recipe) -> str:
    """Why a remedy cannot be switched on for this recipe, or ""."""
    try:
        changed = with_settings(recipe, one.change(recipe))
    except InputError as error:
        return str(error)
    same = to_dict(changed) == to_dict(recipe)
    return f"{recipe.name} does so already." if same else ""


def _switch(one: TrainingRemedy, recipe: Recipe, reason: str) -> bool:
    with st.container(gap="xxsmall"):
        if reason:
            # Off whatever the URL says, and without taking that from it.
            st.toggle(one.title, False, key=f"off-{one.key}", disabled=True)
            st.caption(f":material/block: Not here: {literal(reason)}")
            return False
        on = st.toggle(one.title, key=switch_key(one.key), bind="query-params")
        changed = changed_recipe(recipe, [one])
        changes = changes_between(recipe, changed).items()
        told = "; ".join(f"{key.replace('_', ' ')} {text}" for key, text in changes)
        cost = one.cost.replace("the training before", "without it")
        takes = "" if one.cost == _USUAL else f" Takes {literal(cost)}."
        st.caption(f"{literal(one.effect)} Here: {literal(told)}.{takes}")
    return on


def _label(n_asked: int, reasons: dict[str, str]) -> str:
    on = [
        lowered(one.title)
        for one in OFFERED
        if not reasons[one.key] and _is_on(switch_key(one.key))
    ]
    if on:
        return literal(f"Remedies: {', '.join(on)}")
    return f"Remedies ({n_asked} asked for by findings)" if n_asked else "Remedies"


def _is_on(key: str) -> bool:
    linked = st.query_params.get(key) == "true"
    return bool(st.session_state.get(key, linked))


def _preset(run: Run | None, recipe: Recipe) -> Preset:
    """What the findings of `run` ask for and goes together, the first first."""
    if run is None or not run.splits():
        return Preset()
    try:
        diagnosis = loaders.load_diagnosis(run, None)
    except InputError:  # a broken run must not keep another from being trained
        return Preset()
    wanted = [one.key for one in suggestions(diagnosis)]
    switched: list[TrainingRemedy] = []
    for key in wanted:
        one = next((one for one in OFFERED if one.key == key), None)
        if one is not None and not _merged([*switched, one], recipe).refused:
            switched.append(one)
    others = [_OTHER_RECIPE[key] for key in wanted if key in _OTHER_RECIPE]
    return Preset(tuple(switched), () if recipe.backbone else tuple(others))


def _offer_preset(run: Run, preset: Preset) -> None:
    names = ", ".join(lowered(one.title) for one in preset.switched)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "As the findings ask",
            icon=":material/stethoscope:",
            on_click=_take,
            args=(tuple(one.key for one in preset.switched),),
        )
        st.caption(
            f"What was found in {literal(run.info.title)} asks for: {literal(names)}.",
            width="content",
        )
    for one in preset.other_recipes:
        st.caption(
            f":material/arrow_upward: It asks for {literal(lowered(one.title))} too: "
            f"that is the recipe {literal(one.base)}."
        )


def _take(asked: Iterable[str]) -> None:
    for one in OFFERED:
        st.session_state[switch_key(one.key)] = one.key in asked
