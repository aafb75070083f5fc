"""Remedies as settings of a recipe: switched on by hand, or as findings recommend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from dashboard.shared.recipe_form import as_text
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.actions.plan import PlanRequest, TrainingPlan, plan_training
from hirise.diagnosis.wording import lowered
from hirise.errors import InputError
from hirise.recipes import Recipe
from hirise.remedies.training_remedies import TRAINING_REMEDIES, TrainingRemedy
from hirise.runs import Run

OFFERED = tuple(r for r in TRAINING_REMEDIES if not r.data and not r.base)
"""Those that only change settings; another recipe or split is chosen in the form."""

OTHER_RECIPE = {remedy.key: remedy for remedy in TRAINING_REMEDIES if remedy.base}


@dataclass(frozen=True)
class Chosen:
    """What is switched on: the settings that it changes, or why it cannot be.

    `settings` are text, as `--set` takes them; `names` are titles for people.
    """

    names: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True)
class Preset:
    """What a run's findings recommend: remedies to switch on, and other recipes."""

    switched: tuple[TrainingRemedy, ...] = ()
    other_recipes: tuple[TrainingRemedy, ...] = ()


def choose_remedies(recipe: Recipe, settings: Mapping[str, str]) -> Chosen:
    """Switches for the remedies that change `recipe` with these `settings`."""
    request = PlanRequest(recipe.name, settings={**settings})
    base = plan_training(request)
    reasons = {remedy.key: _why_not(remedy, request, base) for remedy in OFFERED}
    run = loaders.chosen_run()
    preset = _preset(run, request)
    with st.expander(
        _label(len(preset.switched), reasons),
        key="train-remedies",
        icon=":material/healing:",
    ):
        if run is not None and preset.switched:
            _offer_preset(run, preset)
        st.caption(
            "A training with a remedy takes as long as one without it, unless the "
            "remedy says otherwise."
        )
        with st.grid(2, min_column_width=320, gap="small"):
            on = [r for r in OFFERED if _switch(r, request, reasons[r.key])]
        chosen = _merge(on, request)
    if chosen.refused:
        st.error(literal(chosen.refused), icon=":material/block:")
    return chosen


def switch_key(remedy: str) -> str:
    """Name of a remedy's switch in the session and in the URL."""
    return f"with-{remedy}"


def _merge(on: Sequence[TrainingRemedy], request: PlanRequest) -> Chosen:
    names = tuple(remedy.title for remedy in on)
    try:
        plan = _plan_with(on, request)
    except InputError as error:
        return Chosen(names, refused=str(error))
    settings = plan.settings
    return Chosen(names, {key: as_text(settings[key]) for key in plan.changes})


def _plan_with(on: Sequence[TrainingRemedy], request: PlanRequest) -> TrainingPlan:
    return plan_training(replace(request, remedies=tuple(r.key for r in on)))


def _why_not(
    remedy: TrainingRemedy, request: PlanRequest, base: TrainingPlan
) -> str | None:
    """Why a remedy cannot be switched on for this recipe, if it cannot."""
    settings = {**request.settings, **remedy.change(base.recipe)}
    try:
        changed = plan_training(replace(request, settings=settings))
    except InputError as error:
        return str(error)
    same = changed.settings == base.settings
    return f"{request.recipe} does so already." if same else None


def _switch(remedy: TrainingRemedy, request: PlanRequest, reason: str | None) -> bool:
    with st.container(gap="xxsmall"):
        if reason:
            # Off whatever the URL says, and without taking that from it.
            st.toggle(remedy.title, False, key=f"off-{remedy.key}", disabled=True)
            st.caption(f":material/block: Not here: {literal(reason)}")
            return False
        on = st.toggle(remedy.title, key=switch_key(remedy.key), bind="query-params")
        changes = _plan_with([remedy], request).changes
        here = ", ".join(
            f"{name.replace('_', ' ')} {text}" for name, text in changes.items()
        )
        cost = remedy.cost.replace("the training before", "without it")
        usual = remedy.cost == TrainingRemedy.cost
        takes = "" if usual else f" Takes {literal(cost)}."
        st.caption(f"{literal(remedy.effect)} Here: {literal(here)}.{takes}")
    return on


def _label(n_recommended: int, reasons: dict[str, str | None]) -> str:
    on = [
        lowered(remedy.title)
        for remedy in OFFERED
        if not reasons[remedy.key] and _is_on(switch_key(remedy.key))
    ]
    if on:
        return literal(f"Remedies: {', '.join(on)}")
    return f"Remedies ({n_recommended} recommended)" if n_recommended else "Remedies"


def _is_on(key: str) -> bool:
    # Before its switch was drawn, only the URL knows.
    linked = st.query_params.get(key) == "true"
    return bool(st.session_state.get(key, linked))


def _preset(run: Run | None, request: PlanRequest) -> Preset:
    """What the findings of `run` recommend and goes together, the first first."""
    if run is None or not run.splits():
        return Preset()
    try:
        suggestions = loaders.load_check(run, None).recommended
    except InputError:  # a broken run must not keep another from being trained
        return Preset()
    recommended = [suggestion.key for suggestion in suggestions]
    offered = {remedy.key: remedy for remedy in OFFERED}
    switched: list[TrainingRemedy] = []
    for key in recommended:
        remedy = offered.get(key)
        if remedy is not None and not _merge([*switched, remedy], request).refused:
            switched.append(remedy)
    others = [OTHER_RECIPE[key] for key in recommended if key in OTHER_RECIPE]
    return Preset(
        tuple(switched), () if plan_training(request).recipe.backbone else tuple(others)
    )


def _offer_preset(run: Run, preset: Preset) -> None:
    names = ", ".join(lowered(remedy.title) for remedy in preset.switched)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Switch on what is recommended",
            icon=":material/stethoscope:",
            on_click=_switch_on,
            args=(tuple(remedy.key for remedy in preset.switched),),
        )
        st.caption(
            f"The findings of {literal(run.info.title)} recommend: {literal(names)}.",
            width="content",
        )
    for remedy in preset.other_recipes:
        st.caption(
            f":material/arrow_upward: They also recommend "
            f"{literal(lowered(remedy.title))}: that is the recipe "
            f"{literal(remedy.base)}."
        )


def _switch_on(recommended: Iterable[str]) -> None:
    for remedy in OFFERED:
        st.session_state[switch_key(remedy.key)] = remedy.key in recommended
