"""Choose remedies, their settings and images, and start them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dashboard.app_pages.cure.cards import Card, all_cards, choose_remedies, tick_key
from dashboard.app_pages.cure.images import choose_images
from dashboard.app_pages.cure.settings import (
    choose_epoch,
    choose_left_out,
    choose_recipe_settings,
    choose_settings,
)
from dashboard.shared.jobs import WITHOUT_TRAINING, start_button
from dashboard.shared.navigation import WANTED
from dashboard.shared.recipe_form import keep_backbone, time_text, used_last
from dashboard.shared.terms import terms_in
from dashboard.shared.text import Lacking, literal
from dashboard.state import loaders
from hirise.actions.cure import CureRequest
from hirise.actions.plan import CurePlan, plan_cure
from hirise.actions.preconditions import refuse_space, refuse_training
from hirise.actions.suggest import Suggested
from hirise.diagnosis.wording import lowered, took
from hirise.errors import InputError
from hirise.jobs import Jobs, start
from hirise.remedies import PREDICTION_KEYS, TRAINING_KEYS
from hirise.remedies.suggestions import Preview
from hirise.runs import Run

STARTED = "cure-started"
"""In the session: the job that was started here last."""

FILLED = "cure-for"
"""In the session: the run for which a remedy was ticked."""


def show_cure_form(run: Run, split: str, jobs: Jobs) -> None:
    """The decision, what is ticked for it, and below it the remedies to tick."""
    suggested, cards = loaders.load_suggested(run, split), all_cards()
    previews, recommended = suggested.previews, suggested.recommended
    _fill(run, cards, suggested)
    # Drawn above the boxes that it depends on.
    decision = st.container(border=True, gap="xsmall")
    ticked = choose_remedies(recommended, cards, previews)
    with decision:
        _decide(run, ticked, suggested, cards, jobs)


def _decide(
    run: Run,
    ticked: set[str],
    suggested: Suggested,
    cards: Mapping[str, Card],
    jobs: Jobs,
) -> None:
    """The button with what it will do and how long it takes, and its settings."""
    _tell_impossible(cards, suggested.previews)
    if not ticked:
        able = any(preview.works for preview in suggested.previews.values())
        none = (
            "No remedy works here; the list below says why. Retrain, or load the "
            "run's data."
        )
        text = "Tick a remedy below; several can be combined." if able else none
        st.markdown(text)
        return
    try:
        order = CureRequest(run, remedies=tuple(ticked)).order
        for key in order:
            # What a later step chooses depends on what those before it give.
            is_known = len(order) == 1 or key in TRAINING_KEYS
            preview = suggested.previews.get(key) if is_known else None
            _show_change(cards[key], preview)
        request = _choose_request(run, order, suggested.epochs)
        plan = plan_cure(replace(request, run=run))
        _offer(request, plan, run, cards, jobs)
    except Lacking as lack:
        st.info(literal(lack), icon=":material/arrow_upward:")
    except InputError as error:
        st.error(literal(error), icon=":material/block:")


def _show_change(card: Card, preview: Preview | None) -> None:
    """What a ticked remedy changes here."""
    effect = "" if preview is None or not preview.effect else f": {preview.effect}"
    text = f"**{literal(card.title)}**{literal(effect)}"
    st.markdown(text, help=terms_in(effect))


def _tell_impossible(
    cards: Mapping[str, Card], previews: Mapping[str, Preview]
) -> None:
    """Why remedies that the address names are not among those to tick."""
    for key, card in cards.items():
        refusal = previews[key].refusal if key in previews else None
        if refusal is not None and st.query_params.get(tick_key(key)) == "true":
            text = f"{card.title} is not possible here. {refusal}"
            st.info(literal(text), icon=":material/block:")


def _choose_request(
    run: Run, order: tuple[str, ...], epochs: tuple[int, ...]
) -> CureRequest:
    """What the fields say; those of the recipe first, where the images come last."""
    fields = choose_settings(order, run.info.class_names) | choose_epoch(epochs, order)
    left_out = choose_left_out(run, order)
    settings = choose_recipe_settings(order)
    data = choose_images(run, order)
    return CureRequest(
        run=run.info.id,
        remedies=order,
        data=None if data is None else str(data),
        leave_out=left_out,
        settings=dict(settings),
        **fields,
    )


def _fill(run: Run, cards: Mapping[str, Card], suggested: Suggested) -> None:
    """Tick the first remedy that is recommended and works, once for each run.

    What a link names in the URL is kept.
    """
    first = FILLED not in st.session_state
    wanted = st.session_state.pop(WANTED, ())
    same = st.session_state.get(FILLED) == run.info.id
    st.session_state[FILLED] = run.info.id
    linked = first and any(tick_key(key) in st.query_params for key in cards)
    if not wanted and (same or linked):
        return
    previews, recommended = suggested.previews, [s.key for s in suggested.recommended]
    able = [
        key
        for key in (*wanted, *recommended)
        if key in cards and (key not in previews or previews[key].works)
    ]
    if not wanted:
        # What is ticked by itself should not cause a download.
        able.sort(key=lambda key: key in suggested.downloads and not used_last())
    for key in cards:
        if key not in previews or previews[key].works:
            st.session_state[tick_key(key)] = key in able[:1]
    for key in able[:1]:
        # Until its box was drawn once, the URL does not follow the session.
        with suppress(StreamlitAPIException):
            st.query_params[tick_key(key)] = "true"


def _offer(
    request: CureRequest,
    plan: CurePlan,
    run: Run,
    cards: Mapping[str, Card],
    jobs: Jobs,
) -> None:
    """The button, and what pressing it will take."""
    artifacts = loaders.artifacts_folder()
    if WITHOUT_TRAINING.issuperset(request.remedies):
        refusal = refuse_space(artifacts, "A cure")
    else:
        refusal = refuse_training(artifacts, "A cure")
    if refusal:
        raise refusal.error()
    names = [cards[key].title for key in request.remedies]
    names = [names[0], *map(lowered, names[1:])]
    label = "Cure next" if jobs.running else "Cure"
    told = _explain(plan, run, jobs)
    if start_button(label, ":material/healing:", told, jobs):
        job = start(artifacts, "cure", request, title=", ".join(names))
        keep_backbone(str(request.settings.get("backbone", "")))
        st.session_state[STARTED] = job.id
        # The job is shown above this button, where the script has been already.
        st.rerun()


def _explain(plan: CurePlan, run: Run, jobs: Jobs) -> str:
    if jobs.waiting is not None:
        return "Another job is waiting already, and only one can wait."
    after = f" It begins after {literal(jobs.running.title)}." if jobs.running else ""
    cost = _cost(plan, run)
    return f"Kept as a new run beside this one. {cost}{after}"


def _cost(plan: CurePlan, run: Run) -> str:
    if plan.training is None:
        seconds = set(PREDICTION_KEYS).issuperset(plan.remedies)
        return f"It takes {'a few seconds' if seconds else 'about a minute'}."
    catalog = run.catalog()
    n_images = 0 if catalog is None else len(catalog)
    by_training = all(step["key"] in TRAINING_KEYS for step in run.info.remedies)
    known = run.info.seconds and by_training
    before = f" The training before took {took(run.info.seconds)}." if known else ""
    return f"{time_text(plan.training, n_images)}{before}"
