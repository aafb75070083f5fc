"""Where the images of a run are, for the remedies that need them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import streamlit as st

from dashboard import state
from dashboard.widgets.lacking import Lacking
from dashboard.widgets.text import duration
from hirise.dataset.layout import SIMULATED_LAYOUT
from hirise.dataset.simulated.kept import (
    SimulatedMars,
    parse_simulated,
    simulate_if_absent,
)
from hirise.errors import InputError
from hirise.remedies.earlier_checkpoint import EarlierCheckpoint
from hirise.remedies.training import TRAINING_KEYS
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
    said = read_settings(state.artifacts_folder()).get("data")
    last = parse_simulated(said) if isinstance(said, str) else None
    for mars in (SimulatedMars(), *([last] if last else [])):
        if state.load_catalog(mars).fingerprint == dataset.get("fingerprint"):
            return mars
    return None


def _offered(mars: SimulatedMars | None) -> str:
    """The simulated images if they are kept, else the folder used last."""
    if mars is not None:
        return str(mars.folder) if mars.is_kept else ""
    said = read_settings(state.artifacts_folder()).get("data")
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
    catalog, kept = state.load_catalog(folder), run.catalog()
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
