"""Choose remedies and their settings, and start them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dashboard import state
from dashboard.widgets.backbone_field import keep_backbone, used_last
from dashboard.widgets.cure_images import choose_images
from dashboard.widgets.cure_settings import (
    choose_epoch,
    choose_left_out,
    choose_recipe_settings,
    choose_settings,
)
from dashboard.widgets.lacking import Lacking
from dashboard.widgets.opening import WANTED
from dashboard.widgets.recipe_form import time_text
from dashboard.widgets.remedy_cards import Card, all_cards, choose_remedies, tick_key
from dashboard.widgets.text import literal
from hirise.backbones import is_downloaded
from hirise.diagnosis.wording import lowered, took
from hirise.errors import InputError
from hirise.jobs import CureRequest, Jobs, start, why_not_started
from hirise.recipes import recipe_named
from hirise.remedies.preview import Preview, sensible_order, suggestions
from hirise.remedies.training import TRAINING_KEYS, changed_recipe, training_remedy
from hirise.remedies.training.parent import recipe_of, why_not_trained_again
from hirise.runs import Run

STARTED = "cure-started"
"""In the session: the job that was started here last."""

_FILLED = "cure-for"


def show_cure_form(run: Run, split: str, jobs: Jobs) -> None:
    """The remedies, what each would do here, and the button."""
    diagnosis = state.load_diagnosis(run, split)
    previews = state.load_previews(run, split)
    cards, asked = all_cards(), suggestions(diagnosis)
    _fill(run, cards, previews, [one.key for one in asked])
    ticked = choose_remedies(asked, cards, previews)
    st.subheader("Start", anchor=False)
    if not ticked:
        able = any(one.works for one in previews.values())
        none = (
            "No remedy works here; each says why. Train anew, or load the run's data."
        )
        st.caption("Tick a remedy; several can be combined." if able else none)
        return
    try:
        request = _asked(run, sensible_order(ticked))
        _offer(request, run, cards, jobs)
    except Lacking as lack:
        st.info(literal(lack), icon=":material/arrow_upward:")
    except InputError as error:
        st.error(literal(error), icon=":material/block:")


def _asked(run: Run, order: tuple[str, ...]) -> CureRequest:
    """What the fields say; those of the recipe first, where the images come last."""
    options = choose_settings(order, run.info.class_names) | choose_epoch(run, order)
    left_out = choose_left_out(run, order)
    settings = choose_recipe_settings(order)
    options |= choose_images(run, order)
    request = CureRequest(run.info.id, order, options, left_out, settings)
    trained = _trained(request)
    if trained:
        data = Path(options["data"]) if "data" in options else None
        reason = why_not_trained_again(
            run, trained, data=data, leave_out=left_out, settings=settings
        )
        if reason:
            raise InputError(reason)
    return request


def _trained(request: CureRequest) -> list[str]:
    return [key for key in request.remedies if key in TRAINING_KEYS]


def _fill(
    run: Run,
    cards: Mapping[str, Card],
    previews: Mapping[str, Preview],
    asked: Sequence[str],
) -> None:
    """Tick the first remedy that is asked for and works, once for each run.

    What a link names in the URL is kept.
    """
    first = _FILLED not in st.session_state
    wanted = st.session_state.pop(WANTED, ())
    same = st.session_state.get(_FILLED) == run.info.id
    st.session_state[_FILLED] = run.info.id
    linked = first and any(tick_key(key) in st.query_params for key in cards)
    if not wanted and (same or linked):
        return
    able = [
        key
        for key in (*wanted, *asked)
        if key in cards and (key not in previews or previews[key].works)
    ]
    if not wanted:
        able.sort(key=_must_be_fetched)
    for key in cards:
        st.session_state[tick_key(key)] = key in able[:1]
    for key in able[:1]:
        # Until its box was drawn once, the URL does not follow the session.
        with suppress(StreamlitAPIException):
            st.query_params[tick_key(key)] = "true"


def _must_be_fetched(key: str) -> bool:
    """Whether a remedy starts from a network that is not on this machine."""
    base = training_remedy(key).base if key in TRAINING_KEYS else ""
    backbone = recipe_named(base).backbone if base else ""
    return bool(backbone) and not used_last() and not is_downloaded(backbone)


def _offer(
    request: CureRequest, run: Run, cards: Mapping[str, Card], jobs: Jobs
) -> None:
    reason = why_not_started(state.artifacts_folder(), request)
    if reason:
        raise InputError(reason)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            "Cure next" if jobs.running else "Cure",
            type="primary",
            icon=":material/healing:",
            disabled=jobs.waiting is not None,
        )
        names = [cards[key].title for key in request.remedies]
        st.caption(_told(names, request, run, jobs), width="content")
    if pressed:
        job = start(state.artifacts_folder(), request)
        keep_backbone(request.settings.get("backbone", ""))
        st.session_state[STARTED] = job.id
        st.rerun()


def _told(names: Sequence[str], request: CureRequest, run: Run, jobs: Jobs) -> str:
    what = literal(", then ".join([names[0], *map(lowered, names[1:])]))
    if jobs.waiting is not None:
        return f"{what}. Another job waits already; only one can."
    after = f" It begins after {literal(jobs.running.title)}." if jobs.running else ""
    return f"{what}: kept as a new run beside this one. {_cost(request, run)}{after}"


def _cost(request: CureRequest, run: Run) -> str:
    trained = _trained(request)
    if not trained:
        return f"It takes {'about a minute' if request.trains else 'a few seconds'}."
    remedies = [training_remedy(key) for key in trained]
    recipe = changed_recipe(recipe_of(run), remedies, request.settings)
    catalog = run.catalog()
    n_images = 0 if catalog is None else len(catalog)
    by_training = all(one["key"] in TRAINING_KEYS for one in run.info.remedies)
    known = run.info.seconds and by_training
    before = f" The training before took {took(run.info.seconds)}." if known else ""
    return f"{time_text(recipe, n_images)}{before}"
