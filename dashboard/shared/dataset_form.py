"""The images to train on, and what they were recognised as."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.charts import show_table
from dashboard.shared.text import duration, literal
from dashboard.state import loaders
from hirise.data import Catalog
from hirise.data.simulated import SimulatedMars, parse_simulated
from hirise.errors import InputError
from hirise.files import human_size
from hirise.mars.simulated.plan import FEWEST, LIMIT, MOST
from hirise.mars.simulated.release import BYTES_PER_IMAGE
from hirise.runs import read_settings
from hirise.runs.folder import OWN_IMAGES

WIDTH = 200

LAYOUTS = {
    "hirise-v1": "HiRISE landmarks, version 1",
    "hirise-v3": "HiRISE landmarks, version 3",
    "hirise-v3.2": "HiRISE landmarks, version 3.2",
    "simulated": "Simulated Mars",
    "folder-per-class": "a folder per class",
    "csv": "a CSV of images and labels",
    "roboflow": "a classification of Roboflow",
    "imagefolder": "an image folder of Hugging Face",
    "coco": "COCO annotations",
}

SIMULATED, FOLDER = "Simulated Mars", "A folder"

Data = Path | SimulatedMars


def choose_mars(first: SimulatedMars | None) -> SimulatedMars:
    """How many landmarks are simulated, and which; `first` is offered, if any."""
    first = first or SimulatedMars()
    n_landmarks = st.number_input(
        "Landmarks",
        FEWEST,
        MOST,
        first.n_landmarks,
        step=100,
        key="landmarks",
        bind="query-params",
        width=WIDTH,
        help="The landmarks of training and validation come in seven copies, rotated, "
        "flipped and brightened, as in the real release.",
    )
    seed = st.number_input(
        "Seed of the landmarks",
        0,
        LIMIT - 1,
        first.seed,
        key="mars",
        bind="query-params",
        width=WIDTH,
        help="The same seed gives the same images, another seed other landmarks.",
    )
    return SimulatedMars(int(n_landmarks), int(seed))


def say_simulated(mars: SimulatedMars, catalog: Catalog) -> None:
    """That these images are simulated, and the time and space that it takes."""
    size = human_size(len(catalog.table) * BYTES_PER_IMAGE)
    if mars.is_simulated:
        how = f"They are already on disk (about {size})."
    else:
        how = (
            f"They are simulated first, in about {duration(mars.seconds)}, and kept "
            f"for later (about {size})."
        )
    st.caption(f"Simulated images in the layout of HiRISE, not photographs. {how}")


def choose_dataset() -> tuple[Data, Catalog] | None:
    """Simulated Mars, or a folder of images; None while there is none."""
    remembered = _remembered()
    first = remembered if isinstance(remembered, SimulatedMars) else None
    with st.container(horizontal=True, gap="medium"):
        source = st.radio(
            "Images",
            (SIMULATED, FOLDER),
            index=0 if first else 1,
            horizontal=True,
            key="source",
            bind="query-params",
            help="Simulated Mars needs no download. A folder can hold your own images "
            "or a release of NASA.",
        )
        mars = choose_mars(first) if source == SIMULATED else None
    if mars is None:
        return choose_folder()
    catalog = loaders.load_catalog(mars)
    show_dataset(catalog)
    say_simulated(mars, catalog)
    return mars, catalog


def choose_folder() -> tuple[Path, Catalog] | None:
    """The folder of images and its catalog; None while there is none."""
    remembered = _remembered()
    text = st.text_input(
        "Folder of images",
        value=remembered if isinstance(remembered, str) else "",
        key="data",
        bind="query-params",
        placeholder="such as ~/mars/hirise-map-proj-v3_2",
        help="On this machine: an unpacked HiRISE release, a folder per class, a CSV "
        "file of images and labels, or an export of Roboflow, COCO or Hugging Face.",
    )
    if not text or not text.strip():
        st.caption("Give the folder that holds the images.")
        return None
    folder = Path(text.strip()).expanduser().absolute()
    place, column = st.container(), _given_column()
    try:
        catalog = loaders.load_catalog(folder, column)
    except InputError as error:
        if column or error.names("label_column"):
            _choose_column(place)
        st.error(literal(error), icon=":material/folder_off:")
        return None
    if column:
        _choose_column(place)
    show_dataset(catalog)
    return folder, catalog


def _given_column() -> str:
    """The column of labels that was typed, or stands in the address; "" for none."""
    given = st.session_state.get("label-column") or st.query_params.get("label-column")
    return str(given or "").strip()


def _choose_column(place: DeltaGenerator) -> None:
    """The column of labels, asked for where several could be it."""
    place.text_input(
        "Label column",
        key="label-column",
        bind="query-params",
        help="The column of the dataset's table that holds the class of each image.",
    )


def show_dataset(catalog: Catalog) -> None:
    """Layout, images, classes and problems of a folder."""
    n_classes = len(catalog.class_names)
    parts = [
        f"**{literal(LAYOUTS.get(catalog.layout, catalog.layout))}**",
        f"{len(catalog.table):,} images",
        f"{n_classes} classes" if n_classes != 1 else "1 class",
        *(f"{n:,} {problem}" for problem, n in catalog.problem_counts.items()),
    ]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/check: {' · '.join(parts)}", width="content")
        with st.popover("Classes", icon=":material/table:", type="tertiary"):
            counts = {
                "class_name": catalog.class_names,
                "usable": catalog.class_counts,
                "labelled": catalog.labelled,
            }
            show_table(
                pd.DataFrame(counts), key="classes-found", alt="Classes", width=420
            )
    for sentence in catalog.remarks:
        st.caption(literal(sentence))


def _remembered() -> str | SimulatedMars:
    """The images used last, else those of the newest run that has a folder.

    Read once a session: a default that changes would undo what is being typed.
    """
    if "data-first" not in st.session_state:
        st.session_state["data-first"] = _first()
    first: str | SimulatedMars = st.session_state["data-first"]
    return first


def _first() -> str | SimulatedMars:
    if "data" in st.query_params:
        return ""
    data = read_settings(loaders.artifacts_folder()).get("data")
    if isinstance(data, str):
        try:
            return parse_simulated(data) or data
        except InputError:  # another version could simulate other numbers
            return SimulatedMars()
    runs = loaders.all_runs().runs
    # Images that a run itself keeps have no labels beside them.
    folders = (r.dataset_path for r in runs if not (r.folder / OWN_IMAGES).is_dir())
    known = (str(f) for f in folders if f is not None and f.is_dir())
    return next(known, SimulatedMars())
