"""The images of the run that a cure needs again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import streamlit as st

from dashboard.shared.text import Lacking, duration
from dashboard.state import loaders
from hirise.actions.simulate import image_folder
from hirise.data.simulated import SimulatedMars, parse_simulated
from hirise.errors import InputError
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.progress import Progress
from hirise.remedies import TRAINING_KEYS
from hirise.remedies.weights import NEED_IMAGES
from hirise.runs import Run, read_settings

KEY = "cure-data"

LANDMARKS_BETWEEN = 20
"""Landmarks between two updates of the bar."""


def choose_images(run: Run, remedies: Collection[str]) -> Path | None:
    """The folder of the run's images; None where it is known or not needed.

    Raises
    ------
    Lacking
        No folder yet.
    InputError
        A folder that holds none of the run's images.
    """
    known = run.dataset_path
    needed = not {*NEED_IMAGES, *TRAINING_KEYS}.isdisjoint(remedies)
    if not needed or (known is not None and known.is_dir()):
        return None
    mars = _simulated_mars(run)
    if KEY not in st.session_state and KEY not in st.query_params:
        st.session_state[KEY] = _first_offer(mars)
    text = st.text_input(
        "Folder of the run's images",
        key=KEY,
        bind="query-params",
        placeholder="such as ~/mars/hirise-map-proj-v3",
        help="A folder on this machine. The training uses the same images as the run, "
        "with the same split.",
    )
    if text and text.strip():
        folder = Path(text.strip()).expanduser().absolute()
        _show_matches(run, folder)
        return folder
    if mars is not None:
        _offer_simulation(mars)
        raise Lacking(
            "The images of this run are simulated. You can make them again here."
        )
    raise Lacking("The images of this run are not here. Name the folder that has them.")


def _simulated_mars(run: Run) -> SimulatedMars | None:
    """The simulated Mars whose images are those of `run`; None if it is not known."""
    dataset = run.info.dataset or {}
    if dataset.get("layout") != SIMULATED_LAYOUT:
        return None
    setting = read_settings(loaders.artifacts_folder()).get("data")
    last = parse_simulated(setting) if isinstance(setting, str) else None
    for mars in (SimulatedMars(), *([last] if last else [])):
        if loaders.load_catalog(mars).fingerprint == dataset.get("fingerprint"):
            return mars
    return None


def _first_offer(mars: SimulatedMars | None) -> str:
    """The simulated images if they are kept, else the folder used last."""
    if mars is not None:
        return str(mars.folder) if mars.is_simulated else ""
    setting = read_settings(loaders.artifacts_folder()).get("data")
    return setting if isinstance(setting, str) and Path(setting).is_dir() else ""


def _offer_simulation(mars: SimulatedMars) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button("Simulate them", icon=":material/landscape:")
        st.caption(
            f"This takes about {duration(mars.seconds)}. The images are kept for the "
            "next time.",
            width="content",
        )
    if not pressed:
        return
    image_folder(mars.name, _Bar())
    # Its field is drawn already; the next run offers what is kept now.
    st.session_state.pop(KEY, None)
    st.rerun()


class _Bar(Progress):
    """A bar of the landmarks that are simulated."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = st.progress(0.0, "Simulating Mars")

    def show(self, done: int, total: int) -> None:
        if done % LANDMARKS_BETWEEN == 0 and total:
            text = f"{done:,} of {total:,} landmarks simulated"
            self.bar.progress(min(done / total, 1.0), text)


def _show_matches(run: Run, folder: Path) -> None:
    """How many of the run's images the folder holds."""
    catalog, kept = loaders.load_catalog(folder), run.catalog()
    if kept is None:
        return
    used = kept[kept["split"] != ""] if "split" in kept else kept
    n_images = int(used["image"].isin(catalog.table["image"]).sum())
    if not n_images:
        raise InputError(
            f"{folder} has none of the {len(used):,} images of this run.",
            how="Name the folder of the same images.",
        )
    st.caption(
        f":material/check: {n_images:,} of the run's {len(used):,} images are there."
    )
