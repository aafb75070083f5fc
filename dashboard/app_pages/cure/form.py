"""Choose remedies, their settings and images, and start them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dashboard.app_pages.cure.cards import Card, all_cards, choose_remedies, tick_key
from dashboard.app_pages.cure.settings import (
    choose_epoch,
    choose_left_out,
    choose_recipe_settings,
    choose_settings,
)
from dashboard.shared.navigation import WANTED
from dashboard.shared.recipe_form import keep_backbone, time_text, used_last
from dashboard.shared.text import Lacking, duration, literal
from dashboard.state import loaders
from hirise.data.simulated import SimulatedMars, parse_simulated, simulate_if_absent
from hirise.diagnosis.wording import lowered, took
from hirise.errors import InputError
from hirise.jobs import CureRequest, Jobs, start, why_not_started
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.models.backbone_names import is_downloaded
from hirise.recipes import recipe_named
from hirise.remedies.other_weights import EarlierCheckpoint
from hirise.remedies.retraining import TRAINING_KEYS, changed_recipe, training_remedy
from hirise.remedies.suggestions import (
    Preview,
    recipe_of,
    sensible_order,
    suggestions,
    why_not_trained_again,
)
from hirise.runs import Run, read_settings

KEY = "cure-data"

_STEP = 20
"""Landmarks between two looks at how far simulating is."""


def choose_images(run: Run, remedies: Collection[str]) -> dict[str, str]:
    """The option `data` of `hirise cure`; nothing where the images are known.

    Raises
    ------
    Lacking
        No folder yet.
    InputError
        A folder that holds none of the run's images.
    """
    known = run.dataset_path
    needed = not {EarlierCheckpoint.key, *TRAINING_KEYS}.isdisjoint(remedies)
    if not needed or (known is not None and known.is_dir()):
        return {}
    mars = _simulated_again(run)
    if KEY not in st.session_state and KEY not in st.query_params:
        st.session_state[KEY] = _offered(mars)
    text = st.text_input(
        "Folder of the run's images",
        key=KEY,
        bind="query-params",
        placeholder="such as ~/mars/hirise-map-proj-v3",
        help="On this machine. It trains on the same images as the run, on the same "
        "sides.",
    )
    if text and text.strip():
        folder = Path(text.strip()).expanduser().absolute()
        _say_found(run, folder)
        return {"data": str(folder)}
    if mars is not None:
        _offer_simulating(mars)
        raise Lacking("Its images are simulated ones, and can be made again here.")
    raise Lacking("The images of this run are not here. Name the folder that has them.")


def _simulated_again(run: Run) -> SimulatedMars | None:
    """The simulated Mars whose images are those of `run`; None if it is not known."""
    dataset = run.info.dataset or {}
    if dataset.get("layout") != SIMULATED_LAYOUT:
        return None
    said = read_settings(loaders.artifacts_folder()).get("data")
    last = parse_simulated(said) if isinstance(said, str) else None
    for mars in (SimulatedMars(), *([last] if last else [])):
        if loaders.load_catalog(mars).fingerprint == dataset.get("fingerprint"):
            return mars
    return None


def _offered(mars: SimulatedMars | None) -> str:
    """The simulated images if they are kept, else the folder used last."""
    if mars is not None:
        return str(mars.folder) if mars.is_kept else ""
    said = read_settings(loaders.artifacts_folder()).get("data")
    return said if isinstance(said, str) and Path(said).is_dir() else ""


def _offer_simulating(mars: SimulatedMars) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button("Simulate them", icon=":material/landscape:")
        st.caption(
            f"Takes about {duration(mars.seconds)}; they are kept for the next time.",
            width="content",
        )
    if not pressed:
        return
    bar, done = st.progress(0.0, "Simulating Mars"), 0

    def step() -> None:
        nonlocal done
        done += 1
        if done % _STEP == 0:
            share = min(done / mars.n_landmarks, 1.0)
            bar.progress(share, f"{done:,} of {mars.n_landmarks:,} landmarks simulated")

    simulate_if_absent(mars, progress=step)
    # Its field is drawn already; the next run offers what is kept now.
    st.session_state.pop(KEY, None)
    st.rerun()


def _say_found(run: Run, folder: Path) -> None:
    """How many of the run's images the folder holds."""
    catalog, kept = loaders.load_catalog(folder), run.catalog()
    if kept is None:
        return
    used = kept[kept["split"] != ""] if "split" in kept else kept
    n = int(used["image"].isin(catalog.table["image"]).sum())
    if not n:
        raise InputError(
            f"{folder} has none of the {len(used):,} images of this run. Name the "
            "folder of the same images."
        )
    st.caption(f":material/check: {n:,} of the run's {len(used):,} images are there.")


STARTED = "cure-started"
"""In the session: the job that was started here last."""

_FILLED = "cure-for"


def show_cure_form(run: Run, split: str, jobs: Jobs) -> None:
    """The remedies, what each would do here, and the button."""
    diagnosis = loaders.load_diagnosis(run, split)
    previews = loaders.load_previews(run, split)
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
    reason = why_not_started(loaders.artifacts_folder(), request)
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
        job = start(loaders.artifacts_folder(), request)
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
